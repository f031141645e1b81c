package io.fullon.cache.source;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code source}: what all sources have in common.
 *
 * @param leaseMs how long a node has an exchange after it last said so in Redis
 * @param connectTimeoutMs how long connecting to an exchange may take, or reading a list
 * @param answerMs how long the answer to a subscription may take
 * @param silentMs after how long without a frame an exchange that sends heartbeats is silent
 * @param stalledMs after how long another one is, if it was busy before
 * @param renewMs after how long a connection is renewed on which nothing comes
 * @param reconnectMinMs the first pause before connecting again
 * @param reconnectMaxMs the longest pause
 * @param instrumentsMs how often lists of instruments are read
 * @param maxQueued how many ticks wait for Redis before only the latest of each symbol does
 */
public record SourceTimes(
    long leaseMs,
    long connectTimeoutMs,
    long answerMs,
    long silentMs,
    long stalledMs,
    long renewMs,
    long reconnectMinMs,
    long reconnectMaxMs,
    long instrumentsMs,
    int maxQueued) {

  public static final long DEFAULT_LEASE_MS = 10_000;
  public static final long DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
  public static final long DEFAULT_ANSWER_MS = 10_000;
  public static final long DEFAULT_SILENT_MS = 5_000;
  public static final long DEFAULT_STALLED_MS = 30_000;
  public static final long DEFAULT_RENEW_MS = 600_000;
  public static final long DEFAULT_RECONNECT_MIN_MS = 500;
  public static final long DEFAULT_RECONNECT_MAX_MS = 4_000;
  public static final long DEFAULT_INSTRUMENTS_MS = 3_600_000;
  public static final int DEFAULT_MAX_QUEUED = 5_000;

  private static final long DAY_MS = 86_400_000;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static SourceTimes from(Fields section) {
    SourceTimes times =
        new SourceTimes(
            section.integer("lease_ms", 100, DAY_MS, DEFAULT_LEASE_MS),
            section.integer("connect_timeout_ms", 10, DAY_MS, DEFAULT_CONNECT_TIMEOUT_MS),
            section.integer("answer_ms", 10, DAY_MS, DEFAULT_ANSWER_MS),
            section.integer("silent_ms", 10, DAY_MS, DEFAULT_SILENT_MS),
            section.integer("stalled_ms", 10, DAY_MS, DEFAULT_STALLED_MS),
            section.integer("renew_ms", 10, DAY_MS, DEFAULT_RENEW_MS),
            section.integer("reconnect_min_ms", 1, DAY_MS, DEFAULT_RECONNECT_MIN_MS),
            section.integer("reconnect_max_ms", 1, DAY_MS, DEFAULT_RECONNECT_MAX_MS),
            section.integer("instruments_ms", 10, DAY_MS, DEFAULT_INSTRUMENTS_MS),
            (int) section.integer("max_queued", 1, 1_000_000, DEFAULT_MAX_QUEUED));
    section.refuseUnknown();
    if (times.reconnectMinMs > times.reconnectMaxMs) {
      throw new InvalidValueException(
          section.name("reconnect_max_ms"),
          "must be at least " + section.name("reconnect_min_ms"),
          times.reconnectMaxMs);
    }
    return times;
  }
}
