package io.fullon.cache.feed;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Keeps the intervals of one group: after a tick its ticker rests for that long, and what comes
 * meanwhile is held back. Remembers only what rests. Times are in nanoseconds of the feed's clock;
 * every step costs O(log n) of the tickers that rest.
 */
final class Throttle {

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** How many times an interval held ticks are looked at, so that they go out together. */
  private static final int STEPS = 16;

  /**
   * A ticker that rests.
   *
   * @param until when that ends
   * @param sent the number of its tick that was sent last
   */
  record Rest(Ticker ticker, int intervalMs, long until, long order, long sent) {}

  private static final Comparator<Rest> BY_END =
      Comparator.comparingLong(Rest::until).thenComparingLong(Rest::order);

  private final Map<Ticker, Rest> resting = new HashMap<>();

  // Not there before anything rests: thousands of connections want every tick.

  private NavigableSet<Rest> byEnd;

  /** Those of whose end somebody waits for a tick. */
  private NavigableSet<Rest> held;

  private long orders;

  /** Gives whether the ticker's latest tick may be sent now; else it is held. */
  boolean offer(Ticker ticker, int intervalMs, long now) {
    while (!resting.isEmpty() && byEnd.first().until <= now && !held.contains(byEnd.first())) {
      resting.remove(byEnd.pollFirst().ticker);
    }
    if (!resting.containsKey(ticker)) {
      rest(ticker, intervalMs, now, ticker.number());
      return true;
    }
    if (ticker.number() > resting.get(ticker).sent) {
      hold(ticker);
    }
    return false;
  }

  /** Lets the ticker rest from now on. */
  void rest(Ticker ticker, int intervalMs, long now, long sent) {
    put(new Rest(ticker, intervalMs, now + intervalMs * NANOS_PER_MILLI, orders++, sent));
  }

  /** Lets it rest as it does elsewhere, there being somebody who had another tick last. */
  void take(Rest rest, long sent) {
    put(new Rest(rest.ticker, rest.intervalMs, rest.until, orders++, sent));
    if (rest.ticker.number() > sent) {
      hold(rest.ticker);
    }
  }

  private void put(Rest rest) {
    forget(rest.ticker);
    if (byEnd == null) {
      byEnd = new TreeSet<>(BY_END);
      held = new TreeSet<>(BY_END);
    }
    resting.put(rest.ticker, rest);
    byEnd.add(rest);
  }

  /** At the end of the rest somebody waits for a tick. */
  void hold(Ticker ticker) {
    held.add(resting.get(ticker));
  }

  /** Lets those whose tick goes out now rest from now on. */
  void sent(Ticker ticker, long number, long now) {
    Rest rest = resting.get(ticker);
    if (rest != null && rest.sent == number) {
      boolean isHeld = held.contains(rest);
      rest(ticker, rest.intervalMs, now, number);
      if (isHeld) {
        hold(ticker);
      }
    }
  }

  /** Lets the ticker rest no longer. */
  void forget(Ticker ticker) {
    Rest rest = resting.remove(ticker);
    if (rest != null) {
      byEnd.remove(rest);
      held.remove(rest);
    }
  }

  /** Null when it does not rest. */
  Rest get(Ticker ticker) {
    return resting.get(ticker);
  }

  Collection<Rest> all() {
    return List.copyOf(resting.values());
  }

  int size() {
    return resting.size();
  }

  /** The latest ticks of those that were held for long enough; they rest anew. */
  List<Update> due(long now) {
    List<Update> due = new ArrayList<>();
    while (isHolding() && held.first().until <= now) {
      Rest rest = held.first();
      due.add(new Update(rest.ticker.latest(), rest.sent));
      rest(rest.ticker, rest.intervalMs, now, rest.ticker.number());
    }
    return due;
  }

  boolean isHolding() {
    return !resting.isEmpty() && !held.isEmpty();
  }

  /** In how many milliseconds to look for what is due. */
  long delayMs(long now) {
    Rest next = held.first();
    long untilThen = (next.until - now + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    return Math.max(Math.max(1, next.intervalMs / STEPS), untilThen);
  }
}
