package io.fullon.cache.feed;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Keeps the intervals of one connection: after a tick its symbol rests for that long, and of what
 * comes meanwhile the latest is held back. Remembers only what rests. Times are in nanoseconds of
 * {@link Feed#now}; every step costs O(log n) of the symbols that rest.
 */
final class Pace {

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** How many times an interval held ticks are looked at, so that they go out together. */
  private static final int STEPS = 16;

  private static final class Resting {

    private final Interest symbol;
    private final int intervalMs;
    private final long until;
    private final long number;
    private Outgoing held;

    Resting(Interest symbol, int intervalMs, long until, long number) {
      this.symbol = symbol;
      this.intervalMs = intervalMs;
      this.until = until;
      this.number = number;
    }
  }

  private final Map<Interest, Resting> resting = new HashMap<>();
  private final TreeSet<Resting> byEnd =
      new TreeSet<>(
          Comparator.<Resting>comparingLong(rest -> rest.until)
              .thenComparingLong(rest -> rest.number));
  private long numbers;
  private int holding;

  /** Gives the tick back when it may be sent now; else null, and it is held. */
  Outgoing offer(Outgoing tick, int intervalMs, long now) {
    forgetThoseThatHoldNothing(now);
    Resting rest = resting.get(tick.symbol());
    if (rest == null) {
      rest(tick.symbol(), intervalMs, now);
      return tick;
    }
    holding += rest.held == null ? 1 : 0;
    rest.held = rest.held == null ? tick : rest.held.then(tick);
    return null;
  }

  private void forgetThoseThatHoldNothing(long now) {
    while (!byEnd.isEmpty() && byEnd.first().until <= now && byEnd.first().held == null) {
      resting.remove(byEnd.pollFirst().symbol);
    }
  }

  /** Lets the symbol, which does not rest yet, rest from now on. */
  void rest(Interest symbol, int intervalMs, long now) {
    Resting rest = new Resting(symbol, intervalMs, now + intervalMs * NANOS_PER_MILLI, numbers++);
    resting.put(symbol, rest);
    byEnd.add(rest);
  }

  /** Lets the symbol rest no longer; gives the tick that was held, or null. */
  Outgoing forget(Interest symbol) {
    Resting rest = resting.remove(symbol);
    if (rest == null) {
      return null;
    }
    byEnd.remove(rest);
    holding -= rest.held == null ? 0 : 1;
    return rest.held;
  }

  /** The ticks that have been held for long enough; their symbols rest anew. */
  List<Outgoing> due(long now) {
    List<Outgoing> due = new ArrayList<>();
    while (!byEnd.isEmpty() && byEnd.first().until <= now) {
      Resting rest = byEnd.first();
      if (forget(rest.symbol) != null) {
        due.add(rest.held);
        rest(rest.symbol, rest.intervalMs, now);
      }
    }
    return due;
  }

  /** Drops what is no longer subscribed to; gives what was held for another interval than now. */
  List<Outgoing> changed(Subscriptions subscriptions, long now) {
    List<Outgoing> free = new ArrayList<>();
    for (Resting rest : List.copyOf(byEnd)) {
      int intervalMs = subscriptions.interval(rest.symbol);
      if (intervalMs == rest.intervalMs) {
        continue;
      }
      Outgoing held = forget(rest.symbol);
      if (held != null && intervalMs >= 0) {
        free.add(held);
      }
      if (intervalMs > 0) {
        rest(rest.symbol, intervalMs, now);
      }
    }
    return free;
  }

  boolean isHolding() {
    return holding > 0;
  }

  /** In how many milliseconds to look for what is due. */
  long delayMs(long now) {
    Resting next = byEnd.first();
    long untilThen = (next.until - now + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    return Math.max(Math.max(1, next.intervalMs / STEPS), untilThen);
  }
}
