package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.value.Reasons;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * One held, pipelined connection to one server. Every command has a deadline; one that misses it
 * costs the connection. While the server is out of reach, or its circuit breaker is open, commands
 * fail at once. Comes back by itself.
 *
 * <p>Commands fail with what Redis answered, with {@link Failure#UNAVAILABLE} when they were not
 * sent, and with {@link Failure#TIMEOUT} when their outcome is unknown. Lives on the event loop on
 * which it was made.
 */
final class ServerLink {

  private static final Request ROLE = Request.cmd(Command.ROLE);
  private static final String REPLICA = "slave";
  private static final String READ_ONLY = "is a replica, which takes no writes";
  private static final Request ASKING = Request.cmd(Command.ASKING);

  private final Thread eventLoop = Thread.currentThread();
  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final String name;
  private final Runnable changed;
  private final HeldConnection held;
  private final CircuitBreaker breaker;
  private final long timeoutNanos;
  private final Request wait;
  private final ArrayDeque<Sent> inFlight = new ArrayDeque<>();
  private RedisConnection connection;
  private LinkState state = LinkState.CLOSED;
  private String reason = "";
  private boolean breakerOpen;
  private boolean closing;
  private boolean replica;

  /** The command that has already got more time. */
  private Sent overdue;

  private long watch = -1;
  private long heartbeat = -1;

  /**
   * @param name tells this link from others in logs
   * @param locator says where the server is
   * @param changed told whenever the link comes up or goes down
   */
  ServerLink(
      Vertx vertx, RedisLinkOptions options, String name, Locator locator, Runnable changed) {
    this.vertx = vertx;
    this.options = options;
    this.name = name;
    this.changed = changed;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.commandTimeoutMs());
    this.wait =
        Request.cmd(Command.WAIT)
            .arg(options.waitReplicas())
            .arg(Math.max(1, options.commandTimeoutMs() / 2));
    this.held = new HeldConnection(vertx, options, name, locator, new Connection());
    this.breaker = breaker();
  }

  /** Opens after so many lost commands in a row; a window of successes and failures, all failed. */
  private CircuitBreaker breaker() {
    CircuitBreakerConfig config =
        CircuitBreakerConfig.custom()
            .slidingWindowSize(options.breakerFailures())
            .minimumNumberOfCalls(options.breakerFailures())
            .failureRateThreshold(100)
            .waitDurationInOpenState(Duration.ofMillis(options.breakerOpenMs()))
            .permittedNumberOfCallsInHalfOpenState(1)
            .writableStackTraceEnabled(false)
            .build();
    CircuitBreaker circuit = CircuitBreaker.of(name, config);
    circuit.getEventPublisher().onStateTransition(event -> breakerChanged());
    return circuit;
  }

  /** Connects once, and may be called again when that fails, or must be closed. */
  Future<Void> open() {
    Future<Void> opened = held.open();
    become(LinkState.CONNECTING, ""); // by now it is known where to
    return opened
        .onSuccess(v -> beat())
        .onFailure(
            cause -> {
              reason = Reasons.of(cause);
              publish();
            });
  }

  Future<Void> close() {
    closing = true;
    vertx.cancelTimer(heartbeat);
    vertx.cancelTimer(watch);
    return held.close()
        .onComplete(
            v -> {
              breaker.reset();
              become(LinkState.CLOSED, state == LinkState.CONNECTING ? reason : "closed");
            });
  }

  boolean isUp() {
    return connection != null;
  }

  /** The server that it is connected to, or tries to. */
  RedisUri uri() {
    return held.uri();
  }

  /** Gives up the connection, for a new one to where the server is by then. */
  void drop(String reason) {
    held.drop(reason);
  }

  /**
   * Gives up the connection to a server that takes no writes: its address may lead elsewhere now.
   */
  void dropReplica() {
    replica = true;
    held.drop(READ_ONLY);
  }

  /** Whether the server takes no writes; until there is a connection to one that does. */
  boolean isReplica() {
    return replica;
  }

  /** Does not wait any longer with the next attempt to connect. */
  void hurry() {
    held.hurry();
  }

  /** Sends a command that only reads. */
  Future<Response> read(Request request) {
    return read(request, false);
  }

  /**
   * Sends a command that only reads.
   *
   * @param asking whether it follows the redirection of a slot under way to this server
   */
  Future<Response> read(Request request, boolean asking) {
    if (asking) {
      command(ASKING);
    }
    return command(request);
  }

  /** Sends a write; succeeds when as many replicas have it as are configured. */
  Future<Response> write(Request request) {
    return write(request, false);
  }

  /**
   * Sends a write; succeeds when as many replicas have it as are configured.
   *
   * @param asking whether it follows the redirection of a slot under way to this server
   */
  Future<Response> write(Request request, boolean asking) {
    Future<Response> write = read(request, asking);
    return options.waitReplicas() == 0 ? write : confirmed(write);
  }

  private Future<Response> confirmed(Future<Response> write) {
    Future<Response> replicas = command(wait);
    return write.compose(
        answer ->
            replicas
                // The write itself was done: it must not pass for one that was not.
                .recover(cause -> unconfirmed("Not known which", cause.getMessage()))
                .compose(
                    count ->
                        count.toInteger() >= options.waitReplicas()
                            ? Future.succeededFuture(answer)
                            : unconfirmed(
                                "Only " + count + " of " + options.waitReplicas(),
                                "it may be lost")));
  }

  private static Future<Response> unconfirmed(String which, String why) {
    return Failure.TIMEOUT.future(which + " replicas have the write: " + why);
  }

  private Future<Response> command(Request request) {
    if (Thread.currentThread() != eventLoop) {
      throw new IllegalStateException(
          "The link " + name + " belongs to " + eventLoop.getName() + ": call it there");
    }
    if (connection == null) {
      return Failure.UNAVAILABLE.future("Redis is out of reach");
    }
    if (inFlight.size() >= options.maxInFlight()) {
      return Failure.UNAVAILABLE.future(
          "Too much in flight: " + options.maxInFlight() + " commands wait for Redis");
    }
    if (!breaker.tryAcquirePermission()) {
      return Failure.UNAVAILABLE.future("Redis answers too late: the circuit breaker is open");
    }
    Sent sent = new Sent(System.nanoTime() + timeoutNanos);
    inFlight.add(sent);
    LinkMetrics.inFlight(1);
    if (watch < 0) {
      watch(options.commandTimeoutMs());
    }
    connection
        .send(request)
        .onComplete(
            answer -> {
              // Redis answers in order; what is not there any more was lost with its connection.
              if (inFlight.peek() != sent) {
                return;
              }
              if (answer.succeeded()) {
                answered();
                sent.answer.tryComplete(answer.result());
              } else if (RedisFailures.isAnswer(answer.cause())) {
                answered();
                sent.answer.tryFail(answer.cause());
              } else {
                // With it all that was sent before and after it.
                held.drop("connection lost: " + answer.cause().getMessage());
              }
            });
    return sent.answer.future();
  }

  private void answered() {
    inFlight.remove();
    LinkMetrics.inFlight(-1);
    breaker.onSuccess(0, TimeUnit.NANOSECONDS);
  }

  /** One timer for the oldest command is enough to watch over all. */
  private void watch(long afterMs) {
    long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(afterMs);
    watch =
        vertx.setTimer(
            Math.max(1, afterMs),
            timer -> {
              watch = -1;
              Sent oldest = inFlight.peek();
              if (oldest == null) {
                return;
              }
              long now = System.nanoTime();
              long left = oldest.deadline - now;
              if (left > 0) {
                watch(TimeUnit.NANOSECONDS.toMillis(left) + 1);
              } else if (now - due > timeoutNanos / 100 && oldest != overdue) {
                // This event loop was too busy to send or to read: no fault of Redis.
                overdue = oldest;
                watch(options.commandTimeoutMs());
              } else {
                held.drop("no answer within " + options.commandTimeoutMs() + " ms");
              }
            });
  }

  /**
   * Asks now and then, so that it knows that Redis is silent, or no master any more, before a
   * caller does.
   */
  private void beat() {
    heartbeat =
        vertx.setPeriodic(
            options.untilHeartbeatMs(),
            options.heartbeatMs(),
            timer -> {
              if (connection != null) {
                command(ROLE).onSuccess(this::checkRole);
              }
            });
  }

  private void checkRole(Response role) {
    if (isReplica(role)) {
      dropReplica();
    }
  }

  private static boolean isReplica(Response role) {
    return role.size() > 0 && REPLICA.equals(String.valueOf(role.get(0)));
  }

  // What is told

  private void become(LinkState next, String why) {
    if (state != next) {
      LinkMetrics.changed(state, next);
      state = next;
      reason = why;
      publish();
      changed.run();
    }
  }

  private void breakerChanged() {
    boolean open = breaker.getState() != CircuitBreaker.State.CLOSED;
    if (open != breakerOpen) {
      breakerOpen = open;
      LinkMetrics.breakers(open ? 1 : -1);
    }
    publish();
  }

  private void publish() {
    vertx
        .eventBus()
        .publish(
            RedisLink.STATE,
            new JsonObject()
                .put("link", name)
                .put("server", held.where())
                .put("state", state.name().toLowerCase(Locale.ROOT))
                .put("breaker", breaker.getState().name().toLowerCase(Locale.ROOT))
                .put("reason", reason),
            new DeliveryOptions().setLocalOnly(true));
  }

  /** A command under way, itself and no other: not a record. */
  private static final class Sent {

    private final Promise<Response> answer = Promise.promise();
    private final long deadline;

    Sent(long deadline) {
      this.deadline = deadline;
    }
  }

  private final class Connection implements HeldConnection.Owner {

    @Override
    public Future<Void> prepare(RedisConnection fresh) {
      return fresh
          .send(ROLE)
          .compose(
              role -> {
                replica = isReplica(role);
                return replica ? Future.failedFuture(READ_ONLY) : Future.<Void>succeededFuture();
              })
          .recover(
              cause ->
                  // Who may not ask, or a proxy that does not know it, still has a master.
                  RedisFailures.isAnswer(cause)
                      ? Future.succeededFuture()
                      : Future.failedFuture(cause));
    }

    @Override
    public void up(RedisConnection fresh) {
      connection = fresh;
      if (state == LinkState.DOWN) {
        LinkMetrics.reconnected();
      }
      // It answers again: waiting would only delay the recovery.
      breaker.reset();
      become(LinkState.UP, "");
    }

    @Override
    public void down(String reason) {
      connection = null;
      List<Sent> lost = List.copyOf(inFlight);
      inFlight.clear();
      LinkMetrics.inFlight(-lost.size());
      become(closing ? LinkState.CLOSED : LinkState.DOWN, reason);
      for (Sent sent : lost) {
        breaker.onError(0, TimeUnit.NANOSECONDS, RedisFailures.lost(reason));
        sent.answer.tryFail(RedisFailures.lost(reason));
      }
    }
  }
}
