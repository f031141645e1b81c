package io.fullon.cache.feed;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How much more one client may ask. What is beyond the limit is refused, and counted until a second
 * passes in which nothing is; a client of which as much was refused as the limit allows in a second
 * does not mean to stop.
 */
final class RateLimit {

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final int perSecond;
  private final LongSupplier nanos;
  private long windowStart;
  private int asked;
  private int refused;
  private boolean refusedInWindow;

  RateLimit(int perSecond, LongSupplier nanos) {
    this.perSecond = perSecond;
    this.nanos = nanos;
    this.windowStart = nanos.getAsLong();
  }

  /** Counts a request; gives whether it is within the limit. */
  boolean take() {
    long now = nanos.getAsLong();
    if (now - windowStart >= WINDOW_NANOS) {
      // In a whole second without a request none was refused either.
      boolean goesOn = refusedInWindow && now - windowStart < 2 * WINDOW_NANOS;
      refused = goesOn ? refused : 0;
      refusedInWindow = false;
      windowStart = now;
      asked = 0;
    }
    return ++asked <= perSecond;
  }

  /** Counts a refusal for whatever limit. */
  void refuse() {
    refused++;
    refusedInWindow = true;
  }

  /** Whether the client has been refused often enough. */
  boolean isSpent() {
    return refused > perSecond;
  }
}
