package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.vertx.core.net.HostAndPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which web pages may connect. A browser tells a page's origin (RFC 6454) and lets any page open a
 * WebSocket to any server, which must decide; other programs send no origin.
 */
final class Origins {

  private static final int MAX_TEXT = 1_000;
  private static final Pattern ORIGIN =
      Pattern.compile("https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?|null|\\*");

  private static final Pattern LOCAL = Pattern.compile("localhost|127(\\.[0-9]+){3}|\\[?::1]?");

  private final List<String> allowed;
  private final boolean onlyLocal;

  /**
   * @param allowed what {@link #parse} has read
   * @param onlyLocal whether the server is for this machine only
   */
  Origins(List<String> allowed, boolean onlyLocal) {
    this.allowed = allowed;
    this.onlyLocal = onlyLocal;
  }

  /** Reads a list of origins, or a text in which commas part them. */
  static List<String> parse(Fields section, String key) {
    if (!section.has(key)) {
      return List.of();
    }
    List<?> given =
        section.raw(key) instanceof String
            ? List.of(section.text(key, MAX_TEXT).split(",", -1))
            : section.list(key);
    List<String> origins = new ArrayList<>();
    for (Object origin : given) {
      if (!(origin instanceof String text) || !ORIGIN.matcher(text.strip()).matches()) {
        throw new InvalidValueException(
            section.name(key), "must be origins such as https://example.com, or *", origin);
      }
      origins.add(text.strip().toLowerCase(Locale.ROOT));
    }
    return List.copyOf(origins);
  }

  /** Whether the name is one of this machine, whoever asks. */
  static boolean isLocal(String host) {
    return LOCAL.matcher(host.toLowerCase(Locale.ROOT)).matches();
  }

  /**
   * @param origin what the browser says, or null
   * @param host the host that the request was for, or null
   */
  boolean allow(String origin, HostAndPort host) {
    if (origin == null || allowed.contains(Names.ANY)) {
      return true;
    }
    return allowed.contains(origin.toLowerCase(Locale.ROOT)) || isOwn(origin, host);
  }

  /** Whether it is a page of this server, whose port is told when it is not the usual one. */
  private boolean isOwn(String origin, HostAndPort host) {
    // Another name could be an attacker's, made to point to this machine ("DNS rebinding").
    if (host == null || (onlyLocal && !isLocal(host.host()))) {
      return false;
    }
    String own = host.port() < 0 ? host.host() : host.host() + ":" + host.port();
    return origin.replaceFirst("^https?://", "").equalsIgnoreCase(own);
  }
}
