package io.fullon.cache.account;

import io.fullon.cache.value.FieldType;
import java.math.BigDecimal;

/** Which way a position goes. */
public enum PositionSide {
  /** It gains when the price rises. */
  LONG("long"),
  /** It gains when the price falls. */
  SHORT("short"),
  /** There is none. */
  NEUTRAL("neutral");

  /** Fields that are one of them. */
  public static final FieldType<PositionSide> TYPE =
      FieldType.oneOf("positionSide", PositionSide.class, values());

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
}
