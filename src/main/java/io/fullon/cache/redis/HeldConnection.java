package io.fullon.cache.redis;

import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that is held open: it has a deadline for connecting, and comes back by itself, for
 * as long as it takes, after it was lost. Lives on the event loop on which it was made.
 *
 * <p>Each life of the connection has a client of its own, because closing a pooled connection only
 * gives the same stuck socket back to the pool; closing the client ends it.
 */
final class HeldConnection {

  /** What its owner does with it. */
  interface Owner {

    /** Makes a new connection usable; it counts as up when the future completes. */
    Future<Void> prepare(RedisConnection connection);

    void up(RedisConnection connection);

    /** The connection that was up is gone; called once for each {@link #up}. */
    void down(String reason);

    /**
     * The server was away since the last connection: an attempt to connect has failed, or the
     * answer to the first PING came late.
     */
    default void away() {}

    /** How many commands wait for their answers at most; the client keeps room for all of them. */
    default int mostAtOnce() {
      return FEW;
    }

    /** Whether a connection that is missing now says something about the server. */
    default boolean tellsOutage() {
      return true;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(HeldConnection.class);

  private static final String CLOSED = "closed";

  private static final int MAX_DOUBLINGS = 10;

  /** Enough commands at once for who asks one after the other. */
  static final int FEW = 64;

  /** A server that needs this part of the command deadline for its first answer was away. */
  private static final int LATE = 10;

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final String name;
  private final Locator locator;
  private final Owner owner;
  private final Outages outages;
  private Life life;
  private long pause = -1;
  private final Backoff backoff;

  /** Since a connection that was good for a while. */
  private int attempts;

  private int opens;
  private boolean closed;

  /**
   * @param name tells it from others in logs
   * @param locator says where to connect to
   */
  HeldConnection(Vertx vertx, RedisLinkOptions options, String name, Locator locator, Owner owner) {
    this.vertx = vertx;
    if (!vertx.getOrCreateContext().isEventLoopContext()) {
      throw new IllegalStateException("A Redis link lives on an event loop, not on a worker");
    }
    this.options = options;
    this.name = name;
    this.locator = locator;
    this.owner = owner;
    this.outages = Outages.of(vertx);
    this.backoff = new Backoff(options);
  }

  /**
   * Connects once, and may be called again when that fails. From then on it reconnects.
   *
   * @param starting whether the service starts, and its attempts may take longer and longer
   */
  Future<Void> open(boolean starting) {
    if (closed) {
      return Future.failedFuture(CLOSED);
    }
    life = new Life(starting ? nextTimeoutMs() : options.connectTimeoutMs());
    return life.begin();
  }

  /**
   * Twice as long with each attempt of the start, which on a busy machine or with a slice of a
   * processor may spend all the time on loading classes and certificates.
   */
  private long nextTimeoutMs() {
    long longest = Math.max(options.connectTimeoutMs(), options.startWithinMs());
    return Math.min(longest, options.connectTimeoutMs() << Math.min(opens++, MAX_DOUBLINGS));
  }

  /** Gives up the present connection, whose state is not known any more, for a new one. */
  void drop(String reason) {
    if (life != null) {
      life.end(reason);
    }
  }

  Future<Void> close() {
    closed = true;
    vertx.cancelTimer(pause);
    outages.forget(this);
    return life == null ? Future.succeededFuture() : life.end(CLOSED);
  }

  private void reconnectLater(String reason) {
    if (closed) {
      return;
    }
    if (owner.tellsOutage()) {
      outages.began(options.cluster() ? where() : options.address(), this, reason);
    }
    LOG.debug("{}: Redis at {}: {}; attempt {} follows", name, where(), reason, attempts + 1);
    attempts++;
    pause = vertx.setTimer(backoff.nextMs(), timer -> reconnect());
  }

  private void reconnect() {
    pause = -1;
    life = new Life(options.connectTimeoutMs());
    // A failed attempt has already planned the next one.
    life.begin();
  }

  /** Makes the next attempt at once, if it waits for it. */
  void reconnectNow() {
    if (pause >= 0 && vertx.cancelTimer(pause)) {
      reconnect();
    }
  }

  /** Where it is connected to, or tries to; null when that is not known. */
  RedisUri uri() {
    return life == null ? null : life.uri;
  }

  /** Where it is connected to, or tries to, for messages: without user and password. */
  String where() {
    return life == null ? options.address() : life.where();
  }

  /** From connecting to the loss of one connection. */
  private final class Life {

    private final long timeoutMs;
    private final Promise<Void> begun = Promise.promise();
    private final long since = System.nanoTime();
    private RedisUri uri;
    private RedisClients.Client client;
    private long answered;
    private long upSince;
    private boolean up;
    private Future<Void> ended;

    Life(long timeoutMs) {
      this.timeoutMs = timeoutMs;
    }

    String where() {
      return uri == null ? options.address() : uri.toString();
    }

    Future<Void> begin() {
      long deadline =
          vertx.setTimer(
              timeoutMs,
              timer -> end("no connection" + overTls() + " within " + timeoutMs + " ms"));
      locator
          .locate()
          .compose(this::connect)
          .compose(
              connection -> {
                // After an exception the end is not always told.
                connection.exceptionHandler(e -> end("connection failed: " + Reasons.of(e)));
                connection.endHandler(v -> end("connection lost"));
                return connection
                    // Connecting succeeds without the password that every command needs.
                    .send(Request.cmd(Command.PING))
                    .compose(
                        pong -> {
                          answered = System.nanoTime();
                          return owner.prepare(connection);
                        })
                    .map(connection);
              })
          .onComplete(
              result -> {
                vertx.cancelTimer(deadline);
                if (ended == null && result.succeeded()) {
                  arrived(result.result());
                } else {
                  end(
                      result.succeeded()
                          ? new IllegalStateException(CLOSED)
                          : explained(result.cause()));
                }
              });
      return begun.future();
    }

    private String overTls() {
      return uri != null && uri.encrypted() ? " over TLS" : "";
    }

    /** One with TLS hangs up on who begins with anything else. */
    private Throwable explained(Throwable cause) {
      return uri != null
              && uri.socket() == null
              && !uri.encrypted()
              && RedisFailures.isHangUp(cause)
          ? new IllegalStateException("hung up; does it want TLS (rediss://)?", cause)
          : cause;
    }

    private Future<RedisConnection> connect(RedisUri located) {
      uri = located;
      return RedisClients.resolve(vertx, located)
          .compose(
              resolved -> {
                if (ended != null) {
                  return Future.failedFuture(CLOSED);
                }
                client = RedisClients.create(vertx, options, resolved, owner.mostAtOnce());
                return client.connect();
              });
    }

    private void arrived(RedisConnection connection) {
      up = true;
      upSince = System.nanoTime();
      outages.ended(HeldConnection.this);
      if ((answered - since) / 1_000_000 > options.commandTimeoutMs() / LATE) {
        owner.away();
      }
      owner.up(connection);
      begun.tryComplete();
    }

    Future<Void> end(String reason) {
      return end(new IllegalStateException(reason));
    }

    Future<Void> end(Throwable cause) {
      if (ended != null) {
        return ended;
      }
      ended = client == null ? Future.succeededFuture() : client.close();
      String reason = Reasons.of(cause);
      if (up) {
        // Back to short pauses only after a connection that was good for a while.
        long lastedMs = (System.nanoTime() - upSince) / 1_000_000;
        if (lastedMs > options.reconnectMaxMs()) {
          attempts = 0;
          backoff.reset();
        }
        owner.down(reason);
        reconnectLater(reason);
      } else if (attempts > 0) {
        owner.away();
        reconnectLater(reason);
      }
      begun.tryFail(cause);
      return ended;
    }
  }
}
