package io.fullon.cache.source;

import io.fullon.cache.metrics.Meters;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one exchange's source on this node. */
final class SourceMetrics implements AutoCloseable {

  private static final List<Duration> BOUNDS =
      List.of(
          Duration.ofMillis(5),
          Duration.ofMillis(25),
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Duration.ofSeconds(60));

  private final Meters meters = new Meters();

  final Timer lag;
  final LongAdder frames;
  final LongAdder garbage;
  final LongAdder conflated;
  final LongAdder lost;

  SourceMetrics(String exchange) {
    lag =
        meters.timer(
            "fullon.cache.source.lag",
            "From a tick's time, which is the exchange's, to its being stored",
            BOUNDS,
            "exchange",
            exchange);
    frames = counter("frames", "Frames that exchanges sent", exchange);
    garbage = counter("garbage", "What exchanges sent and is no frame or tick, skipped", exchange);
    conflated =
        counter("conflated", "Ticks left out for later ones because Redis was slow", exchange);
    lost = counter("connections.lost", "Connections to exchanges that have ended", exchange);
  }

  private LongAdder counter(String name, String description, String exchange) {
    return meters.counter("fullon.cache.source." + name, description, "exchange", exchange);
  }

  @Override
  public void close() {
    meters.close();
  }
}
