package io.fullon.cache.feed;

import io.fullon.cache.value.Names;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What connections are subscribed to: each topic with the shortest time between two ticks of a
 * symbol, in milliseconds; 0 for every tick. A change costs as many steps as it has topics.
 */
final class Subscriptions {

  static final Subscriptions NONE = new Subscriptions();

  private final Map<Topic, Integer> intervals = new HashMap<>();

  /** How many topics each exchange has, {@code *} being one. */
  private final Map<String, Integer> exchanges = new HashMap<>(2);

  /** How many have an interval. */
  private int paced;

  /** May be read, and is not to be kept: it changes. */
  Map<Topic, Integer> intervals() {
    return Collections.unmodifiableMap(intervals);
  }

  /**
   * @param intervalMs null to end it
   */
  void change(Topic topic, Integer intervalMs) {
    Integer before =
        intervalMs == null ? intervals.remove(topic) : intervals.put(topic, intervalMs);
    paced += isPaced(intervalMs) - isPaced(before);
    int more = (intervalMs == null ? 0 : 1) - (before == null ? 0 : 1);
    if (more != 0) {
      exchanges.merge(topic.exchange(), more, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  private static int isPaced(Integer intervalMs) {
    return intervalMs != null && intervalMs > 0 ? 1 : 0;
  }

  boolean isEmpty() {
    return intervals.isEmpty();
  }

  int size() {
    return intervals.size();
  }

  boolean has(Topic topic) {
    return intervals.containsKey(topic);
  }

  /** Whether any of them has an interval. */
  boolean isPaced() {
    return paced > 0;
  }

  /** The longest interval; costs as many steps as there are topics. */
  int longest() {
    return intervals.values().stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  /** Whether nothing of these exchanges is wanted. */
  boolean isWithout(Set<String> those) {
    return !exchanges.containsKey(Names.ANY) && those.stream().noneMatch(exchanges::containsKey);
  }

  boolean matches(Ticker ticker) {
    return interval(ticker) >= 0;
  }

  /**
   * The smallest interval of the topics that match.
   *
   * @return milliseconds; negative when none matches
   */
  int interval(Ticker ticker) {
    int smallest = -1;
    for (Topic topic : ticker.topics()) {
      Integer interval = intervals.get(topic);
      smallest = interval == null || (smallest >= 0 && smallest <= interval) ? smallest : interval;
    }
    return smallest;
  }
}
