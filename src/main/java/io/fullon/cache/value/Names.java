package io.fullon.cache.value;

import java.math.BigInteger;
import java.util.Comparator;

/** The names that keys, channels and bus addresses are made of, checked before they are used. */
public final class Names {

  /** Stands for every exchange or every symbol where a subscription allows it. */
  public static final String ANY = "*";

  /**
   * The order of all lists: that of UTF-8 bytes, which is that of code points. It differs from
   * {@link String#compareTo}, which puts what is beyond U+FFFF before U+E000.
   */
  public static final Comparator<String> ORDER = Names::compare;

  /** How many characters an id may have, as code points. */
  public static final int MAX_ID = 128;

  private static final int MAX_NAME = 64;

  /** What a decoder puts in the place of bytes that are no UTF-8. */
  private static final int REPLACEMENT = 0xFFFD;

  private Names() {}

  /**
   * @return the exchange's name itself
   * @throws InvalidValueException when it is not 1–64 of {@code A-Z a-z 0-9 _ -}
   */
  public static String exchange(String field, Object value) {
    if (value instanceof String name && isExchange(name)) {
      return name;
    }
    throw new InvalidValueException(
        field, "must be an exchange's name, 1 to 64 of A-Z a-z 0-9 _ -", value);
  }

  /**
   * @return the symbol itself
   * @throws InvalidValueException when it is not {@link #isSymbol one}
   */
  public static String symbol(String field, Object value) {
    if (isSymbol(value)) {
      return (String) value;
    }
    throw new InvalidValueException(
        field,
        "must be a symbol, 1 to 64 printable characters without spaces, quotes, \\ and *",
        value);
  }

  /**
   * @param value a text, or an integer, which is its text from then on
   * @return the id of an order, a trade, a bot, a user
   * @throws InvalidValueException when it is not 1–128 printable characters
   */
  public static String id(String field, Object value) {
    if (value instanceof Integer || value instanceof Long || value instanceof Short) {
      return value.toString();
    }
    // A digit has less than four bits: what is longer is not even written out.
    if (value instanceof BigInteger integer && integer.bitLength() < 4 * MAX_ID) {
      return id(field, integer.toString());
    }
    if (value instanceof String text
        && !text.isEmpty()
        && hasAtMost(MAX_ID, text)
        && text.codePoints().allMatch(Names::isPrintable)) {
      return text;
    }
    throw new InvalidValueException(
        field, "must be an id, 1 to " + MAX_ID + " printable characters or an integer", value);
  }

  /**
   * @throws InvalidValueException when it is neither null nor an id
   */
  public static void optionalId(String field, String value) {
    if (value != null) {
      id(field, value);
    }
  }

  /**
   * @throws InvalidValueException when it is neither null nor of at most {@code max} characters
   */
  public static void optionalText(String field, String value, int max) {
    if (value != null && value.length() > max) {
      throw new InvalidValueException(
          field, "must be a text of at most " + max + " characters", value);
    }
  }

  /**
   * Whether it can be seen, or is a space: no control or format character, no line or paragraph
   * separator, nothing of private use, unassigned, or half of a surrogate pair. That is what
   * Python's {@code isprintable} says too, other spaces apart.
   */
  static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  static boolean isSpace(int codePoint) {
    return Character.getType(codePoint) == Character.SPACE_SEPARATOR;
  }

  /** Whether the text has at most so many code points; a long one is not counted. */
  private static boolean hasAtMost(int max, String text) {
    return text.length() <= max
        || (text.length() <= 2 * max && text.codePointCount(0, text.length()) <= max);
  }

  private static int compare(String one, String other) {
    int length = Math.min(one.length(), other.length());
    for (int i = 0; i < length; i++) {
      char a = one.charAt(i);
      char b = other.charAt(i);
      if (a != b) {
        // A half of a pair stands for what is beyond all that has no halves.
        boolean isBeyond = Character.isSurrogate(a);
        return isBeyond == Character.isSurrogate(b) ? a - b : isBeyond ? 1 : -1;
      }
    }
    return one.length() - other.length();
  }

  /**
   * A name as a part of a Redis key, so that different names always make different keys, and what
   * stands in braces decides the Cluster slot whatever the name is.
   */
  public static String inKey(String name) {
    return name.replace("%", "%25").replace("{", "%7B").replace("}", "%7D").replace(":", "%3A");
  }

  /** The name of which {@link #inKey} has made that. */
  public static String ofKey(String part) {
    return part.replace("%3A", ":").replace("%7D", "}").replace("%7B", "{").replace("%25", "%");
  }

  /**
   * Whether it is a symbol's name: 1–64 printable characters, as code points, without spaces,
   * {@code '}, {@code "}, {@code \} and {@code *}; letters of any script, not normalized. U+FFFD is
   * none: it stands for bytes that were no text.
   */
  public static boolean isSymbol(Object value) {
    return value instanceof String name && isSymbol(name);
  }

  // By hand: every tick is looked at several times, and a pattern takes ten times as long.
  private static boolean isSymbol(String name) {
    int length = name.length();
    if (length == 0 || !hasAtMost(MAX_NAME, name)) {
      return false;
    }
    int codePoint;
    for (int i = 0; i < length; i += Character.charCount(codePoint)) {
      codePoint = name.codePointAt(i);
      if (!isOfSymbol(codePoint)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOfSymbol(int c) {
    return c <= '~'
        ? c > ' ' && c != '"' && c != '\'' && c != '\\' && c != '*'
        : isPrintable(c) && !isSpace(c) && c != REPLACEMENT;
  }

  private static boolean isExchange(String name) {
    int length = name.length();
    if (length == 0 || length > MAX_NAME) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (!isOfExchange(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOfExchange(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-';
  }
}
