package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Names;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which web pages may connect, and read. A browser tells a page's origin (RFC 6454) and lets any
 * page open a WebSocket to any server, which must decide; other programs send no origin.
 */
final class Origins {

  private static final Pattern ORIGIN =
      Pattern.compile("(https?)://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");

  private static final Pattern ALLOWED = Pattern.compile(ORIGIN + "|null|\\*");

  private static final String PREFLIGHT_SECONDS = "7200";
  private static final int NO_CONTENT = 204;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  private final List<String> allowed;
  private final List<String> own;

  /**
   * @param allowed the origins of other servers whose pages are let in
   * @param own by which origins browsers know this server, besides the host that they name
   */
  Origins(List<String> allowed, List<String> own) {
    this.allowed = allowed;
    this.own = own;
  }

  /** Reads a list of origins, or a text in which commas part them. */
  static List<String> parse(Fields section, String key) {
    return usual(
        Lists.parse(section, key, ALLOWED, "must be origins such as https://example.com, or *"));
  }

  /** The same where an origin must name a server. */
  static List<String> parseOwn(Fields section, String key) {
    return usual(Lists.parse(section, key, ORIGIN, "must be origins such as https://example.com"));
  }

  /** As browsers tell them: without the port that the scheme stands for. */
  private static List<String> usual(List<String> origins) {
    return origins.stream()
        .map(origin -> origin.replaceFirst("^(http://.+):80$|^(https://.+):443$", "$1$2"))
        .toList();
  }

  /** The host that an origin which {@link #parseOwn} has read names. */
  static String host(String origin) {
    return parts(origin).group(2);
  }

  private static Matcher parts(String origin) {
    Matcher parts = ORIGIN.matcher(origin);
    if (!parts.matches()) {
      throw new IllegalArgumentException(origin);
    }
    return parts;
  }

  /**
   * Whether a page may connect to the feed.
   *
   * @param origin what the browser says, or null
   * @param host the host that the request was for, or null
   */
  boolean allow(String origin, HostAndPort host) {
    return origin == null || isAllowed(origin) || isOwn(origin, host);
  }

  private boolean isAllowed(String origin) {
    return isAnyAllowed() || allowed.contains(origin.toLowerCase(Locale.ROOT));
  }

  private boolean isAnyAllowed() {
    return allowed.contains(Names.ANY);
  }

  /** Whether it is a page of this server. A proxy may have taken the TLS off. */
  private boolean isOwn(String origin, HostAndPort host) {
    String name = origin.toLowerCase(Locale.ROOT);
    Matcher parts = ORIGIN.matcher(name);
    if (own.contains(name)) {
      return true;
    }
    if (host == null || !parts.matches()) {
      return false;
    }
    int usual = parts.group(1).equals("https") ? HTTPS_PORT : HTTP_PORT;
    int port = parts.group(3) == null ? usual : Integer.parseInt(parts.group(3));
    return parts.group(2).equalsIgnoreCase(host.host())
        && port == (host.port() > 0 ? host.port() : usual);
  }

  /**
   * Lets pages of the allowed origins read what comes after (CORS, Fetch standard, section 3.2).
   * Vert.x' handler would refuse the others, also pages of this server, and names with underscores.
   */
  void share(RoutingContext context) {
    HttpServerRequest request = context.request();
    HttpServerResponse response = context.response();
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (!isAnyAllowed() && !allowed.isEmpty()) {
      response.headers().add(HttpHeaders.VARY, "Origin");
    }
    if (!isAnyAllowed() && (origin == null || !isAllowed(origin))) {
      context.next();
      return;
    }
    response
        .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, isAnyAllowed() ? Names.ANY : origin)
        .putHeader(Protection.RESOURCE_POLICY, "cross-origin");
    if (request.method().equals(HttpMethod.OPTIONS)
        && request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD)) {
      response
          .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD")
          .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, "Authorization")
          .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS)
          .setStatusCode(NO_CONTENT)
          .end();
    } else {
      context.next();
    }
  }
}
