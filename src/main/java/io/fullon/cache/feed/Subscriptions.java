package io.fullon.cache.feed;

import io.fullon.cache.value.Names;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What one connection is subscribed to. Never changes, so that connections with the same can be
 * told to be alike.
 *
 * @param intervals each entry with the shortest time between two ticks of a symbol, in
 *     milliseconds; 0 for every tick
 */
record Subscriptions(Map<Interest, Integer> intervals) {

  static final Subscriptions NONE = new Subscriptions(Map.of());

  Subscriptions {
    // Not Map.copyOf, which searches all of the entries with equal hash codes.
    intervals = Collections.unmodifiableMap(new HashMap<>(intervals));
  }

  boolean isEmpty() {
    return intervals.isEmpty();
  }

  Set<Interest> interests() {
    return intervals.keySet();
  }

  /** Whether nothing of these exchanges is wanted. */
  boolean isWithout(Set<String> exchanges) {
    return intervals.keySet().stream()
        .map(Interest::exchange)
        .noneMatch(exchange -> exchange.equals(Names.ANY) || exchanges.contains(exchange));
  }

  boolean matches(Interest symbol) {
    return interval(symbol) >= 0;
  }

  /**
   * The smallest interval of the entries that match.
   *
   * @param symbol one exchange's symbol
   * @return milliseconds; negative when none matches
   */
  int interval(Interest symbol) {
    int smallest = smaller(-1, symbol);
    smallest = smaller(smallest, new Interest(symbol.exchange(), Names.ANY));
    smallest = smaller(smallest, new Interest(Names.ANY, symbol.symbol()));
    return smaller(smallest, Interest.ALL);
  }

  private int smaller(int smallest, Interest entry) {
    Integer interval = intervals.get(entry);
    return interval == null || (smallest >= 0 && smallest <= interval) ? smallest : interval;
  }

  /** Whether every tick of everything is wanted. */
  boolean wantsEveryTick() {
    return intervals.values().stream().allMatch(interval -> interval == 0);
  }
}
