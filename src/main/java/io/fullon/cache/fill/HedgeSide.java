package io.fullon.cache.fill;

import io.fullon.cache.value.FieldType;

/** Which of the positions of a symbol it is: in hedge mode an account has two. */
public enum HedgeSide {
  /** The only one, without hedge mode. */
  BOTH("both"),
  /** The long one. */
  LONG("long"),
  /** The short one. */
  SHORT("short");

  /** Fields that are one of them. */
  public static final FieldType<HedgeSide> TYPE =
      FieldType.oneOf("hedgeSide", HedgeSide.class, values());

  private final String text;

  HedgeSide(String text) {
    this.text = text;
  }

  /** As JSON has it. */
  @Override
  public String toString() {
    return text;
  }
}
