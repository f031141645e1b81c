package io.fullon.cache.redis;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How Redis is reached: the configuration's section {@code redis}.
 *
 * @param uri {@code redis://[user:password@]host[:port][/db]}, {@code rediss://} for TLS, or {@code
 *     unix://[user:password@]/path[?db=N]}; with Sentinels or a Cluster its user, password and
 *     database are those of all servers
 * @param nodes the Sentinels, or servers of the Cluster, as {@code host:port}; empty for neither
 * @param master the name by which Sentinels know the master; null without Sentinels
 * @param sentinelPassword the Sentinels' own password, or null
 * @param cluster whether it is a Redis Cluster
 * @param tls how encrypted connections are checked
 * @param prefix begins every key and channel that is this project's own
 * @param connectTimeoutMs how long one attempt to connect may take, in milliseconds
 * @param startWithinMs for how long a Redis that is out of reach is tried at the start, in
 *     milliseconds; 0 for one attempt
 * @param commandTimeoutMs the deadline of every command, in milliseconds; the connection of a
 *     command that misses it is closed
 * @param reconnectMinMs the first pause before connecting again; it doubles from attempt to attempt
 * @param reconnectMaxMs the longest such pause
 * @param maxInFlight how many commands may wait for their answers on one connection; more fail at
 *     once
 * @param heartbeatMs how often a subscription, and a connection that idles, proves that it is alive
 * @param breakerFailures after how many lost commands in a row no more are sent for a while
 * @param breakerOpenMs after how long one is sent to see whether it helps; at once when the server
 *     itself was gone
 * @param waitReplicas how many replicas must have a write before it is acknowledged
 * @param warnDurability whether to warn at the start of a Redis that may lose data
 */
public record RedisLinkOptions(
    RedisUri uri,
    List<String> nodes,
    String master,
    String sentinelPassword,
    boolean cluster,
    RedisTlsOptions tls,
    String prefix,
    long connectTimeoutMs,
    long startWithinMs,
    long commandTimeoutMs,
    long reconnectMinMs,
    long reconnectMaxMs,
    int maxInFlight,
    long heartbeatMs,
    int breakerFailures,
    long breakerOpenMs,
    int waitReplicas,
    boolean warnDurability) {

  public static final String DEFAULT_URI = "redis://localhost:6379/0";
  public static final String DEFAULT_PREFIX = "fullon:";
  public static final long DEFAULT_CONNECT_TIMEOUT_MS = 2_000;
  public static final long DEFAULT_START_WITHIN_MS = 30_000;
  public static final long DEFAULT_COMMAND_TIMEOUT_MS = 2_000;
  public static final long DEFAULT_RECONNECT_MIN_MS = 50;
  public static final long DEFAULT_RECONNECT_MAX_MS = 1_000;
  public static final int DEFAULT_MAX_IN_FLIGHT = 16_384;
  public static final long DEFAULT_HEARTBEAT_MS = 1_000;
  public static final boolean DEFAULT_CLUSTER = false;
  public static final int DEFAULT_BREAKER_FAILURES = 5;
  public static final long DEFAULT_BREAKER_OPEN_MS = 5_000;
  public static final int DEFAULT_WAIT_REPLICAS = 0;
  public static final boolean DEFAULT_WARN_DURABILITY = true;

  private static final int MAX_NAME = 1_000;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static RedisLinkOptions from(Fields section) {
    RedisLinkOptions options =
        new RedisLinkOptions(
            uri(section),
            nodes(section),
            section.textOrNull("master", MAX_NAME),
            section.secretOrNull("sentinel_password", MAX_NAME),
            section.flag("cluster", DEFAULT_CLUSTER),
            RedisTlsOptions.from(section),
            section.has("prefix") ? section.text("prefix", 64) : DEFAULT_PREFIX,
            section.integer("connect_timeout_ms", 10, 60_000, DEFAULT_CONNECT_TIMEOUT_MS),
            section.integer("start_within_ms", 0, 86_400_000, DEFAULT_START_WITHIN_MS),
            section.integer("command_timeout_ms", 10, 60_000, DEFAULT_COMMAND_TIMEOUT_MS),
            section.integer("reconnect_min_ms", 1, 60_000, DEFAULT_RECONNECT_MIN_MS),
            section.integer("reconnect_max_ms", 1, 60_000, DEFAULT_RECONNECT_MAX_MS),
            (int) section.integer("max_in_flight", 1, 1_000_000, DEFAULT_MAX_IN_FLIGHT),
            section.integer("heartbeat_ms", 10, 60_000, DEFAULT_HEARTBEAT_MS),
            (int) section.integer("breaker_failures", 1, 1_000_000, DEFAULT_BREAKER_FAILURES),
            section.integer("breaker_open_ms", 1, 3_600_000, DEFAULT_BREAKER_OPEN_MS),
            (int) section.integer("wait_replicas", 0, 100, DEFAULT_WAIT_REPLICAS),
            section.flag("warn_durability", DEFAULT_WARN_DURABILITY));
    section.refuseUnknown();
    if (options.reconnectMaxMs < options.reconnectMinMs) {
      throw new InvalidValueException(
          section.name("reconnect_max_ms"),
          "must be at least " + section.name("reconnect_min_ms") + ", " + options.reconnectMinMs,
          options.reconnectMaxMs);
    }
    options.checkDeployment(section);
    if (!options.prefix.matches("[!-~&&[^{}*?\\[\\]\\\\]]*")) {
      throw new InvalidValueException(
          section.name("prefix"),
          "must be printable ASCII without spaces and { } * ? [ ] \\",
          options.prefix);
    }
    return options;
  }

  /**
   * How long to wait for the next heartbeat. All of a process beat together, so that a processor at
   * rest is woken for all at once.
   */
  long untilHeartbeatMs() {
    return heartbeatMs
        - Math.floorMod(TimeUnit.NANOSECONDS.toMillis(System.nanoTime()), heartbeatMs);
  }

  private void checkDeployment(Fields section) {
    if (cluster && master != null) {
      throw new InvalidValueException(
          section.name("master"),
          "is for Sentinels, which a Cluster (" + section.name("cluster") + ") does not have",
          master);
    }
    if (master != null && nodes.isEmpty()) {
      throw new InvalidValueException(
          section.name("master"), "needs redis.nodes, the Sentinels that know it", master);
    }
    if (master == null && !cluster && !nodes.isEmpty()) {
      throw new InvalidValueException(
          section.name("nodes"),
          "needs redis.master for Sentinels, or " + section.name("cluster") + " to be true",
          nodes);
    }
    if (master == null && sentinelPassword != null) {
      throw new InvalidValueException(
          section.name("sentinel_password"), "is for Sentinels, of which redis.master has a name");
    }
    if (cluster && uri.database() != 0) {
      throw new InvalidValueException(
          section.name("uri"),
          "must not name a database: a Cluster (" + section.name("cluster") + ") has only 0");
    }
    if (uri.socket() != null && (cluster || master != null)) {
      throw new InvalidValueException(
          section.name("uri"),
          "must not be a socket where there is "
              + section.name(cluster ? "cluster" : "master")
              + ": servers name each other by host and port");
    }
    if (uri.encrypted() && tls.verify() && !uri.isTakenByClient()) {
      throw new InvalidValueException(
          section.name("uri"),
          "must name the host without an underscore, or by its address, where "
              + section.name("tls_verify")
              + " is true: Java checks no certificate for the name "
              + uri.host());
    }
    if (tls.isGiven() && !uri.encrypted()) {
      // Certificates that nobody looks at: the connection would be in plain text.
      throw new InvalidValueException(
          section.name(tls.ca() == null ? "tls_cert" : "tls_ca"),
          "needs a redis.uri that begins with rediss://, which "
              + section.name("uri")
              + " does not give");
    }
  }

  private static List<String> nodes(Fields section) {
    if (!section.has("nodes")) {
      return List.of();
    }
    // Whoever takes it for a list of addresses puts a password into it.
    String text = section.secret("nodes", MAX_NAME);
    List<String> nodes =
        Stream.of(text.split(",")).map(String::strip).filter(node -> !node.isEmpty()).toList();
    // None would be a way to name a Redis that names none.
    if (nodes.isEmpty() || !nodes.stream().allMatch(RedisUri::isServer)) {
      throw new InvalidValueException(section.name("nodes"), "must be host:port, host:port, …");
    }
    return nodes;
  }

  /**
   * The server that the section names, or the default one.
   *
   * @throws InvalidValueException when {@code uri} is none
   */
  public static RedisUri uri(Fields section) {
    return section.has("uri")
        ? RedisUri.parse(section.name("uri"), section.secret("uri", MAX_NAME))
        : RedisUri.parse("uri", DEFAULT_URI);
  }

  /** A server ({@code host:port}) that belongs to the same deployment. */
  RedisUri uriOf(String server) {
    return uri.at(server);
  }

  /** A Sentinel ({@code host:port}). */
  RedisUri sentinelUri(String sentinel) {
    return uri.at(sentinel).withLogin(null, sentinelPassword);
  }

  /** Where Redis is, for messages and logs: without user and password. */
  public String address() {
    if (nodes.isEmpty()) {
      return uri.toString();
    }
    String servers = String.join(",", nodes);
    return master == null ? servers : master + " of the Sentinels " + servers;
  }

  @Override
  public String toString() {
    return "RedisLinkOptions[" + address() + "]";
  }
}
