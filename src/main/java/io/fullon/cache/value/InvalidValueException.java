package io.fullon.cache.value;

import io.vertx.core.json.JsonObject;

/**
 * A value that came from outside does not fit. The message begins with the name of the field and
 * shows what it got, shortened if it is long.
 */
public final class InvalidValueException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private static final int MAX_SHOWN = 60;

  /**
   * @param field the field's full name, such as {@code ticks[3].price}
   * @param expected what would have been right, such as "must be a decimal number"
   * @param got the value; may be null
   */
  public InvalidValueException(String field, String expected, Object got) {
    super(field + ": " + expected + ", got " + show(got));
  }

  /**
   * @param field the field's full name
   * @param problem what is wrong, where showing a value would not help
   */
  public InvalidValueException(String field, String problem) {
    super(field + ": " + problem);
  }

  /** A value as an error message shows it: one short line, whatever it is. */
  public static String show(Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof CharSequence text) {
      String start = text.subSequence(0, Math.min(text.length(), MAX_SHOWN)).toString();
      String printable = start.replaceAll("[^\\x20-\\x7e]", "?");
      return text.length() > MAX_SHOWN
          ? "\"" + printable + "…\" (" + text.length() + " characters)"
          : "\"" + printable + "\"";
    }
    if (value instanceof java.math.BigDecimal decimal && decimal.precision() > MAX_SHOWN) {
      return "a number of " + decimal.precision() + " digits";
    }
    if (value instanceof java.math.BigInteger integer && integer.bitLength() > 200) {
      return "an integer of " + integer.bitLength() + " bits";
    }
    if (value instanceof Number || value instanceof Boolean || value instanceof java.time.Instant) {
      return value.toString();
    }
    // The object first: it is iterable too.
    if (value instanceof JsonObject || value instanceof java.util.Map) {
      return "an object";
    }
    return value instanceof Iterable || value instanceof Object[]
        ? "a list"
        : "a " + value.getClass().getSimpleName();
  }
}
