package io.fullon.cache.value;

import io.vertx.core.json.JsonObject;
import java.util.regex.Pattern;

/**
 * A value that came from outside does not fit. The message begins with the name of the field and
 * shows what it got, shortened if it is long.
 */
public final class InvalidValueException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private static final int MAX_SHOWN = 60;

  /** Up to the colon after the user, and the password (as {@code redis.uri} is read). */
  private static final Pattern PASSWORD = Pattern.compile("(://[^/?#:]*):[^/?#]*@");

  /** An exchange and a symbol. */
  private static final int MAX_NAME = 129;

  private final String field;
  private final String expected;

  /** What follows: the value; empty where none is shown. */
  private final String got;

  /**
   * @param field the field's full name, such as {@code ticks[3].price}
   * @param expected what would have been right, such as "must be a decimal number"
   * @param got the value; may be null
   */
  public InvalidValueException(String field, String expected, Object got) {
    this(field, expected, "", got);
  }

  /**
   * @param detail what can be said of this value besides, such as where in it the mistake is
   */
  InvalidValueException(String field, String expected, String detail, Object got) {
    this(field, expected, detail + ", got " + show(got));
  }

  private InvalidValueException(String field, String expected, String got) {
    super(shorten(field, MAX_NAME) + ": " + expected + got);
    this.field = field;
    this.expected = expected;
    this.got = got;
  }

  /**
   * @param field the field's full name
   * @param problem what is wrong, where showing a value would not help
   */
  public InvalidValueException(String field, String problem) {
    this(field, problem, "");
  }

  /** The same of a field of these: with their path. */
  InvalidValueException in(Fields fields) {
    return fields.path().isEmpty()
        ? this
        : new InvalidValueException(fields.path() + "." + field, expected, got);
  }

  /** What is wrong, without the value: the same for all values that are wrong in this way. */
  public String problem() {
    return shorten(field, MAX_NAME) + ": " + expected;
  }

  /** A value as an error message shows it: one short line, whatever it is. */
  public static String show(Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof Json.LongNumber number) {
      return shorten(number.text(), MAX_SHOWN);
    }
    if (value instanceof CharSequence any) {
      String text = withoutPassword(any.toString());
      int end = endOfShown(text, MAX_SHOWN);
      return end == text.length()
          ? "\"" + printable(text, end) + "\""
          : "\"" + printable(text, end) + "…\" (" + length(text) + " characters)";
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

  /** The text; of a URI in it the password is hidden. */
  public static String withoutPassword(String text) {
    return PASSWORD.matcher(text).replaceAll("$1:***@");
  }

  /** A name that may be anything, as it is as far as it can be seen, and cut if it is long. */
  public static String shorten(String name) {
    return shorten(name, MAX_NAME);
  }

  private static String shorten(String text, int max) {
    int end = endOfShown(text, max);
    return end == text.length()
        ? printable(text, end)
        : printable(text, end) + "… (" + length(text) + " characters)";
  }

  private static int length(CharSequence text) {
    return Character.codePointCount(text, 0, text.length());
  }

  /**
   * Where so many characters have been shown, what cannot be seen taking the room of its escape.
   */
  private static int endOfShown(CharSequence text, int max) {
    int end = 0;
    int shown = 0;
    while (end < text.length()) {
      int codePoint = Character.codePointAt(text, end);
      shown += isShown(codePoint) ? 1 : 6 * Character.charCount(codePoint);
      if (shown > max) {
        return end;
      }
      end += Character.charCount(codePoint);
    }
    return end;
  }

  private static String printable(CharSequence text, int end) {
    StringBuilder printable = new StringBuilder(end);
    int codePoint;
    for (int i = 0; i < end; i += Character.charCount(codePoint)) {
      codePoint = Character.codePointAt(text, i);
      if (isShown(codePoint)) {
        printable.appendCodePoint(codePoint);
      } else {
        for (char half : Character.toChars(codePoint)) {
          printable.append(String.format("\\u%04x", (int) half));
        }
      }
    }
    return printable.toString();
  }

  /** Of spaces only the usual one: the others look like it. */
  private static boolean isShown(int codePoint) {
    return codePoint == ' ' || (Names.isPrintable(codePoint) && !Names.isSpace(codePoint));
  }
}
