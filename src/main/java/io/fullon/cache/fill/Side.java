package io.fullon.cache.fill;

import io.fullon.cache.value.FieldType;

/** Which way an order or a trade goes. */
public enum Side {
  BUY("buy", 1),
  SELL("sell", -1);

  /** Fields that are one of them. */
  public static final FieldType<Side> TYPE = FieldType.oneOf("side", Side.class, values());

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

  public Side opposite() {
    return this == BUY ? SELL : BUY;
  }

  /** As JSON has it: {@code buy} or {@code sell}. */
  @Override
  public String toString() {
    return text;
  }
}
