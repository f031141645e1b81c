package io.fullon.cache.source;

import java.util.concurrent.TimeUnit;

/**
 * Keeps to a {@link Venue.Rate}: in no window of its length there are more than its count. Exact,
 * where a bucket of tokens would let twice as many through at first. Memory is one number for each
 * of the count.
 */
final class Pace {

  /** What the network may push together. */
  private static final long MARGIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final long windowNanos;

  /** When the last ones were, the oldest of them at {@link #next}. */
  private final long[] times;

  private int next;
  private long count;

  Pace(Venue.Rate rate) {
    windowNanos = rate.per().toNanos() + MARGIN_NANOS;
    times = new long[rate.count()];
  }

  /** How long to wait before the next one; 0 or less when it may be now. */
  long waitNanos(long now) {
    return count < times.length ? 0 : times[next] + windowNanos - now;
  }

  /**
   * The same, but when more than half of them are used up the rest comes at even intervals: whoever
   * tries for hours is not to wait for minutes in the end.
   */
  long evenWaitNanos(long now) {
    int length = times.length;
    boolean isHalfUsed =
        count > length / 2 && now - times[(next + length - 1 - length / 2) % length] < windowNanos;
    long last = times[(next + length - 1) % length];
    return isHalfUsed
        ? Math.max(waitNanos(now), last + windowNanos / length - now)
        : waitNanos(now);
  }

  void add(long now) {
    times[next] = now;
    next = (next + 1) % times.length;
    count++;
  }
}
