package io.fullon.cache.ohlcv;

import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.InvalidValueException;

/** How long bars are. They begin at multiples of it since 1970, UTC. The shortest comes first. */
public enum Timeframe {
  /** A minute. */
  M1("1m", 60),
  /** Five minutes. */
  M5("5m", 300),
  /** A quarter of an hour. */
  M15("15m", 900),
  /** Half an hour. */
  M30("30m", 1_800),
  /** An hour. */
  H1("1h", 3_600),
  /** Four hours. */
  H4("4h", 14_400),
  /** A day. */
  D1("1d", 86_400);

  /** Fields that are one of them. */
  public static final FieldType<Timeframe> TYPE =
      FieldType.oneOf("timeframe", Timeframe.class, values());

  private final String text;
  private final int seconds;

  Timeframe(String text, int seconds) {
    this.text = text;
    this.seconds = seconds;
  }

  /**
   * Reads it from JSON.
   *
   * @param field the field's name for the error
   * @throws InvalidValueException when it is none
   */
  public static Timeframe read(String field, Object value) {
    if (value == null) {
      throw new InvalidValueException(field, "is missing");
    }
    return TYPE.read(field, value);
  }

  /** How long it is, in seconds. */
  public int seconds() {
    return seconds;
  }

  /** When the bar begins in which that second is. */
  public long begin(long second) {
    return second - Math.floorMod(second, (long) seconds);
  }

  /** As JSON has it. */
  @Override
  public String toString() {
    return text;
  }
}
