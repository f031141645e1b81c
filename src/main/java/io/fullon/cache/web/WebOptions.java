package io.fullon.cache.web;

import io.fullon.cache.tls.CertificateAndKey;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import java.util.List;

/**
 * The configuration's section {@code web}.
 *
 * @param enabled whether the gateway is deployed
 * @param host the address to listen on
 * @param port the port to listen on; 0 for any free one
 * @param instances how many event loops share the connections
 * @param tls with what HTTPS and WSS are served, read again when the files change; null for plain
 *     HTTP
 * @param auth whether clients need a token
 * @param allowedOrigins the web origins (RFC 6454), besides its own, whose pages may connect, such
 *     as {@code https://example.com}; {@code *} for all
 * @param limits what one client may ask
 * @param httpIdleMs after how long a connection is closed that neither sends a request nor becomes
 *     one to the feed
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
    int instances,
    CertificateAndKey tls,
    WebAuthOptions auth,
    List<String> allowedOrigins,
    FeedLimits limits,
    long httpIdleMs,
    long heartbeatMs,
    boolean deflate,
    long reconnectAfterMs) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final String DEFAULT_HOST = "127.0.0.1";
  public static final int DEFAULT_PORT = 8080;
  public static final int DEFAULT_INSTANCES = 1;
  public static final long DEFAULT_HTTP_IDLE_MS = 60_000;
  public static final long DEFAULT_HEARTBEAT_MS = 1_000;
  public static final boolean DEFAULT_DEFLATE = false;
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
            CertificateAndKey.from(section),
            WebAuthOptions.from(section),
            Origins.parse(section, "allowed_origins"),
            FeedLimits.from(section),
            section.integer("http_idle_timeout_ms", 100, 86_400_000, DEFAULT_HTTP_IDLE_MS),
            section.integer("heartbeat_ms", 100, 60_000, DEFAULT_HEARTBEAT_MS),
            section.flag("deflate", DEFAULT_DEFLATE),
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

  /** Whether only programs on this machine can connect. */
  boolean isLocal() {
    return Origins.isLocal(host);
  }
}
