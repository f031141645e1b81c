package io.fullon.cache.redis;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/**
 * How Redis is reached: the configuration's section {@code redis}.
 *
 * @param uri {@code redis://[user:password@]host[:port][/db]}
 * @param prefix begins every key and channel that is this project's own
 * @param connectTimeoutMs how long one attempt to connect may take, in milliseconds
 * @param commandTimeoutMs the deadline of every command, in milliseconds; the connection of a
 *     command that misses it is closed
 * @param reconnectMinMs the first pause before connecting again; it doubles from attempt to attempt
 * @param reconnectMaxMs the longest such pause
 * @param maxInFlight how many commands may wait for their answers on one connection; more fail at
 *     once
 * @param heartbeatMs how often a subscription proves that it is alive
 */
public record RedisLinkOptions(
    String uri,
    String prefix,
    long connectTimeoutMs,
    long commandTimeoutMs,
    long reconnectMinMs,
    long reconnectMaxMs,
    int maxInFlight,
    long heartbeatMs) {

  public static final String DEFAULT_URI = "redis://localhost:6379/0";
  public static final String DEFAULT_PREFIX = "fullon:";
  public static final long DEFAULT_CONNECT_TIMEOUT_MS = 2_000;
  public static final long DEFAULT_COMMAND_TIMEOUT_MS = 2_000;
  public static final long DEFAULT_RECONNECT_MIN_MS = 50;
  public static final long DEFAULT_RECONNECT_MAX_MS = 1_000;
  public static final int DEFAULT_MAX_IN_FLIGHT = 16_384;
  public static final long DEFAULT_HEARTBEAT_MS = 1_000;

  private static final Set<String> SCHEMES = Set.of("redis", "rediss");

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static RedisLinkOptions from(Fields section) {
    RedisLinkOptions options =
        new RedisLinkOptions(
            uri(section),
            section.has("prefix") ? section.text("prefix", 64) : DEFAULT_PREFIX,
            section.integer("connect_timeout_ms", 10, 60_000, DEFAULT_CONNECT_TIMEOUT_MS),
            section.integer("command_timeout_ms", 10, 60_000, DEFAULT_COMMAND_TIMEOUT_MS),
            section.integer("reconnect_min_ms", 1, 60_000, DEFAULT_RECONNECT_MIN_MS),
            section.integer("reconnect_max_ms", 1, 60_000, DEFAULT_RECONNECT_MAX_MS),
            (int) section.integer("max_in_flight", 1, 1_000_000, DEFAULT_MAX_IN_FLIGHT),
            section.integer("heartbeat_ms", 10, 60_000, DEFAULT_HEARTBEAT_MS));
    section.refuseUnknown();
    if (options.reconnectMaxMs < options.reconnectMinMs) {
      throw new InvalidValueException(
          section.name("reconnect_max_ms"),
          "must not be less than reconnect_min_ms (" + options.reconnectMinMs + ")",
          options.reconnectMaxMs);
    }
    if (!options.prefix.matches("[!-~&&[^{}*?\\[\\]\\\\]]*")) {
      throw new InvalidValueException(
          section.name("prefix"),
          "must be printable ASCII without spaces and { } * ? [ ] \\",
          options.prefix);
    }
    return options;
  }

  private static String uri(Fields section) {
    if (!section.has("uri")) {
      return DEFAULT_URI;
    }
    String text = section.text("uri", 1_000);
    try {
      URI uri = new URI(text);
      boolean database = uri.getPath() == null || uri.getPath().matches("(/[0-9]{0,5})?");
      if (uri.getScheme() != null
          && SCHEMES.contains(uri.getScheme())
          && uri.getHost() != null
          && uri.getPort() != 0
          && uri.getPort() <= 65_535
          && database) {
        return text;
      }
    } catch (URISyntaxException e) {
      // Said below, without the text: it may hold a password.
    }
    throw new InvalidValueException(
        section.name("uri"), "must be redis://[user:password@]host[:port][/db]");
  }

  /** The server's address for messages and logs, without user and password. */
  public String address() {
    URI parsed = URI.create(uri);
    int port = parsed.getPort() < 0 ? 6379 : parsed.getPort();
    String path = parsed.getPath() == null ? "" : parsed.getPath();
    return parsed.getScheme() + "://" + parsed.getHost() + ":" + port + path;
  }

  @Override
  public String toString() {
    return "RedisLinkOptions[" + address() + "]";
  }
}
