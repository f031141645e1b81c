package io.fullon.cache.account;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;

/** Which way a position goes. */
public enum PositionSide {
  /** It gains when the price rises. */
  LONG("long"),
  /** It gains when the price falls. */
  SHORT("short"),
  /** There is none. */
  NEUTRAL("neutral");

  private final String text;

  PositionSide(String text) {
    this.text = text;
  }

  /** The side of a position of that size. */
  static PositionSide of(BigDecimal size) {
    return switch (size.signum()) {
      case 1 -> LONG;
      case -1 -> SHORT;
      default -> NEUTRAL;
    };
  }

  /** As JSON has it: {@code long}, {@code short} or {@code neutral}. */
  @Override
  public String toString() {
    return text;
  }

  /**
   * The side, or null if absent.
   *
   * @throws InvalidValueException when it is none of them
   */
  static PositionSide readOrNull(Fields fields, String key) {
    Object value = fields.raw(key);
    if (value == null) {
      return null;
    }
    for (PositionSide side : values()) {
      if (side.text.equals(value)) {
        return side;
      }
    }
    throw new InvalidValueException(fields.name(key), "must be long, short or neutral", value);
  }
}
