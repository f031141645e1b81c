package io.fullon.cache.tick;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code tick}.
 *
 * @param enabled whether the service is deployed
 * @param instances how many verticles share its calls, each with a connection of its own
 * @param maxAheadMs how far ahead of now the time of a tick may be
 * @param compareIntervalMs how often the node's table is compared with Redis
 * @param scanIntervalMs how often the whole keyspace is looked at for exchanges of other programs,
 *     and for what remains of deleted tickers
 * @param staleReadsMs how long reads go on while Redis is out of reach
 */
public record TickOptions(
    boolean enabled,
    int instances,
    long maxAheadMs,
    long compareIntervalMs,
    long scanIntervalMs,
    long staleReadsMs) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;
  public static final long DEFAULT_MAX_AHEAD_MS = 60_000;
  public static final long DEFAULT_COMPARE_INTERVAL_MS = 30_000;
  public static final long DEFAULT_SCAN_INTERVAL_MS = 600_000;
  public static final long DEFAULT_STALE_READS_MS = 30_000;

  private static final long DAY_MS = 86_400_000;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static TickOptions from(Fields section) {
    TickOptions options =
        new TickOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            section.integer("max_ahead_ms", 0, DAY_MS, DEFAULT_MAX_AHEAD_MS),
            section.integer("compare_interval_ms", 10, DAY_MS, DEFAULT_COMPARE_INTERVAL_MS),
            section.integer("scan_interval_ms", 10, DAY_MS, DEFAULT_SCAN_INTERVAL_MS),
            section.integer("stale_reads_ms", 0, DAY_MS, DEFAULT_STALE_READS_MS));
    section.refuseUnknown();
    return options;
  }
}
