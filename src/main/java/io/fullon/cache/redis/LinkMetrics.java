package io.fullon.cache.redis;

import io.fullon.cache.metrics.Meters;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What one link does, among all of the process. */
final class LinkMetrics implements AutoCloseable {

  private final Meters meters = new Meters();

  /** Links whose circuit breaker is not closed. */
  final LongAdder openBreakers =
      meters.gauge("fullon.cache.redis.breakers.open", "Links whose circuit breaker is not closed");

  /** Commands that wait for Redis. */
  final LongAdder inFlight =
      meters.gauge("fullon.cache.redis.in.flight", "Commands that wait for Redis");

  /** Connections that came back. */
  final LongAdder reconnects =
      meters.counter("fullon.cache.redis.reconnects", "Connections to Redis that came back");

  private final Map<LinkState, LongAdder> links = new EnumMap<>(LinkState.class);

  LinkMetrics() {
    for (LinkState state : LinkState.values()) {
      if (state != LinkState.CLOSED) {
        String name = state.name().toLowerCase(Locale.ROOT);
        links.put(state, meters.gauge("fullon.cache.redis.links", "Links to Redis", "state", name));
      }
    }
  }

  /** Links that are closed are not counted any more. */
  void changed(LinkState from, LinkState to) {
    if (from != LinkState.CLOSED) {
      links.get(from).decrement();
    }
    if (to != LinkState.CLOSED) {
      links.get(to).increment();
    }
  }

  @Override
  public void close() {
    meters.close();
  }
}
