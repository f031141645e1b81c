package io.fullon.cache.tick;

import io.fullon.cache.bus.LocalCodec;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tells everybody on this node what changes, and counts it. Lives on the node's own event loop. */
final class TickBus {

  private final Vertx vertx;
  private final DeliveryOptions ticks;
  private final DeliveryOptions removals;

  /** Of those exchanges that have a ticker. */
  private final Map<String, ExchangeMetrics> exchanges = new HashMap<>();

  TickBus(Vertx vertx) {
    this.vertx = vertx;
    this.ticks = LocalCodec.register(vertx, Tick.class);
    this.removals = LocalCodec.register(vertx, TickRemoval.class);
  }

  void publish(Tick tick) {
    exchanges.computeIfAbsent(tick.exchange(), ExchangeMetrics::new).seen(tick);
    vertx.eventBus().publish(TickCache.UPDATES, tick, ticks);
    vertx.eventBus().publish(TickCache.updates(tick.exchange(), tick.symbol()), tick, ticks);
  }

  /** A tick of this node that may not be published otherwise; on any thread. */
  void publishLost(Tick tick) {
    vertx.eventBus().publish(TickCache.LOST, tick, ticks);
  }

  /** There is no ticker of the exchange any more. */
  void forget(String exchange) {
    ExchangeMetrics metrics = exchanges.remove(exchange);
    if (metrics != null) {
      metrics.close();
    }
  }

  void close() {
    exchanges.values().forEach(ExchangeMetrics::close);
  }

  void publishRemoval(String exchange, List<String> symbols) {
    if (!symbols.isEmpty()) {
      vertx.eventBus().publish(TickCache.REMOVED, new TickRemoval(exchange, symbols), removals);
    }
  }

  /**
   * @param state {@link TickCache#LIVE} or {@link TickCache#STALE}
   * @param exchange which one; null for all of them
   */
  void publishState(String state, String exchange) {
    DeliveryOptions options = new DeliveryOptions().setLocalOnly(true);
    if (exchange != null) {
      options.addHeader(TickCache.STATE_EXCHANGE, exchange);
    }
    vertx.eventBus().publish(TickCache.STATE, state, options);
  }
}
