package io.fullon.cache.feed;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How much more one client may ask. What is beyond the limit is refused, and counted until a second
 * passes in which nothing is; a client of which as much was refused as the limit allows in a second
 * does not mean to stop. What a request names costs too: who names too much is not refused, but
 * waits.
 */
final class RateLimit {

  /**
   * So many symbols may be named for each request that is allowed. By default that is in a second
   * all that one may subscribe to, with the number of the tick that it has of each.
   */
  static final int SYMBOLS = 400;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final int perSecond;
  private final LongSupplier nanos;
  private long windowStart;
  private int asked;
  private long named;
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
      named = 0;
    }
    return ++asked <= perSecond;
  }

  /** Counts what a request names. */
  void name(int symbols) {
    named += symbols;
  }

  /** In how many milliseconds to read on; 0 for at once. */
  long waitMs() {
    return named <= (long) SYMBOLS * perSecond
        ? 0
        : TimeUnit.NANOSECONDS.toMillis(windowStart + WINDOW_NANOS - nanos.getAsLong()) + 1;
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
