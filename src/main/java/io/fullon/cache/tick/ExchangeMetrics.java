package io.fullon.cache.tick;

import io.fullon.cache.metrics.Meters;
import java.util.concurrent.atomic.LongAdder;

/** What a node sees of one exchange, for as long as it knows a ticker of it. */
final class ExchangeMetrics implements AutoCloseable {

  private final Meters meters = new Meters();
  private final LongAdder ours;
  private final LongAdder others;

  ExchangeMetrics(String exchange, TickTable table) {
    ours = seen(exchange, "cache");
    others = seen(exchange, "other");
    meters.least(
        "fullon.cache.ticks.newest.age",
        "seconds",
        "How long ago the time of the exchange's newest tick is",
        () -> table.ageSeconds(exchange),
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

  void seen(Tick tick) {
    (tick.seq() == null ? others : ours).increment();
  }

  @Override
  public void close() {
    meters.close();
  }
}
