package io.fullon.cache.source;

import io.fullon.cache.tick.Tick;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Ticks that wait to be stored, in their order. When there are too many, Redis is slow: from then
 * on until all are stored only the latest of each symbol waits. So memory is bounded by the limit
 * and the number of symbols.
 */
final class TickQueue {

  private final int maxQueued;
  private final Deque<Tick> all = new ArrayDeque<>();

  /** By symbol; what waits when {@link #all} was full. */
  private final Map<String, Tick> latest = new LinkedHashMap<>();

  private long dropped;

  TickQueue(int maxQueued) {
    this.maxQueued = maxQueued;
  }

  void add(Tick tick) {
    if (latest.isEmpty() && all.size() < maxQueued) {
      all.add(tick);
    } else {
      conflate();
      keepLatest(tick);
    }
  }

  /** Only the latest of each symbol stays. */
  void conflate() {
    all.forEach(this::keepLatest);
    all.clear();
  }

  private void keepLatest(Tick tick) {
    // At the end, so that the order between symbols stays that of their latest ticks.
    if (latest.remove(tick.symbol()) != null) {
      dropped++;
    }
    latest.put(tick.symbol(), tick);
  }

  /** Puts back what could not be stored, before what has come since. */
  void putBack(List<Tick> ticks) {
    conflate();
    List<Tick> newer = new ArrayList<>(latest.values());
    latest.clear();
    ticks.forEach(this::keepLatest);
    newer.forEach(this::keepLatest);
  }

  /** Takes the next ones, at most so many. */
  List<Tick> take(int max) {
    List<Tick> next = new ArrayList<>(Math.min(max, size()));
    while (next.size() < max && !all.isEmpty()) {
      next.add(all.poll());
    }
    var rest = latest.values().iterator();
    while (next.size() < max && rest.hasNext()) {
      next.add(rest.next());
      rest.remove();
    }
    return next;
  }

  /** These are stored: they need not be stored again. */
  void forget(List<Tick> stored) {
    conflate();
    for (Tick tick : stored) {
      latest.remove(tick.symbol(), tick.withSeq(null));
    }
  }

  int size() {
    return all.size() + latest.size();
  }

  /** How many were left out, since this was last asked. */
  long takeDropped() {
    long count = dropped;
    dropped = 0;
    return count;
  }
}
