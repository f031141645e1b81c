package io.fullon.cache.feed;

import io.fullon.cache.value.Fields;

/**
 * What one client may ask of the feed. Each is told in the welcome. A request beyond a limit is
 * answered with an error; who goes on is closed with 4029.
 *
 * @param messageBytes the longest message; a longer one is closed with 1009
 * @param requestsPerSecond how many messages one connection may send in a second; when they have
 *     named {@value RateLimit#SYMBOLS} symbols for each of these, the others are read in the next
 * @param subscriptions how many subscriptions one connection may have
 * @param connections how many connections there may be in all; more are refused with HTTP 503
 * @param connectionsPerAddress how many of them from one address, more being refused with HTTP 429;
 *     0 for any number
 * @param subscribeWithinMs how long a connection may be without a subscription; 0 for ever
 * @param stallMs after how long a client that takes nothing is closed with 4008
 */
public record FeedLimits(
    int messageBytes,
    int requestsPerSecond,
    int subscriptions,
    int connections,
    int connectionsPerAddress,
    long subscribeWithinMs,
    long stallMs) {

  public static final int DEFAULT_MESSAGE_BYTES = 65_536;
  public static final int DEFAULT_REQUESTS_PER_SECOND = 50;
  public static final int DEFAULT_SUBSCRIPTIONS = 10_000;
  public static final int DEFAULT_CONNECTIONS = 20_000;
  public static final int DEFAULT_CONNECTIONS_PER_ADDRESS = 0;
  public static final long DEFAULT_SUBSCRIBE_WITHIN_MS = 0;
  public static final long DEFAULT_STALL_MS = 30_000;

  /** How many symbols one request may name. */
  static final int SYMBOLS = 1_000;

  /** How many bars a snapshot may have of each symbol. */
  static final int BARS = 1_000;

  private static final int MILLION = 1_000_000;
  private static final long DAY_MS = 86_400_000;

  public static FeedLimits from(Fields section) {
    return new FeedLimits(
        (int) section.integer("max_message_bytes", 1_024, 16_777_216, DEFAULT_MESSAGE_BYTES),
        (int) section.integer("max_requests_per_second", 1, MILLION, DEFAULT_REQUESTS_PER_SECOND),
        (int) section.integer("max_subscriptions", 1, MILLION, DEFAULT_SUBSCRIPTIONS),
        (int) section.integer("max_connections", 1, MILLION, DEFAULT_CONNECTIONS),
        (int)
            section.integer(
                "max_connections_per_address", 0, MILLION, DEFAULT_CONNECTIONS_PER_ADDRESS),
        section.integer("subscribe_within_ms", 0, DAY_MS, DEFAULT_SUBSCRIBE_WITHIN_MS),
        section.integer("stall_timeout_ms", 100, DAY_MS, DEFAULT_STALL_MS));
  }
}
