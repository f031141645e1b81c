package io.fullon.cache.testing;

import io.fullon.cache.app.EmbeddedRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * Several Redis servers that make up one deployment, each a process of its own on the loopback
 * interface. A server is named by its port, which it keeps when it is started again.
 */
abstract class RedisServers implements AutoCloseable {

  static final String HOST = "127.0.0.1";

  private static final long POLL_MS = 50;
  private static final int ATTEMPTS = 20;

  /**
   * Below the ports that systems give to connections, so that a port stays free while its server is
   * down; and low enough for a cluster's second port.
   */
  private static final int FIRST_PORT = 12_000;

  private static final int LAST_PORT = 21_999;

  /** A server of a cluster also listens on the port that is so much higher. */
  private static final int CLUSTER_PORT_OFFSET = 10_000;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Map<Integer, Redis> clients = new ConcurrentHashMap<>();
  private final Map<Integer, EmbeddedRedis> running = new LinkedHashMap<>();
  private final String password;

  /**
   * @param password of all servers, null for none
   */
  RedisServers(String password) {
    this.password = password;
  }

  /**
   * Starts a server, which the test needs.
   *
   * @param port 0 for any free one
   * @param settings of one word each: others are understood from Redis 7 on only, and a deployment
   *     of mixed versions does not replicate
   */
  static EmbeddedRedis launch(int port, Map<String, String> settings) {
    try {
      return EmbeddedRedis.start(port, null, settings);
    } catch (IOException e) {
      throw Needs.missing(e.getMessage(), e);
    }
  }

  /** Starts a server on a port of its own; gives the port. */
  final int startAny(Map<String, String> settings) {
    int port = freePort();
    start(port, settings);
    return port;
  }

  /** Starts a server on the port, also the one that a killed server had. */
  final void start(int port, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    // A copy straight from memory, at once.
    all.put("repl-diskless-sync", "yes");
    all.put("repl-diskless-sync-delay", "0");
    all.put("repl-ping-replica-period", "1");
    if (password != null) {
      all.put("requirepass", password);
      all.put("masterauth", password);
    }
    running.put(port, launch(port, all));
  }

  /** A port that is free, as is the second one that a server of a cluster takes. */
  static int freePort() {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT + 1);
      if (isFree(port) && isFree(port + CLUSTER_PORT_OFFSET)) {
        return port;
      }
    }
    throw new AssertionError("No free port between " + FIRST_PORT + " and " + LAST_PORT);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  /** The password of all servers, or null. */
  public final String password() {
    return password;
  }

  /** The running server on the port. */
  public final EmbeddedRedis server(int port) {
    EmbeddedRedis server = running.get(port);
    if (server == null) {
      throw new IllegalArgumentException("No server runs on " + port + ": " + running.keySet());
    }
    return server;
  }

  /** Those of the servers that run. */
  public final Collection<Integer> ports() {
    return List.copyOf(running.keySet());
  }

  /** SIGKILL: the server gets no chance to say goodbye. */
  public final void kill(int port) {
    EmbeddedRedis server = server(port);
    running.remove(port);
    Signals.send("KILL", server.pid());
    server.close();
  }

  /** Sends the command to that server, as another program would. */
  public final Future<Response> send(int port, Command command, Object... arguments) {
    return client(port).send(request(command, arguments));
  }

  /** What that server answers. */
  public final Response ask(int port, Command command, Object... arguments) {
    return CacheNode.get(send(port, command, arguments));
  }

  static Request request(Command command, Object... arguments) {
    Request request = Request.cmd(command);
    for (Object argument : arguments) {
      request.arg(argument.toString());
    }
    return request;
  }

  final Redis client(int port) {
    return clients.computeIfAbsent(
        port,
        p -> {
          String user =
              password == null
                  ? ""
                  : ":" + URLEncoder.encode(password, StandardCharsets.UTF_8) + "@";
          return Redis.createClient(
              vertx,
              new RedisOptions()
                  .setConnectionString("redis://" + user + HOST + ":" + p)
                  .setProtocolNegotiation(false));
        });
  }

  /** A field of the server's INFO, or of CLUSTER INFO; null when there is none. */
  static String field(Response info, String name) {
    return info.toString()
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse(null);
  }

  /** Whether the server is a replica of that one and has all its data. */
  final boolean isInSync(int replica, int master) {
    Response info = ask(replica, Command.INFO, "replication");
    return "slave".equals(field(info, "role"))
        && String.valueOf(master).equals(field(info, "master_port"))
        && "up".equals(field(info, "master_link_status"));
  }

  /** Waits for it; a server that does not answer, or refuses, is one that is not ready yet. */
  static void await(String what, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(Patience.SECONDS, TimeUnit.SECONDS)
        .pollDelay(0, TimeUnit.MILLISECONDS)
        .pollInterval(POLL_MS, TimeUnit.MILLISECONDS)
        .ignoreExceptions()
        .until(condition);
  }

  static List<String> addresses(Collection<Integer> ports) {
    return ports.stream().map(port -> HOST + ":" + port).toList();
  }

  @Override
  public void close() {
    try {
      CacheNode.get(vertx.close());
    } finally {
      // All data is in memory only: nothing is lost by the quickest end.
      ports().forEach(this::kill);
    }
  }
}
