package io.fullon.cache.source;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address of an exchange. A host may have underscores, as containers have: {@link URI} knows no
 * such host.
 *
 * @param scheme ws or http, also where it is secure
 * @param isSecure whether it is wss or https
 * @param host the name, or an IP address
 * @param port that of the scheme where none is given
 * @param path begins with a slash, and has the query
 */
record Address(String scheme, boolean isSecure, String host, int port, String path) {

  private static final Pattern FORM =
      Pattern.compile(
          "(ws|http)(s?)://(?:[^/?#@]*@)?([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?"
              + "([/?][^#]*)?(?:#.*)?");

  private static final int PORT = 80;
  private static final int SECURE_PORT = 443;
  private static final int MAX_PORT = 65_535;

  /**
   * Reads an address.
   *
   * @return null when it is none
   */
  static Address of(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    boolean isSecure = !matcher.group(2).isEmpty();
    int port = isSecure ? SECURE_PORT : PORT;
    if (matcher.group(4) != null) {
      port = Integer.parseInt(matcher.group(4));
    }
    String rest = matcher.group(5) == null ? "" : matcher.group(5);
    String path = rest.startsWith("/") ? rest : "/" + rest;
    return port >= 1 && port <= MAX_PORT && isPath(path)
        ? new Address(matcher.group(1), isSecure, matcher.group(3), port, path)
        : null;
  }

  private static boolean isPath(String path) {
    try {
      return new URI("ws://host" + path).getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
