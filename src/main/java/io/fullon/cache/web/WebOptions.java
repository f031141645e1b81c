package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code web}.
 *
 * @param enabled whether the gateway is deployed
 * @param host the address to listen on
 * @param port the port to listen on; 0 for any free one
 * @param instances how many event loops share the connections
 * @param heartbeatMs after how long a silent connection gets a heartbeat
 * @param maxMessageBytes the longest message that a client may send
 * @param maxSubscriptions how many subscriptions one connection may have
 * @param reconnectAfterMs when clients are told to come back after an orderly stop
 */
public record WebOptions(
    boolean enabled,
    String host,
    int port,
    int instances,
    long heartbeatMs,
    int maxMessageBytes,
    int maxSubscriptions,
    long reconnectAfterMs) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final String DEFAULT_HOST = "127.0.0.1";
  public static final int DEFAULT_PORT = 8080;
  public static final int DEFAULT_INSTANCES = 1;
  public static final long DEFAULT_HEARTBEAT_MS = 1_000;
  public static final int DEFAULT_MAX_MESSAGE_BYTES = 65_536;
  public static final int DEFAULT_MAX_SUBSCRIPTIONS = 10_000;
  public static final long DEFAULT_RECONNECT_AFTER_MS = 1_000;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static WebOptions from(Fields section) {
    WebOptions options =
        new WebOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            host(section),
            (int) section.integer("port", 0, 65_535, DEFAULT_PORT),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            section.integer("heartbeat_ms", 100, 60_000, DEFAULT_HEARTBEAT_MS),
            (int)
                section.integer("max_message_bytes", 1_024, 16_777_216, DEFAULT_MAX_MESSAGE_BYTES),
            (int) section.integer("max_subscriptions", 1, 1_000_000, DEFAULT_MAX_SUBSCRIPTIONS),
            section.integer("reconnect_after_ms", 0, 600_000, DEFAULT_RECONNECT_AFTER_MS));
    section.refuseUnknown();
    return options;
  }

  private static String host(Fields section) {
    String host = section.has("host") ? section.text("host", 255) : DEFAULT_HOST;
    if (host.isBlank()) {
      throw new InvalidValueException(
          section.name("host"), "must be a host's name or address", host);
    }
    return host;
  }
}
