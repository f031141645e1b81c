package io.fullon.cache.feed;

import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.value.Names;
import java.util.Comparator;

/** Which candles: those of one market and timeframe. */
record CandleKey(String exchange, String symbol, Timeframe timeframe)
    implements Comparable<CandleKey> {

  private static final Comparator<CandleKey> ORDER =
      Comparator.comparing(CandleKey::exchange)
          .thenComparing(CandleKey::symbol, Names.ORDER)
          .thenComparing(CandleKey::timeframe);

  /** With an order, hash tables stay fast when a client chooses symbols of equal hash codes. */
  @Override
  public int compareTo(CandleKey other) {
    return ORDER.compare(this, other);
  }

  /** As the acknowledgement names it. */
  Topic topic() {
    return new Topic(exchange, symbol);
  }
}
