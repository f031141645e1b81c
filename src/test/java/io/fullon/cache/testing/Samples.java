package io.fullon.cache.testing;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Generated values for property tests. */
public final class Samples {

  private static final int MAX_DIGITS = 40;
  private static final int MAX_EXPONENT = 20;

  /** The year 2242: until then a binary double holds microseconds. */
  private static final long LAST_EXACT_SECOND = (1L << 33) - 1;

  private Samples() {}

  /**
   * JSON numbers of up to 40 digits as programs write them, with leading and trailing zeros after
   * the point, with exponents; all fit into 64 characters in plain notation.
   */
  public static Arbitrary<String> decimalTexts() {
    return Arbitraries.oneOf(plainTexts(), exponentTexts());
  }

  public static Arbitrary<BigDecimal> decimals() {
    return decimalTexts().map(BigDecimal::new);
  }

  private static Arbitrary<String> digits() {
    return Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(MAX_DIGITS);
  }

  private static Arbitrary<String> sign() {
    return Arbitraries.of("", "", "-");
  }

  private static Arbitrary<String> plainTexts() {
    return Combinators.combine(sign(), digits(), Arbitraries.integers().between(0, MAX_DIGITS))
        .as(
            (sign, digits, places) ->
                sign + new BigDecimal(new BigInteger(digits), places).toPlainString());
  }

  private static Arbitrary<String> exponentTexts() {
    return Combinators.combine(
            sign(),
            digits(),
            Arbitraries.integers().between(-MAX_EXPONENT, MAX_EXPONENT),
            Arbitraries.of("e%d", "E%d", "e%+03d"))
        .as(
            (sign, digits, exponent, notation) ->
                sign
                    + digits.charAt(0)
                    + (digits.length() == 1 ? "" : "." + digits.substring(1))
                    + String.format(Locale.ROOT, notation, exponent));
  }

  /** Times to the microsecond, as long as every copy holds them exactly. */
  public static Arbitrary<Instant> times() {
    return Combinators.combine(
            Arbitraries.longs().between(0, LAST_EXACT_SECOND),
            Arbitraries.integers().between(0, 999_999))
        .as((second, micros) -> Instant.ofEpochSecond(second, micros * 1_000L));
  }
}
