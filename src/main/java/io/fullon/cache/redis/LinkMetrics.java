package io.fullon.cache.redis;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What all links of the process are doing, in Micrometer's global registry. */
final class LinkMetrics {

  private static final Map<LinkState, AtomicInteger> LINKS = new EnumMap<>(LinkState.class);

  private static final AtomicInteger OPEN_BREAKERS =
      gauge("fullon.cache.redis.breakers.open", "Links whose circuit breaker is not closed");

  private static final AtomicInteger IN_FLIGHT =
      gauge("fullon.cache.redis.in.flight", "Commands that wait for Redis");

  private static final Map<String, AtomicInteger> WAITING = new ConcurrentHashMap<>();

  private static final Counter RECONNECTS =
      Counter.builder("fullon.cache.redis.reconnects")
          .description("Connections to Redis that came back")
          .register(Metrics.globalRegistry);

  static {
    for (LinkState state : LinkState.values()) {
      if (state != LinkState.CLOSED) {
        String name = state.name().toLowerCase(Locale.ROOT);
        LINKS.put(state, gauge("fullon.cache.redis.links", "Links to Redis", "state", name));
      }
    }
  }

  private LinkMetrics() {}

  private static AtomicInteger gauge(String name, String description, String... tags) {
    AtomicInteger value = new AtomicInteger();
    Gauge.builder(name, value, AtomicInteger::get)
        .description(description)
        .tags(tags)
        .register(Metrics.globalRegistry);
    return value;
  }

  /** Links that are closed are not counted any more. */
  static void changed(LinkState from, LinkState to) {
    if (from != LinkState.CLOSED) {
      LINKS.get(from).decrementAndGet();
    }
    if (to != LinkState.CLOSED) {
      LINKS.get(to).incrementAndGet();
    }
  }

  static void breakers(int more) {
    OPEN_BREAKERS.addAndGet(more);
  }

  static void inFlight(int more) {
    IN_FLIGHT.addAndGet(more);
  }

  /**
   * Callers that wait for something.
   *
   * @param what the channel on which it is announced
   */
  static AtomicInteger waiting(String what) {
    return WAITING.computeIfAbsent(
        what,
        channel ->
            gauge(
                "fullon.cache.waiting",
                "Callers that wait, by what announces its coming",
                "channel",
                channel));
  }

  static void reconnected() {
    RECONNECTS.increment();
  }
}
