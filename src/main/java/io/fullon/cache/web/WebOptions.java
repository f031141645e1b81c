package io.fullon.cache.web;

import io.fullon.cache.feed.FeedLimits;
import io.fullon.cache.feed.FeedOptions;
import io.fullon.cache.tls.CertificateAndKey;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import java.util.List;
import java.util.Objects;

/**
 * The configuration's section {@code web}.
 *
 * @param enabled whether the gateway is deployed
 * @param host the address to listen on
 * @param port the port to listen on; 0 for any free one
 * @param adminPort the port where health and metrics are instead, in plain HTTP; 0 for any free
 *     one, null when they are beside the page
 * @param adminHost the address for that
 * @param instances how many event loops share the connections
 * @param tls with what HTTPS and WSS are served, read again when the files change; null for plain
 *     HTTP
 * @param auth whether clients need a token
 * @param allowedOrigins the web origins (RFC 6454), besides its own, whose pages may connect and
 *     read, such as {@code https://example.com}; {@code *} for all
 * @param publicOrigins its own origins as browsers see them, where a proxy stands in front
 * @param allowedHosts by which names it may be asked, besides those in its public origins; {@code
 *     *} for all, which is also what an empty list means where others than this machine can
 *     connect. On a loopback address the names of this machine are always allowed
 * @param limits what one client may ask
 * @param httpConnections how many connections there may be that are none to the feed, as each is
 *     before its upgrade; more are closed at once
 * @param httpRequestMs how long a request may take to come, and a TLS handshake, for which there
 *     are at most 10 s
 * @param httpIdleMs after how long a connection is closed that neither sends a request nor becomes
 *     one to the feed, or that is behind in taking its answers
 * @param heartbeatMs after how long a silent connection gets a heartbeat
 * @param deflate whether clients that wish it get compressed frames (RFC 7692), at three times the
 *     CPU and five times the memory of a connection
 * @param reconnectAfterMs when clients are told to come back after an orderly stop, at the
 *     earliest; each is told another time, so that they do not come all at once
 */
public record WebOptions(
    boolean enabled,
    String host,
    int port,
    Integer adminPort,
    String adminHost,
    int instances,
    CertificateAndKey tls,
    WebAuthOptions auth,
    List<String> allowedOrigins,
    List<String> publicOrigins,
    List<String> allowedHosts,
    FeedLimits limits,
    int httpConnections,
    long httpRequestMs,
    long httpIdleMs,
    long heartbeatMs,
    boolean deflate,
    long reconnectAfterMs) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final String DEFAULT_HOST = "127.0.0.1";
  public static final int DEFAULT_PORT = 8080;
  public static final int DEFAULT_INSTANCES = 1;
  public static final int DEFAULT_HTTP_CONNECTIONS = 1_000;
  public static final long DEFAULT_HTTP_REQUEST_MS = 10_000;
  public static final long DEFAULT_HTTP_IDLE_MS = 60_000;
  public static final long DEFAULT_HEARTBEAT_MS = 1_000;
  public static final boolean DEFAULT_DEFLATE = false;
  public static final long DEFAULT_RECONNECT_AFTER_MS = 1_000;

  private static final int MAX_PORT = 65_535;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static WebOptions from(Fields section) {
    WebOptions options =
        new WebOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            host(section, "host", DEFAULT_HOST),
            (int) section.integer("port", 0, MAX_PORT, DEFAULT_PORT),
            adminPort(section),
            host(section, "admin_host", host(section, "host", DEFAULT_HOST)),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            CertificateAndKey.from(section),
            WebAuthOptions.from(section),
            Origins.parse(section, "allowed_origins"),
            Origins.parseOwn(section, "public_origin"),
            Hosts.parse(section, "allowed_hosts"),
            FeedLimits.from(section),
            (int) section.integer("max_http_connections", 1, 1_000_000, DEFAULT_HTTP_CONNECTIONS),
            section.integer("http_request_timeout_ms", 100, 86_400_000, DEFAULT_HTTP_REQUEST_MS),
            section.integer("http_idle_timeout_ms", 100, 86_400_000, DEFAULT_HTTP_IDLE_MS),
            section.integer("heartbeat_ms", 100, 60_000, DEFAULT_HEARTBEAT_MS),
            section.flag("deflate", DEFAULT_DEFLATE),
            section.integer("reconnect_after_ms", 0, 600_000, DEFAULT_RECONNECT_AFTER_MS));
    section.refuseUnknown();
    boolean isSameHost = options.host.equalsIgnoreCase(options.adminHost);
    if (isSameHost && options.port != 0 && Objects.equals(options.port, options.adminPort)) {
      throw new InvalidValueException(
          section.name("admin_port"), "must not be " + section.name("port") + " too", options.port);
    }
    return options;
  }

  private static Integer adminPort(Fields section) {
    Long port = section.integerOrNull("admin_port", 0, MAX_PORT);
    return port == null ? null : port.intValue();
  }

  private static String host(Fields section, String key, String absent) {
    String host = section.has(key) ? section.text(key, 255) : absent;
    if (host.isBlank()) {
      throw new InvalidValueException(section.name(key), "must be a host's name or address", host);
    }
    return host;
  }

  FeedOptions feed() {
    return new FeedOptions(limits, heartbeatMs, auth.withinMs(), reconnectAfterMs);
  }

  /** Whether health and metrics have a port of their own. */
  boolean hasAdminPort() {
    return adminPort != null;
  }
}
