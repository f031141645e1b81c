package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One held, pipelined connection to Redis. Every command has a deadline; while Redis is out of
 * reach commands fail at once; the link comes back by itself.
 *
 * <p>Commands fail with {@link Failure#UNAVAILABLE} when nothing was changed and with {@link
 * Failure#TIMEOUT} when the outcome is unknown. Belongs to the event loop on which it was opened:
 * call it there only; it answers there.
 */
public final class RedisLink {

  private static final Request PING = Request.cmd(Command.PING);

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final HeldConnection held;
  private final long timeoutNanos;
  private final ArrayDeque<Sent> inFlight = new ArrayDeque<>();
  private RedisConnection connection;

  /** The command that has already got more time. */
  private Sent overdue;

  private long watch = -1;
  private long heartbeat = -1;

  private RedisLink(Vertx vertx, RedisLinkOptions options, String name) {
    this.vertx = vertx;
    this.options = options;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.commandTimeoutMs());
    this.held = new HeldConnection(vertx, options, name, new Connection());
  }

  /**
   * Connects on the current event loop.
   *
   * @param name tells this link from others in logs
   * @return the link; fails, naming the server and the cause, when it cannot connect
   */
  public static Future<RedisLink> open(Vertx vertx, RedisLinkOptions options, String name) {
    RedisLink link = new RedisLink(vertx, options, name);
    return link.held.open().onSuccess(v -> link.beat()).map(link);
  }

  public Future<Void> close() {
    vertx.cancelTimer(heartbeat);
    return held.close();
  }

  /** Whether Redis is within reach, as far as is known. */
  public boolean isUp() {
    return connection != null;
  }

  public RedisLinkOptions options() {
    return options;
  }

  /** Runs the script: by its digest, or from its source when Redis does not have it (any more). */
  public Future<Response> run(Script script, List<String> keys, List<String> arguments) {
    return command(eval(Command.EVALSHA, script.sha(), keys, arguments))
        // Nothing has run yet: the repeat is the first time.
        .recover(
            cause ->
                RedisFailures.isNoScript(cause)
                    ? command(eval(Command.EVAL, script.text(), keys, arguments))
                    : Future.failedFuture(cause))
        .recover(RedisFailures::future);
  }

  /** Sends a command. */
  public Future<Response> send(Request request) {
    return command(request).recover(RedisFailures::future);
  }

  private static Request eval(
      Command command, String script, List<String> keys, List<String> arguments) {
    Request request = Request.cmd(command).arg(script).arg(keys.size());
    keys.forEach(request::arg);
    arguments.forEach(request::arg);
    return request;
  }

  private Future<Response> command(Request request) {
    if (connection == null) {
      return Failure.UNAVAILABLE.future("Redis is out of reach");
    }
    if (inFlight.size() >= options.maxInFlight()) {
      return Failure.UNAVAILABLE.future(
          "Too much in flight: " + options.maxInFlight() + " commands wait for Redis");
    }
    Sent sent = new Sent(System.nanoTime() + timeoutNanos);
    inFlight.add(sent);
    if (watch < 0) {
      watch(options.commandTimeoutMs());
    }
    connection
        .send(request)
        .onComplete(
            answer -> {
              // Redis answers in order; what is not there any more was lost with its connection.
              if (inFlight.peek() == sent) {
                inFlight.poll();
              }
              if (answer.succeeded()) {
                sent.answer.tryComplete(answer.result());
              } else {
                sent.answer.tryFail(answer.cause());
              }
            });
    return sent.answer.future();
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

  /** An idle link asks now and then, so that it knows that Redis is silent before a caller does. */
  private void beat() {
    heartbeat =
        vertx.setPeriodic(
            options.heartbeatMs(),
            timer -> {
              if (connection != null && inFlight.isEmpty()) {
                command(PING);
              }
            });
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
      return Future.succeededFuture();
    }

    @Override
    public void up(RedisConnection fresh) {
      connection = fresh;
    }

    @Override
    public void down(String reason) {
      connection = null;
      List<Sent> lost = List.copyOf(inFlight);
      inFlight.clear();
      lost.forEach(sent -> sent.answer.tryFail(RedisFailures.lost(reason)));
    }
  }
}
