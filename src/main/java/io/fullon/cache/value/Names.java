package io.fullon.cache.value;

import java.math.BigInteger;
import java.util.function.IntPredicate;

/** The names that keys, channels and bus addresses are made of, checked before they are used. */
public final class Names {

  /** Stands for every exchange or every symbol where a subscription allows it. */
  public static final String ANY = "*";

  private static final int MAX_ID = 128;

  private static final int MAX_NAME = 64;

  private Names() {}

  /**
   * @return the exchange's name itself
   * @throws InvalidValueException when it is not 1–64 of {@code A-Z a-z 0-9 _ -}
   */
  public static String exchange(String field, Object value) {
    if (value instanceof String name && consistsOf(name, Names::isOfExchange)) {
      return name;
    }
    throw new InvalidValueException(
        field, "must be an exchange's name, 1 to 64 of A-Z a-z 0-9 _ -", value);
  }

  /**
   * @return the symbol itself
   * @throws InvalidValueException when it is not 1–64 printable ASCII characters without spaces,
   *     quotes and {@code *}
   */
  public static String symbol(String field, Object value) {
    if (isSymbol(value)) {
      return (String) value;
    }
    throw new InvalidValueException(
        field,
        "must be a symbol, 1 to 64 printable ASCII characters without spaces, quotes and *",
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
        && text.length() <= MAX_ID
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

  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /**
   * A name as a part of a Redis key, so that different names always make different keys, and what
   * stands in braces decides the Cluster slot whatever the name is.
   */
  public static String inKey(String name) {
    return name.replace("%", "%25").replace("{", "%7B").replace("}", "%7D").replace(":", "%3A");
  }

  /** Whether it is a symbol's name. */
  public static boolean isSymbol(Object value) {
    return value instanceof String name && consistsOf(name, Names::isOfSymbol);
  }

  // By hand: every tick is looked at several times, and a pattern takes ten times as long.
  private static boolean consistsOf(String name, IntPredicate allowed) {
    int length = name.length();
    if (length == 0 || length > MAX_NAME) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (!allowed.test(name.charAt(i))) {
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

  /** Printable ASCII without space, quotes and the asterisk. */
  private static boolean isOfSymbol(int c) {
    return c >= '!' && c <= '~' && c != '"' && c != '\'' && c != '*';
  }
}
