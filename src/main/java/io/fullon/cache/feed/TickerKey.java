package io.fullon.cache.feed;

import io.fullon.cache.value.Names;
import java.util.Comparator;

/** Which ticker: one symbol of one exchange. In the order of the board. */
record TickerKey(String exchange, String symbol) implements Comparable<TickerKey> {

  private static final Comparator<TickerKey> ORDER =
      Comparator.comparing(TickerKey::exchange).thenComparing(TickerKey::symbol, Names.ORDER);

  @Override
  public int compareTo(TickerKey other) {
    return ORDER.compare(this, other);
  }
}
