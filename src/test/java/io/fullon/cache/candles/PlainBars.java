package io.fullon.cache.candles;

import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/** Bars of ticks, calculated in the plainest way: all ticks are kept, and looked at each time. */
final class PlainBars {

  private final long lateMicros;
  private final List<Tick> counted = new ArrayList<>();
  private long newest = Long.MIN_VALUE;

  PlainBars(long lateMs) {
    lateMicros = lateMs * 1_000;
  }

  void add(Tick tick) {
    long micros = Times.micros(tick.time());
    boolean hasLater =
        counted.stream().anyMatch(other -> begin(other, Timeframe.M1) > begin(tick, Timeframe.M1));
    if (hasLater && micros < newest - lateMicros) {
      return;
    }
    newest = Math.max(newest, micros);
    if (counted.stream().noneMatch(other -> isSame(tick, other))) {
      counted.add(tick);
    }
  }

  private static boolean isSame(Tick one, Tick other) {
    return (one.seq() != null && one.seq().equals(other.seq()))
        || one.withSeq(null).equals(other.withSeq(null));
  }

  private static long begin(Tick tick, Timeframe timeframe) {
    long seconds = tick.time().getEpochSecond();
    return seconds / timeframe.seconds() * timeframe.seconds();
  }

  private static BigDecimal best(List<Tick> ticks, Comparator<BigDecimal> order) {
    return ticks.stream()
        .map(Tick::price)
        .max(order.thenComparing(BigDecimal::scale))
        .orElseThrow();
  }

  /** {@code begin open high low close ticks} of each bar. */
  List<String> bars(Timeframe timeframe) {
    TreeMap<Long, List<Tick>> byBegin = new TreeMap<>();
    counted.forEach(
        tick ->
            byBegin.computeIfAbsent(begin(tick, timeframe), begin -> new ArrayList<>()).add(tick));
    List<String> bars = new ArrayList<>();
    byBegin.forEach(
        (begin, ticks) -> {
          ticks.sort(
              Comparator.comparing(Tick::time)
                  .thenComparing(Tick::seq, Comparator.nullsFirst(Comparator.naturalOrder())));
          bars.add(
              String.join(
                  " ",
                  begin.toString(),
                  ticks.get(0).price().toPlainString(),
                  best(ticks, Comparator.naturalOrder()).toPlainString(),
                  best(ticks, Comparator.reverseOrder()).toPlainString(),
                  ticks.get(ticks.size() - 1).price().toPlainString(),
                  "" + ticks.size()));
        });
    return bars;
  }
}
