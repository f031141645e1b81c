package io.fullon.cache.tick;

import io.fullon.cache.metrics.Meters;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;

/** What a node sees of one exchange, for as long as it knows a ticker of it. */
final class ExchangeMetrics implements AutoCloseable {

  private final Meters meters = new Meters();
  private final LongAdder ours;
  private final LongAdder others;

  /** The latest time of a tick so far. */
  private volatile Instant newest = Instant.EPOCH;

  ExchangeMetrics(String exchange) {
    ours = seen(exchange, "cache");
    others = seen(exchange, "other");
    meters.least(
        "fullon.cache.ticks.newest.age",
        "seconds",
        "How long ago the time of the newest tick of the exchange is",
        this::ageSeconds,
        "exchange",
        exchange);
  }

  private LongAdder seen(String exchange, String origin) {
    return meters.counter(
        "fullon.cache.ticks.seen",
        "New ticks that a node has learned of, by who stored them",
        "exchange",
        exchange,
        "origin",
        origin);
  }

  private double ageSeconds() {
    return Math.max(0, Duration.between(newest, Instant.now()).toMillis() / 1e3);
  }

  void seen(Tick tick) {
    (tick.seq() == null ? others : ours).increment();
    if (tick.time().isAfter(newest)) {
      newest = tick.time();
    }
  }

  @Override
  public void close() {
    meters.close();
  }
}
