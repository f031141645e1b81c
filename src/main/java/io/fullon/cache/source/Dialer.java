package io.fullon.cache.source;

import io.fullon.cache.redis.Backoff;
import io.vertx.core.Vertx;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Says when which connection of an exchange may be attempted: within its limits, after a pause that
 * grows, and one at a time as long as the exchange refuses. Memory is bounded by the number of
 * connections, however long an outage is.
 */
final class Dialer {

  /** So many at a time, as long as none is refused. */
  private static final int MOST_AT_ONCE = 4;

  private static final long NO_TIMER = -1;

  /** One that wants to connect. */
  interface Caller {
    void dial();
  }

  private final Vertx vertx;
  private final LongSupplier nanos;
  private final Pace pace;
  private final Backoff backoff;
  private final Set<Caller> waiting = new LinkedHashSet<>();
  private final Set<Caller> underWay = new LinkedHashSet<>();

  /** Null when none has since the pauses are short again. */
  private Caller failedLast;

  private boolean isRefusing;
  private long notBefore;
  private long timer = NO_TIMER;
  private boolean closed;

  Dialer(Vertx vertx, Venue.Rate connects, SourceTimes times, LongSupplier nanos) {
    this.vertx = vertx;
    this.nanos = nanos;
    this.pace = new Pace(connects);
    this.backoff = new Backoff(times.reconnectMinMs(), times.reconnectMaxMs());
    this.notBefore = nanos.getAsLong();
  }

  /** Has it connected as soon as may be. */
  void want(Caller caller) {
    underWay.remove(caller);
    if (!closed) {
      waiting.add(caller);
      // What is under way just now may still say that there is to be a pause.
      plan(1);
    }
  }

  void forget(Caller caller) {
    waiting.remove(caller);
    underWay.remove(caller);
    if (failedLast == caller) {
      failedLast = null;
    }
    plan(1);
  }

  /** The connection shows a sign of life, and keeps nobody waiting any more. */
  void succeeded(Caller caller) {
    underWay.remove(caller);
    isRefusing = false;
    plan(1);
  }

  /** It has shown signs of life for long; that others do says nothing of one that keeps failing. */
  void settled(Caller caller) {
    if (failedLast == null || failedLast == caller) {
      failedLast = null;
      backoff.reset();
    }
  }

  /**
   * A connection failed, or was lost: all have to wait, for a longer time if this happens again.
   *
   * @param atLeastMs what the exchange asks for; 0 for nothing
   */
  void failed(Caller caller, long atLeastMs) {
    long now = nanos.getAsLong();
    failedLast = caller;
    isRefusing = true;
    long pauseMs =
        now - notBefore < 0 ? 0 : backoff.nextMs(); // one pause for all that fail at once
    notBefore =
        Math.max(notBefore - now, TimeUnit.MILLISECONDS.toNanos(Math.max(pauseMs, atLeastMs)))
            + now;
  }

  private void plan(long afterMs) {
    if (timer != NO_TIMER) {
      vertx.cancelTimer(timer);
      timer = NO_TIMER;
    }
    if (!waiting.isEmpty() && !closed) {
      timer =
          vertx.setTimer(
              Math.max(1, afterMs),
              id -> {
                timer = NO_TIMER;
                dial();
              });
    }
  }

  private void dial() {
    while (!waiting.isEmpty() && underWay.size() < (isRefusing ? 1 : MOST_AT_ONCE)) {
      long now = nanos.getAsLong();
      long wait = Math.max(notBefore - now, pace.evenWaitNanos(now));
      if (wait > 0) {
        plan(1 + TimeUnit.NANOSECONDS.toMillis(wait));
        return;
      }
      Caller next = waiting.iterator().next();
      waiting.remove(next);
      underWay.add(next);
      pace.add(now);
      next.dial();
    }
  }

  void close() {
    closed = true;
    waiting.clear();
    plan(1);
  }
}
