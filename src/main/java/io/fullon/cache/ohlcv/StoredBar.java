package io.fullon.cache.ohlcv;

import io.fullon.cache.value.Decimals;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * A bar as Redis has it: {@code begin flags ticks open high low close volume}, the begin in
 * seconds, a dash for what is absent. Flags are {@code b} for one that was brought, {@code f} for a
 * final one and {@code c} for a corrected one. What else there is behind is {@link BuiltMinute}'s
 * or the script's.
 */
final class StoredBar {

  static final String ABSENT = "-";
  private static final int SHOWN = 8;
  private static final int TICKS = 2;
  private static final int OPEN = 3;
  private static final int HIGH = 4;
  private static final int LOW = 5;
  private static final int CLOSE = 6;
  private static final int VOLUME = 7;

  private StoredBar() {}

  /**
   * @param nowMs by which a bar is final whose time is over; 0 for as it was stored
   */
  static Bar read(String exchange, String symbol, Timeframe timeframe, String text, long nowMs) {
    String[] parts = text.split(" ", SHOWN + 1);
    long begin = Long.parseLong(parts[0]);
    String flags = parts[1];
    boolean isOver = (begin + timeframe.seconds()) * 1_000 + BarStore.FINAL_AFTER_MS <= nowMs;
    return Bar.builder(exchange, symbol, timeframe, Instant.ofEpochSecond(begin))
        .prices(
            new BigDecimal(parts[OPEN]),
            new BigDecimal(parts[HIGH]),
            new BigDecimal(parts[LOW]),
            new BigDecimal(parts[CLOSE]))
        .volume(isAbsent(parts[VOLUME]) ? null : new BigDecimal(parts[VOLUME]))
        .ticks(
            isAbsent(parts[TICKS])
                ? null
                : (Integer) (int) Math.min(Integer.MAX_VALUE, Long.parseLong(parts[TICKS])))
        .isFinal(isOver || flags.indexOf('f') >= 0)
        .corrected(flags.indexOf('c') >= 0 ? true : null)
        .build();
  }

  private static boolean isAbsent(String part) {
    return part.equals(ABSENT);
  }

  /** A bar that a program brings, as the script takes it: {@code begin final corrected ticks …}. */
  static String brought(Bar bar) {
    return String.join(
        " ",
        String.valueOf(bar.time().getEpochSecond()),
        bar.isFinal() == null ? ABSENT : bar.isFinal() ? "f" : "r",
        Boolean.TRUE.equals(bar.corrected()) ? "c" : ABSENT,
        bar.ticks() == null ? ABSENT : bar.ticks().toString(),
        Decimals.plain(bar.open()),
        Decimals.plain(bar.high()),
        Decimals.plain(bar.low()),
        Decimals.plain(bar.close()),
        bar.volume() == null ? ABSENT : Decimals.plain(bar.volume()));
  }
}
