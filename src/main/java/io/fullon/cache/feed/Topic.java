package io.fullon.cache.feed;

import io.fullon.cache.value.Names;
import java.util.Comparator;

/**
 * What one subscription is for.
 *
 * @param exchange an exchange, or {@code *} for all, also for those that appear later
 * @param symbol a symbol, or {@code *} for all
 */
record Topic(String exchange, String symbol) implements Comparable<Topic> {

  static final Topic ALL = new Topic(Names.ANY, Names.ANY);

  private static final Comparator<Topic> ORDER =
      Comparator.comparing(Topic::exchange).thenComparing(Topic::symbol, Names.ORDER);

  /** Whether it is for one ticker. */
  boolean isExact() {
    return !exchange.equals(Names.ANY) && !symbol.equals(Names.ANY);
  }

  /** With an order, hash tables stay fast when a client chooses symbols of equal hash codes. */
  @Override
  public int compareTo(Topic other) {
    return ORDER.compare(this, other);
  }
}
