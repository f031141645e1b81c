package io.fullon.cache.feed;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.tick.Tick;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What a feed tells of itself, among all of the process. */
final class FeedMetrics implements AutoCloseable {

  private static final List<Duration> LAGS =
      List.of(
          Duration.ofMillis(1),
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          Duration.ofSeconds(2),
          Duration.ofSeconds(10));

  private final InstantSource clock;
  private final Meters meters = new Meters();

  final LongAdder connections =
      meters.gauge("fullon.cache.feed.connections", "Connections to the feed");

  final LongAdder subscriptions =
      meters.gauge("fullon.cache.feed.subscriptions", "Subscriptions of the feed's connections");

  /** Texts alone: no pings, no closings. */
  final LongAdder frames = meters.counter("fullon.cache.feed.frames", "Frames sent to clients");

  final LongAdder ticks =
      meters.counter("fullon.cache.feed.ticks", "Ticks sent to clients, to each one");

  final LongAdder conflated =
      meters.counter(
          "fullon.cache.feed.conflated", "Ticks not sent to a client, but a later one for them");

  private final Timer lag =
      meters.timer("fullon.cache.feed.lag", "From the time of a tick to when it is sent", LAGS);

  private final Map<Integer, LongAdder> closed = new HashMap<>();

  /**
   * @param clock that of the ticks
   */
  FeedMetrics(InstantSource clock) {
    this.clock = clock;
    for (CloseCode code : CloseCode.values()) {
      closed.put(
          code.number(),
          meters.counter(
              "fullon.cache.feed.closed",
              "Connections that the feed closed, by the reason",
              "code",
              String.valueOf(code.number()),
              "reason",
              code.name().toLowerCase(Locale.ROOT)));
    }
  }

  /** The feed has begun to close a connection. */
  void closed(int code) {
    LongAdder count = closed.get(code);
    if (count != null) {
      count.increment();
    }
  }

  /** Ticks that were given to the sockets just now; about 70 ns each, and no garbage. */
  void sent(List<Tick> sent) {
    Instant now = clock.instant();
    for (Tick tick : sent) {
      Instant time = tick.time();
      long nanos =
          TimeUnit.SECONDS.toNanos(now.getEpochSecond() - time.getEpochSecond())
              + now.getNano()
              - time.getNano();
      lag.record(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void close() {
    meters.close();
  }
}
