package io.fullon.cache.redis;

import dev.failsafe.CircuitBreaker;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.value.Reasons;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One held, pipelined connection to one server. Every command has a deadline; one that misses it
 * costs the connection. While the server is out of reach, or its circuit breaker is open, commands
 * fail at once. Comes back by itself.
 *
 * <p>Commands are done in the order in which they were given, also when Redis has to be told a
 * script again. They fail with what Redis answered, with {@link Failure#UNAVAILABLE} when they were
 * not done, and with {@link Failure#TIMEOUT} when their outcome is unknown. Lives on the event loop
 * on which it was made.
 */
final class Pipeline {

  private static final Call PING = Call.of(Request.cmd(Command.PING));
  private static final Request ROLE = Request.cmd(Command.ROLE);
  private static final Call ASKING = Call.of(Request.cmd(Command.ASKING));

  private static final String READ_ONLY = "is a replica, which takes no writes";
  private static final String OF_A_CLUSTER =
      " (if it belongs to a Cluster, redis.cluster must be true)";

  private final Thread eventLoop = Thread.currentThread();
  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final String name;
  private final Runnable changed;
  private final HeldConnection held;
  private final LinkMetrics metrics = new LinkMetrics();
  private final CircuitBreaker<Object> breaker;
  private final long timeoutNanos;
  private final ArrayDeque<Sent> inFlight = new ArrayDeque<>();

  /**
   * What Redis did not do for want of a script, and all that came since. It is sent when nothing
   * that came before is under way any more.
   */
  private final List<Sent> repeated = new ArrayList<>();

  private final List<Sent> waiting = new ArrayList<>();

  private RedisConnection connection;
  private long life;
  private LinkState state = LinkState.CLOSED;
  private String reason = "";
  private boolean breakerOpen;
  private boolean closing;
  private boolean replica;

  /** Whether the connection was given up for a missing answer, and the server was there since. */
  private boolean late;

  /** The command that has already got more time. */
  private Sent overdue;

  private long watch = -1;
  private long heartbeat = -1;

  /**
   * @param name tells this connection from others in logs
   * @param locator says where the server is
   * @param changed told whenever the connection comes up or goes down
   */
  Pipeline(Vertx vertx, RedisLinkOptions options, String name, Locator locator, Runnable changed) {
    this.vertx = vertx;
    this.options = options;
    this.name = name;
    this.changed = changed;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.commandTimeoutMs());
    this.held = new HeldConnection(vertx, options, name, locator, new Connection());
    this.breaker =
        CircuitBreaker.builder()
            .withFailureThreshold(options.breakerFailures())
            .withDelay(Duration.ofMillis(options.breakerOpenMs()))
            .withSuccessThreshold(1)
            .onOpen(event -> breakerChanged())
            .onHalfOpen(event -> breakerChanged())
            .onClose(event -> breakerChanged())
            .build();
  }

  /**
   * Connects once, and may be called again when that fails, or must be closed. From then on it
   * reconnects.
   *
   * @param starting whether the service starts, and its attempts may take longer and longer
   */
  Future<Void> open(boolean starting) {
    Future<Void> opened = held.open(starting);
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
              breaker.close();
              become(LinkState.CLOSED, state == LinkState.CONNECTING ? reason : "closed");
              metrics.close();
            });
  }

  boolean isUp() {
    return connection != null && !replica;
  }

  /** The server that it is connected to, or tries to. */
  RedisUri uri() {
    return held.uri();
  }

  /** Grows with each new connection, which may lead to another server; 0 before the first one. */
  long life() {
    return life;
  }

  /** Whether nothing waits for an answer. */
  boolean isIdle() {
    return inFlight.isEmpty() && repeated.isEmpty();
  }

  /** Gives up the connection, for a new one to where the server is by then. */
  void drop(String reason) {
    held.drop(reason);
  }

  /** Gives up the connection to a server that takes no writes, when all is answered. */
  void dropReplica() {
    replica = true;
    if (inFlight.isEmpty()) {
      held.drop(readOnly());
    }
  }

  private String readOnly() {
    return options.cluster() ? READ_ONLY : READ_ONLY + OF_A_CLUSTER;
  }

  /** Whether the server takes no writes; until there is a connection to one that does. */
  boolean isReplica() {
    return replica;
  }

  void reconnectNow() {
    held.reconnectNow();
  }

  // Commands

  /**
   * Sends a command.
   *
   * @param asking whether it follows the redirection of a slot under way to this server
   */
  Future<Response> send(Call call, boolean asking) {
    if (Thread.currentThread() != eventLoop) {
      throw new IllegalStateException(
          "The link " + name + " belongs to " + eventLoop.getName() + ": call it there");
    }
    if (!isUp()) {
      return Failure.UNAVAILABLE.future("Redis is out of reach");
    }
    if (inFlight.size() + repeated.size() + waiting.size() >= options.maxInFlight()) {
      return Failure.UNAVAILABLE.future(
          "Too much in flight: " + options.maxInFlight() + " commands wait for Redis");
    }
    if (!breaker.tryAcquirePermit()) {
      return Failure.UNAVAILABLE.future("Redis answers too late: the circuit breaker is open");
    }
    Sent sent = new Sent(call, asking, true);
    if (repeated.isEmpty()) {
      send(sent);
    } else {
      waiting.add(sent);
    }
    return sent.answer.future();
  }

  /** Sends what belongs to the connection itself, or to a command that was done already. */
  Future<Response> sendBesides(Call call) {
    if (!isUp()) {
      return Failure.UNAVAILABLE.future("Redis is out of reach");
    }
    Sent sent = new Sent(call, false, false);
    send(sent);
    return sent.answer.future();
  }

  private void send(Sent sent) {
    if (sent.asking) {
      send(new Sent(ASKING, false, false));
    }
    sent.deadline = System.nanoTime() + timeoutNanos;
    inFlight.add(sent);
    metrics.inFlight.increment();
    if (watch < 0) {
      watch(options.commandTimeoutMs());
    }
    connection
        .send(sent.call.request())
        .onComplete(
            answer -> {
              // Redis answers in order; what is not there any more was lost with its connection.
              if (inFlight.peek() != sent) {
                return;
              }
              if (answer.succeeded()) {
                answered(sent);
                sent.answer.tryComplete(answer.result());
              } else if (RedisFailures.isAnswer(answer.cause())) {
                answered(sent);
                refused(sent, answer.cause());
              } else {
                // With it all that was sent before and after it.
                held.drop("connection lost: " + answer.cause().getMessage());
                return;
              }
              if (inFlight.isEmpty() && replica) {
                held.drop(readOnly());
              } else if (inFlight.isEmpty() && !repeated.isEmpty()) {
                repeat();
              }
            });
  }

  private void answered(Sent sent) {
    inFlight.remove();
    metrics.inFlight.decrement();
    if (sent.counts) {
      breaker.recordSuccess();
    }
  }

  private void refused(Sent sent, Throwable cause) {
    if (sent.call.isWithoutScript(cause)) {
      sent.call = sent.call.withText();
      repeated.add(sent);
    } else {
      sent.answer.tryFail(cause);
    }
  }

  private void repeat() {
    List<Sent> all = new ArrayList<>(repeated);
    all.addAll(waiting);
    repeated.clear();
    waiting.clear();
    all.forEach(this::send);
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
                late = true;
                held.drop("no answer within " + options.commandTimeoutMs() + " ms");
              }
            });
  }

  /** An idle link asks now and then, so that it knows that Redis is silent before a caller does. */
  private void beat() {
    heartbeat =
        vertx.setPeriodic(
            options.untilHeartbeatMs(),
            options.heartbeatMs(),
            timer -> {
              if (connection != null && inFlight.isEmpty()) {
                sendBesides(PING);
              }
            });
  }

  // What is told

  private void become(LinkState next, String why) {
    if (state != next) {
      metrics.changed(state, next);
      state = next;
      reason = why;
      publish();
      changed.run();
    }
  }

  private void breakerChanged() {
    boolean open = !breaker.isClosed();
    if (open != breakerOpen) {
      breakerOpen = open;
      metrics.openBreakers.add(open ? 1 : -1);
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
    private final boolean asking;

    /** Whether the circuit breaker learns from it. */
    private final boolean counts;

    private Call call;
    private long deadline;

    Sent(Call call, boolean asking, boolean counts) {
      this.call = call;
      this.asking = asking;
      this.counts = counts;
    }
  }

  private final class Connection implements HeldConnection.Owner {

    @Override
    public Future<Void> prepare(RedisConnection fresh) {
      load(fresh);
      return fresh
          .send(ROLE)
          .timeout(Math.max(1, options.commandTimeoutMs() / 2), TimeUnit.MILLISECONDS)
          .compose(
              role -> {
                if (!ServerLink.isReplica(role)) {
                  return Future.<Void>succeededFuture();
                }
                replica = true;
                return Future.failedFuture(readOnly());
              })
          .recover(
              cause ->
                  // Who may not ask, a proxy that does not know it, or who answers nothing but
                  // PING,
                  // may be a master.
                  RedisFailures.isAnswer(cause) || cause instanceof TimeoutException
                      ? Future.succeededFuture()
                      : Future.failedFuture(cause));
    }

    /** In front of every command, so that it needs no answer; who may not do it sends texts. */
    private void load(RedisConnection fresh) {
      for (Script script : Script.all()) {
        fresh.send(Request.cmd(Command.SCRIPT).arg("LOAD").arg(script.text()));
      }
    }

    /** Of a Cluster any command may come with another one before it. */
    @Override
    public int mostAtOnce() {
      return Script.all().size()
          + HeldConnection.FEW
          + (options.cluster() ? 2 : 1) * options.maxInFlight();
    }

    @Override
    public void away() {
      late = false;
    }

    @Override
    public void up(RedisConnection fresh) {
      connection = fresh;
      replica = false; // as far as is known
      life++;
      if (state == LinkState.DOWN) {
        metrics.reconnects.increment();
      }
      if (breaker.isOpen() && !late) {
        // The server itself was gone: to wait any longer would only delay the recovery.
        breaker.halfOpen();
      }
      late = false;
      become(LinkState.UP, "");
    }

    @Override
    public void down(String reason) {
      connection = null;
      List<Sent> lost = List.copyOf(inFlight);
      List<Sent> notDone = new ArrayList<>(repeated);
      notDone.addAll(waiting);
      inFlight.clear();
      repeated.clear();
      waiting.clear();
      metrics.inFlight.add(-lost.size());
      become(closing ? LinkState.CLOSED : LinkState.DOWN, reason);
      for (Sent sent : lost) {
        if (sent.counts) {
          breaker.recordFailure();
        }
        sent.answer.tryFail(RedisFailures.lost(reason));
      }
      for (Sent sent : notDone) {
        sent.answer.tryFail(Failure.UNAVAILABLE.exception("Redis is out of reach: " + reason));
      }
    }
  }
}
