package io.fullon.cache.value;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;

/** Times: seconds since the epoch, UTC, as a JSON number of up to 6 places. */
public final class Times {

  private static final long MICROS = 1_000_000;

  /** The last that {@code datetime} in Python can still read. */
  private static final int LAST_YEAR = 9999;

  private static final Instant MAX = Instant.parse(LAST_YEAR + "-12-31T23:59:59Z");
  private static final BigDecimal MAX_SECONDS = BigDecimal.valueOf(MAX.getEpochSecond());

  private static final String EXPECTED = "must be a number of seconds since the epoch";

  private Times() {}

  /**
   * Reads a time from a JSON number; more than 6 places are rounded to the nearest microsecond.
   *
   * @throws InvalidValueException when it is not a number, negative, or after the year 9999
   */
  public static Instant decode(String field, Object value) {
    if (!(value instanceof Number)) {
      throw new InvalidValueException(field, EXPECTED, value);
    }
    BigDecimal seconds = Decimals.decode(field, value);
    if (seconds.signum() < 0 || seconds.compareTo(MAX_SECONDS) > 0) {
      throw new InvalidValueException(field, EXPECTED, value);
    }
    return ofMicros(seconds.movePointRight(6).setScale(0, RoundingMode.HALF_UP).longValueExact());
  }

  /** As {@link #check}, of a field named {@code time}. */
  public static Instant toMicros(Instant time) {
    return check("time", time);
  }

  /**
   * @return the instant to the nearest microsecond, which is what every copy of it can hold
   * @throws InvalidValueException when it is null, or one that {@link #decode} would not read
   */
  public static Instant check(String field, Instant time) {
    if (time == null) {
      throw new InvalidValueException(field, "is missing");
    }
    if (time.isBefore(Instant.EPOCH) || time.isAfter(MAX)) {
      throw new InvalidValueException(
          field, "must be from 1970 to the end of the year " + LAST_YEAR, time);
    }
    return ofMicros(micros(time.plusNanos(500)));
  }

  /** Microseconds since the epoch, cut. */
  public static long micros(Instant time) {
    // Not ChronoUnit.between, which counts nanoseconds and overflows in the year 2262.
    return time.getEpochSecond() * MICROS + time.getNano() / 1_000;
  }

  /** Seconds with 6 places, as text for JSON: {@code 1626916403.872000}. */
  public static String plain(Instant time) {
    StringBuilder text = new StringBuilder(20);
    append(text, time);
    return text.toString();
  }

  /** Appends it as {@link #plain} gives it. */
  public static void append(StringBuilder text, Instant time) {
    text.append(time.getEpochSecond()).append('.');
    // The places with their zeros, and a digit before them that is taken away.
    int dot = text.length();
    text.append(MICROS + time.getNano() / 1_000).deleteCharAt(dot);
  }

  /**
   * The time as event-bus JSON carries it. A binary double, because that is what a clustered bus
   * makes of any fraction; it holds microseconds exactly until the year 2242.
   */
  public static Double seconds(Instant time) {
    return BigDecimal.valueOf(micros(time), 6).doubleValue();
  }

  /** The inverse of {@link #micros}. */
  public static Instant ofMicros(long micros) {
    return Instant.ofEpochSecond(micros / MICROS, micros % MICROS * 1000);
  }
}
