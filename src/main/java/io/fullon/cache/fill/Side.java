package io.fullon.cache.fill;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/** Which way an order or a trade goes. */
public enum Side {
  BUY("buy", 1),
  SELL("sell", -1);

  private final String text;
  private final int sign;

  Side(String text, int sign) {
    this.text = text;
    this.sign = sign;
  }

  /** 1 when it makes a position larger, −1 when it makes it smaller. */
  public int sign() {
    return sign;
  }

  /** As JSON has it: {@code buy} or {@code sell}. */
  @Override
  public String toString() {
    return text;
  }

  /**
   * @throws InvalidValueException when it is missing or neither
   */
  public static Side read(Fields fields, String key) {
    Side side = readOrNull(fields, key);
    if (side == null) {
      throw new InvalidValueException(fields.name(key), "is missing");
    }
    return side;
  }

  /** The side, or null if absent. */
  public static Side readOrNull(Fields fields, String key) {
    Object value = fields.raw(key);
    if (value == null) {
      return null;
    }
    for (Side side : values()) {
      if (side.text.equals(value)) {
        return side;
      }
    }
    throw new InvalidValueException(fields.name(key), "must be buy or sell", value);
  }
}
