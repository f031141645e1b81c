package io.fullon.cache.web;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What the feeds of this process tell of themselves. */
final class FeedMetrics {

  private static final AtomicInteger CONNECTIONS = new AtomicInteger();
  private static final Map<CloseCode, Counter> CLOSED = new EnumMap<>(CloseCode.class);

  static {
    Gauge.builder("fullon.cache.feed.connections", CONNECTIONS, AtomicInteger::get)
        .description("Connections to the feed")
        .register(Metrics.globalRegistry);
    for (CloseCode code : CloseCode.values()) {
      CLOSED.put(
          code,
          Counter.builder("fullon.cache.feed.closed")
              .description("Connections that the feed closed, by the reason")
              .tag("reason", code.name().toLowerCase(Locale.ROOT))
              .register(Metrics.globalRegistry));
    }
  }

  private FeedMetrics() {}

  static void connected() {
    CONNECTIONS.incrementAndGet();
  }

  static void disconnected() {
    CONNECTIONS.decrementAndGet();
  }

  /** How many connections were closed for that reason. */
  static Counter closed(CloseCode code) {
    return CLOSED.get(code);
  }
}
