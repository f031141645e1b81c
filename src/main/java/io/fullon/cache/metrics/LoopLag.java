package io.fullon.cache.metrics;

import io.micrometer.core.instrument.Timer;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures by a timer how late the current event loop comes to what it has to do. A loop that does
 * the work of several parts is measured for each.
 */
public final class LoopLag implements AutoCloseable {

  private static final List<Duration> BOUNDS =
      List.of(
          Duration.ofMillis(2), // the timers of Vert.x are precise to a millisecond
          Duration.ofMillis(10),
          Duration.ofMillis(50),
          Duration.ofMillis(200),
          Duration.ofSeconds(1),
          Duration.ofSeconds(5));

  private static final long PERIOD_MS = 500;
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(PERIOD_MS);

  private final Vertx vertx;
  private final Meters meters = new Meters();
  private final Timer lag =
      meters.timer("fullon.cache.loop.lag", "How late event loops run their timers", BOUNDS);
  private final long timer;
  private long due = System.nanoTime() + PERIOD_NANOS;

  /** Begins to measure the event loop on which it is made. */
  public LoopLag(Vertx vertx) {
    this.vertx = vertx;
    this.timer = vertx.setPeriodic(PERIOD_MS, id -> look());
  }

  private void look() {
    long now = System.nanoTime();
    // After a delay Vert.x makes good for the timers that it has left out: they are not late.
    lag.record(Math.max(0, now - due), TimeUnit.NANOSECONDS);
    due = now + PERIOD_NANOS;
  }

  @Override
  public void close() {
    vertx.cancelTimer(timer);
    meters.close();
  }
}
