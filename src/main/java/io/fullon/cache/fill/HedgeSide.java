package io.fullon.cache.fill;

import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.Fields;

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

  /**
   * A parameter that may be absent, which is null.
   *
   * @throws io.fullon.cache.value.InvalidValueException when it is none of them
   */
  public static HedgeSide orNull(Fields call, String key) {
    Object json = call.raw(key);
    return json == null ? null : TYPE.read(call.name(key), json);
  }

  /** As JSON has it. */
  @Override
  public String toString() {
    return text;
  }
}
