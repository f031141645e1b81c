package io.fullon.cache.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;

/**
 * Exact decimals: prices, sizes, costs, fees, rates. The digits that came in stay, trailing zeros
 * included; no value ever passes through binary floating point on our side.
 */
public final class Decimals {

  /** The longest plain notation that is accepted, in characters, sign and point included. */
  public static final int MAX_LENGTH = 64;

  /** The same for what is computed here, such as a sum: exact products get longer. */
  public static final int MAX_COMPUTED_LENGTH = 160;

  /** The grammar of a number in JSON (RFC 8259, section 6). */
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,10})?");

  /** No text can be longer than its plain notation by more than this: the exponent. */
  private static final int MAX_EXPONENT = 16;

  /**
   * What is longer, in any notation, is too long in plain notation or has too large an exponent.
   */
  static final int MAX_TEXT = MAX_LENGTH + MAX_EXPONENT;

  /** As programs in Python write a float or a Decimal that is no number. */
  private static final Pattern NOT_FINITE =
      Pattern.compile("[+-]?(s?nan|inf|infinity)", Pattern.CASE_INSENSITIVE);

  private static final String EXPECTED = "must be a decimal number";

  private Decimals() {}

  /**
   * Reads a decimal from a JSON value: a number, or a string in the notation of a JSON number.
   *
   * @param field the field's name for the error
   * @throws InvalidValueException when it is anything else, or longer than {@link #MAX_LENGTH} in
   *     plain notation; nothing is expanded to find that out
   */
  public static BigDecimal decode(String field, Object value) {
    return decode(field, value, MAX_LENGTH);
  }

  /** The same for what is computed here, up to {@link #MAX_COMPUTED_LENGTH}. */
  public static BigDecimal decodeComputed(String field, Object value) {
    return decode(field, value, MAX_COMPUTED_LENGTH);
  }

  private static BigDecimal decode(String field, Object value, int maxLength) {
    if (value instanceof BigDecimal decimal) {
      return check(field, decimal, value, maxLength);
    }
    if (value instanceof Integer || value instanceof Long || value instanceof Short) {
      return BigDecimal.valueOf(((Number) value).longValue());
    }
    if (value instanceof BigInteger integer) {
      if (integer.bitLength() > maxLength * 4) {
        throw tooLong(field, value, maxLength);
      }
      return check(field, new BigDecimal(integer), value, maxLength);
    }
    if (value instanceof String || value instanceof Double || value instanceof Float) {
      // Of a binary number these are the shortest digits that name it: what the sender wrote.
      String text = value.toString();
      if (text.length() > maxLength + MAX_EXPONENT || !NUMBER.matcher(text).matches()) {
        throw new InvalidValueException(field, EXPECTED, value);
      }
      return check(field, parse(field, text, maxLength), value, maxLength);
    }
    if (value instanceof Json.LongNumber) {
      throw tooLong(field, value, maxLength);
    }
    throw new InvalidValueException(field, EXPECTED, value);
  }

  /**
   * Whether it is a number that no decimal can be: not finite, or longer than {@link #MAX_LENGTH}
   * in plain notation. What is no number at all is not.
   */
  static boolean isUnusable(Object value) {
    if (value instanceof BigDecimal decimal) {
      return !fits(decimal);
    }
    if (value instanceof BigInteger integer) {
      return integer.bitLength() > MAX_LENGTH * 4 || !fits(new BigDecimal(integer));
    }
    if (value instanceof Double || value instanceof Float) {
      return !Double.isFinite(((Number) value).doubleValue());
    }
    if (value instanceof String text) {
      return NOT_FINITE.matcher(text).matches()
          || (NUMBER.matcher(text).matches() && isTooLong(text));
    }
    return value instanceof Json.LongNumber;
  }

  private static boolean isTooLong(String number) {
    try {
      return number.length() > MAX_TEXT || !fits(new BigDecimal(number));
    } catch (NumberFormatException e) {
      // The exponent is out of BigDecimal's range.
      return true;
    }
  }

  /**
   * The number if it has no fraction, in whatever notation; null when it has one or is none.
   * Nothing is expanded to find that out.
   */
  static BigDecimal integerOrNull(Object value) {
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (!(value instanceof Number number)) {
      return null;
    }
    if (value instanceof BigDecimal decimal) {
      return hasFraction(decimal) ? null : decimal;
    }
    if (!Double.isFinite(number.doubleValue())) {
      return null;
    }
    BigDecimal decimal = new BigDecimal(value.toString());
    return hasFraction(decimal) ? null : decimal;
  }

  private static boolean hasFraction(BigDecimal decimal) {
    return decimal.scale() > 0 && decimal.stripTrailingZeros().scale() > 0;
  }

  /**
   * @return the decimal, with all the digits that its plain notation has
   * @throws InvalidValueException when it is null or longer than {@link #MAX_LENGTH}
   */
  public static BigDecimal check(String field, BigDecimal decimal) {
    if (decimal == null) {
      throw new InvalidValueException(field, EXPECTED, null);
    }
    return check(field, decimal, decimal, MAX_LENGTH);
  }

  /** Whether it is no longer than {@link #MAX_LENGTH}. */
  public static boolean fits(BigDecimal decimal) {
    return plainLength(decimal) <= MAX_LENGTH;
  }

  /**
   * @return null if it is null, else as {@link #check(String, BigDecimal)}
   */
  public static BigDecimal checkOptional(String field, BigDecimal decimal) {
    return decimal == null ? null : check(field, decimal);
  }

  /**
   * @return the computed decimal, with all the digits that its plain notation has
   * @throws InvalidValueException when it is longer than {@link #MAX_COMPUTED_LENGTH}
   */
  public static BigDecimal checkComputed(String field, BigDecimal decimal) {
    return check(field, decimal, decimal, MAX_COMPUTED_LENGTH);
  }

  /** Plain notation, digits as they are: {@code 9.9640}, {@code 0.00001}. */
  public static String plain(BigDecimal decimal) {
    // A decimal keeps this text, and most are told several times.
    String text = decimal.toString();
    return text.indexOf('E') < 0 ? text : decimal.toPlainString();
  }

  private static BigDecimal parse(String field, String text, int maxLength) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      // The exponent is out of BigDecimal's range.
      throw tooLong(field, text, maxLength);
    }
  }

  private static BigDecimal check(String field, BigDecimal decimal, Object got, int maxLength) {
    if (plainLength(decimal) > maxLength) {
      throw tooLong(field, got, maxLength);
    }
    // As plain notation shows it: 1E+3 is 1000, and no copy of it must be another value.
    return decimal.scale() < 0 ? decimal.setScale(0) : decimal;
  }

  private static InvalidValueException tooLong(String field, Object got, int maxLength) {
    return new InvalidValueException(
        field, "must fit into " + maxLength + " characters in plain notation", got);
  }

  /** The length of {@link #plain} without making it: {@code 1E999999999} must cost nothing. */
  private static long plainLength(BigDecimal decimal) {
    long sign = decimal.signum() < 0 ? 1 : 0;
    long scale = decimal.scale();
    long precision = decimal.precision();
    if (scale > 0) {
      return sign + Math.max(precision, scale + 1) + 1;
    }
    return decimal.signum() == 0 ? 1 : sign + precision - scale;
  }
}
