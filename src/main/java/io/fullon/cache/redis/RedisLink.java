package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The way to Redis: one server, the master that Sentinels name, or a Cluster. Every command has a
 * deadline; while Redis is out of reach commands fail at once; the link comes back by itself.
 *
 * <p>Commands fail with {@link Failure#UNAVAILABLE} when nothing was changed and with {@link
 * Failure#TIMEOUT} when the outcome is unknown. Belongs to the event loop on which it was opened:
 * call it there only; it answers there.
 */
public final class RedisLink {

  /**
   * Each change of a link is published here, on this node only: a JSON object with {@code link},
   * the link's name; {@code server}; {@code state}, one of connecting, up, down, closed; {@code
   * breaker}, one of closed, open, half_open; and {@code reason}, why the state is so, or empty.
   */
  public static final String STATE = "fullon.redis.state";

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final RedisDeployment deployment;
  private final Topology topology;
  private Future<Void> closed;

  private RedisLink(Vertx vertx, RedisLinkOptions options, String name) {
    this.vertx = vertx;
    this.options = options;
    this.deployment = RedisDeployment.acquire(vertx, options);
    this.topology = deployment.masters().topology(name, () -> {});
  }

  /**
   * Connects on the current event loop; tries for {@link RedisLinkOptions#startWithinMs()} what
   * time can heal.
   *
   * @param name tells this link from others in logs
   * @return the link; fails, naming the server and the cause, when it cannot connect
   */
  public static Future<RedisLink> open(Vertx vertx, RedisLinkOptions options, String name) {
    return open(vertx, options, name, options.startWithinMs());
  }

  /** The same for another time than {@link RedisLinkOptions#startWithinMs()}; 0 for one attempt. */
  static Future<RedisLink> open(Vertx vertx, RedisLinkOptions options, String name, long withinMs) {
    RedisLink link = new RedisLink(vertx, options, name);
    return options
        .tls()
        .check(vertx)
        .compose(v -> Starting.attempts(vertx, options, withinMs, link.topology::open))
        .recover(cause -> link.close().transform(v -> Future.failedFuture(cause)))
        .map(link);
  }

  /**
   * Looks whether the user of an access control list may do what services do with their own keys
   * and some of it with shared ones; tries for {@link RedisLinkOptions#startWithinMs()} what time
   * can heal.
   *
   * @param sharedKeys what the names of the shared keys begin with
   * @return fails with what Redis refuses, naming the command or the keys
   */
  public Future<Void> checkRights(List<String> sharedKeys) {
    return Starting.attempts(vertx, options, () -> Rights.check(this, sharedKeys));
  }

  public Future<Void> close() {
    if (closed == null) {
      closed = topology.close().eventually(deployment::release);
    }
    return closed;
  }

  /**
   * Completes when nothing waits for an answer, nor did a turn of the event loop before: what is
   * done in several steps has none under way between them. At the latest after the command
   * deadline.
   */
  public Future<Void> answered() {
    Promise<Void> answered = Promise.promise();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.commandTimeoutMs());
    awaitAnswers(answered, deadline, false);
    return answered.future();
  }

  private void awaitAnswers(Promise<Void> answered, long deadline, boolean wasIdle) {
    vertx.setTimer(
        1,
        timer -> {
          boolean idle = servers().stream().allMatch(ServerLink::isIdle);
          if ((idle && wasIdle) || System.nanoTime() > deadline) {
            answered.complete();
          } else {
            awaitAnswers(answered, deadline, idle);
          }
        });
  }

  /**
   * Whether Redis takes writes, as far as is known and as long as it is within reach: not without
   * memory or disk, nor without the replicas that it must have. Of a Cluster, whether some master
   * does. Known where a service of this node follows what is published, one heartbeat late; may be
   * asked on any thread.
   */
  public static boolean takesWrites(Vertx vertx) {
    return RedisDeployment.allTakeWrites(vertx);
  }

  /** Whether Redis is within reach, as far as is known; of a Cluster all of it. */
  public boolean isUp() {
    return topology.isUp();
  }

  /** Whether the server that has the key is within reach, as far as is known. */
  public boolean isUp(String key) {
    return topology.isUp(key);
  }

  public RedisLinkOptions options() {
    return options;
  }

  /**
   * Runs the script: by its digest, or from its source when Redis does not have it (any more).
   *
   * @param keys at least one, all in one slot of a Cluster
   */
  public Future<Response> run(Script script, List<String> keys, List<String> arguments) {
    return topology
        .write(keys.get(0), Call.of(script, keys, arguments))
        .recover(RedisFailures::future);
  }

  /** The same from its source, as when Redis does not have it. */
  Future<Response> runText(Script script, List<String> keys, List<String> arguments) {
    return topology
        .write(keys.get(0), Call.of(script, keys, arguments).withText())
        .recover(RedisFailures::future);
  }

  /** The same as {@link #run} for a script that only reads: it waits for no replicas. */
  public Future<Response> read(Script script, List<String> keys, List<String> arguments) {
    return topology
        .read(keys.get(0), Call.of(script, keys, arguments))
        .recover(RedisFailures::future);
  }

  /**
   * Sends what only reads, and gives the way to the server that has answered. What fails later is
   * not yet what callers see.
   */
  Future<Pinned> pin(String key, Call call) {
    return topology.pin(key, call);
  }

  /** Sends a command that only reads: its first argument is the key. */
  public Future<Response> read(Command command, String key, Object... more) {
    return topology.read(key, Call.of(request(command, key, more))).recover(RedisFailures::future);
  }

  /** Sends a command that changes something: its first argument is the key. */
  public Future<Response> write(Command command, String key, Object... more) {
    return topology.write(key, Call.of(request(command, key, more))).recover(RedisFailures::future);
  }

  /** Sends a command that is about no key, to any server. */
  public Future<Response> ask(Request request) {
    List<ServerLink> servers = servers();
    if (servers.isEmpty()) {
      return Failure.UNAVAILABLE.future("Redis is out of reach");
    }
    return servers
        .get(ThreadLocalRandom.current().nextInt(servers.size()))
        .read(request)
        .recover(RedisFailures::future);
  }

  /** The servers that have all keys between them. */
  List<ServerLink> servers() {
    return topology.servers();
  }

  private static Request request(Command command, String key, Object... more) {
    Request request = Request.cmd(command).arg(key);
    for (Object argument : more) {
      request.arg(argument.toString());
    }
    return request;
  }
}
