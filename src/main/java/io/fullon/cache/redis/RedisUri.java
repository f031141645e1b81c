package io.fullon.cache.redis;

import io.fullon.cache.value.InvalidValueException;
import io.netty.util.NetUtil;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One server of Redis and the way into it. Read by hand, because Java's {@link URI} takes no
 * underscores in the names of hosts, which resolvers, {@code redis-cli} and container networks do.
 *
 * @param encrypted whether it is reached over TLS
 * @param user null for the default user
 * @param password null for none
 * @param host a name or an address, an IPv6 one without its brackets; null for a Unix socket
 * @param port 0 for a Unix socket
 * @param socket the path of a Unix socket; null for TCP
 * @param database its number
 */
public record RedisUri(
    boolean encrypted,
    String user,
    String password,
    String host,
    int port,
    String socket,
    int database) {

  public static final int DEFAULT_PORT = 6379;

  /** What a URI must look like, for messages. */
  static final String EXPECTED =
      "must be redis://[user:password@]host[:port][/db], rediss:// for TLS,"
          + " or unix://[user:password@]/path[?db=N]";

  private static final Pattern PARTS =
      Pattern.compile(
          "(?<scheme>redis|rediss|unix)://((?<login>[^/?#]*)@)?(?<server>[^/?#@]*)"
              + "(?<path>/[^?#]*)?(\\?(?<query>[^#]*))?");

  /** A host and a port, which stand in brackets where the host has colons. */
  private static final Pattern SERVER =
      Pattern.compile(
          "(?<host>[^\\s:@/?#\\[\\]%\\\\]{1,255}|\\[[0-9a-fA-F:.]+(%[\\w.]+)?])(:(?<port>[0-9]{1,5}))?");

  /**
   * Reads a URI. Percent signs begin encoded bytes; a plus sign is itself (RFC 3986).
   *
   * @param name the option's name for the error, which does not show the text: it may hold a
   *     password
   * @throws InvalidValueException when it is none
   */
  static RedisUri parse(String name, String text) {
    Matcher parts = PARTS.matcher(text);
    if (!parts.matches()) {
      throw new InvalidValueException(name, EXPECTED);
    }
    String login = parts.group("login");
    int colon = login == null ? -1 : login.indexOf(':');
    String user = login == null ? "" : decode(name, colon < 0 ? login : login.substring(0, colon));
    String password = colon < 0 ? "" : decode(name, login.substring(colon + 1));
    if (!user.isEmpty() && password.isEmpty()) {
      // The client would log in as nobody, which is to say as the default user.
      throw new InvalidValueException(name, "has a user without a password");
    }
    String path = parts.group("path") == null ? "" : parts.group("path");
    RedisUri server;
    if (parts.group("scheme").equals("unix")) {
      server = socket(name, parts.group("server"), decode(name, path), parts.group("query"));
    } else {
      server = server(name, parts.group("server"), database(name, path, parts.group("query")));
    }
    return new RedisUri(
        parts.group("scheme").equals("rediss"),
        user.isEmpty() ? null : user,
        password.isEmpty() ? null : password,
        server.host,
        server.port,
        server.socket,
        server.database);
  }

  private static RedisUri socket(String name, String server, String path, String query) {
    if (!server.isEmpty() || path.length() < 2) {
      throw new InvalidValueException(name, EXPECTED);
    }
    return new RedisUri(false, null, null, null, 0, path, database(name, "", query));
  }

  private static RedisUri server(String name, String server, int database) {
    Matcher matcher = match(server);
    if (matcher == null) {
      throw new InvalidValueException(name, EXPECTED);
    }
    String port = matcher.group("port");
    return new RedisUri(
        false,
        null,
        null,
        matcher.group("host").replaceAll("[\\[\\]]", ""),
        port == null ? DEFAULT_PORT : Integer.parseInt(port),
        null,
        database);
  }

  /** Null for what is no server. */
  private static Matcher match(String server) {
    Matcher matcher = SERVER.matcher(server);
    if (!matcher.matches()) {
      return null;
    }
    String host = matcher.group("host");
    String port = matcher.group("port");
    boolean isHost = !host.startsWith("[") || NetUtil.isValidIpV6Address(host);
    boolean isPort =
        port == null || (Integer.parseInt(port) > 0 && Integer.parseInt(port) <= 65_535);
    return isHost && isPort ? matcher : null;
  }

  /** Whether it is a host's name or address, an IPv6 one without its brackets. */
  public static boolean isHost(String text) {
    Matcher matcher = match(text.contains(":") ? "[" + text + "]" : text);
    return matcher != null && matcher.group("port") == null;
  }

  /** Whether it is a host's name or address and a port. */
  static boolean isServer(String text) {
    Matcher matcher = match(text);
    return matcher != null && matcher.group("port") != null;
  }

  /** The path's, or that of the parameter {@code db}, which is the only one there is. */
  private static int database(String name, String path, String query) {
    if (query != null && !query.matches("db=[0-9]{1,5}")) {
      throw new InvalidValueException(
          name, "has a parameter that is not known; there is db, the database's number");
    }
    String digits = query == null ? path.replaceFirst("^/", "") : query.substring("db=".length());
    if (!digits.matches("[0-9]{0,5}") || (query != null && path.length() > 1)) {
      throw new InvalidValueException(name, EXPECTED);
    }
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  private static String decode(String name, String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      for (int i = 0; i < text.length(); ) {
        if (text.charAt(i) == '%') {
          bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
          i += 3;
        } else {
          int end = text.offsetByCodePoints(i, 1);
          bytes.writeBytes(text.substring(i, end).getBytes(StandardCharsets.UTF_8));
          i = end;
        }
      }
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (IllegalArgumentException | IndexOutOfBoundsException | CharacterCodingException e) {
      throw new InvalidValueException(name, "has a % that encodes nothing; a % itself is %25");
    }
  }

  /**
   * The same way into another server.
   *
   * @param server as {@code host:port}
   */
  RedisUri at(String server) {
    RedisUri other = server("server", server, database);
    return new RedisUri(encrypted, user, password, other.host, other.port, null, database);
  }

  public RedisUri withHost(String newHost) {
    return new RedisUri(
        encrypted, user, password, newHost, host == null ? DEFAULT_PORT : port, null, database);
  }

  public RedisUri withPort(int newPort) {
    return new RedisUri(encrypted, user, password, host, newPort, socket, database);
  }

  public RedisUri withDatabase(int newDatabase) {
    return new RedisUri(encrypted, user, password, host, port, socket, newDatabase);
  }

  public RedisUri withPassword(String newPassword) {
    return new RedisUri(encrypted, user, newPassword, host, port, socket, database);
  }

  /** The same way in, without a database and for another login. */
  RedisUri withLogin(String newUser, String newPassword) {
    return new RedisUri(encrypted, newUser, newPassword, host, port, socket, 0);
  }

  /** The server as {@code host:port}, or the path of its socket. */
  String server() {
    return socket == null ? server(host, port) : socket;
  }

  static String server(String host, Object port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** Whether the name is one that {@link URI} takes, and so the client of Redis. */
  boolean isTakenByClient() {
    try {
      return socket != null || new URI("redis://" + server()).getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private String path() {
    return encode(socket).replace("%2F", "/");
  }

  /** The whole, secrets included, as {@link #parse} reads it. */
  public String text() {
    String login =
        password == null ? "" : (user == null ? "" : encode(user)) + ":" + encode(password) + "@";
    return toString().replaceFirst("://", Matcher.quoteReplacement("://" + login));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * The server's address, for messages, logs, and the client of Redis: without user and password,
   * and with the database only where it must be selected, which not every user may do.
   */
  @Override
  public String toString() {
    return socket == null
        ? (encrypted ? "rediss://" : "redis://") + server() + (database == 0 ? "" : "/" + database)
        : "unix://" + path() + (database == 0 ? "" : "?db=" + database);
  }
}
