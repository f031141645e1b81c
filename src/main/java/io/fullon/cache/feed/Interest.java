package io.fullon.cache.feed;

import io.fullon.cache.value.Names;
import java.util.Comparator;

/**
 * What one subscription is for.
 *
 * @param exchange an exchange, or {@code *} for all, also for those that appear later
 * @param symbol a symbol, or {@code *} for all
 */
record Interest(String exchange, String symbol) implements Comparable<Interest> {

  static final Interest ALL = new Interest(Names.ANY, Names.ANY);

  private static final Comparator<Interest> ORDER =
      Comparator.comparing(Interest::exchange).thenComparing(Interest::symbol, Names.ORDER);

  /** With an order, hash tables stay fast when a client chooses symbols of equal hash codes. */
  @Override
  public int compareTo(Interest other) {
    return ORDER.compare(this, other);
  }
}
