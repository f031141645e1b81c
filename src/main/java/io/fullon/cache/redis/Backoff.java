package io.fullon.cache.redis;

import java.util.concurrent.ThreadLocalRandom;

/** Pauses between attempts: each twice as long as the one before, up to a limit, with jitter. */
public final class Backoff {

  private final long firstMs;
  private final long longestMs;
  private long pauseMs;

  Backoff(RedisLinkOptions options) {
    this(options.reconnectMinMs(), options.reconnectMaxMs());
  }

  /**
   * @param firstMs the first pause
   * @param longestMs the longest one
   */
  public Backoff(long firstMs, long longestMs) {
    this.firstMs = firstMs;
    this.longestMs = longestMs;
    reset();
  }

  /** Begins with short pauses again. */
  public void reset() {
    pauseMs = firstMs;
  }

  /** How long to wait now. */
  public long nextMs() {
    long pause = pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs / 2 + 1);
    pauseMs = Math.min(2 * pauseMs, longestMs);
    return Math.max(1, pause);
  }
}
