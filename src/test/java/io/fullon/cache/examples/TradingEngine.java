package io.fullon.cache.examples;

import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.List;

/**
 * An engine with efficient cache usage: a verticle that reuses its clients, and closes only what it
 * has opened itself.
 */
public final class TradingEngine extends VerticleBase {

  private TickCache tickCache;
  private OrdersCache ordersCache;
  private MessageConsumer<Tick> updates;
  private volatile Tick latest;

  @Override
  public Future<?> start() {
    tickCache = TickCache.proxy(vertx);
    ordersCache = OrdersCache.proxy(vertx);
    updates = vertx.eventBus().localConsumer(TickCache.UPDATES, message -> latest = message.body());
    return updates.completion();
  }

  /** Process multiple tickers efficiently. */
  public Future<Integer> processMarketData(List<Tick> ticks) {
    return tickCache.updateTickers(ticks);
  }

  /** Process multiple orders efficiently. */
  public Future<Void> processOrders(List<Order> orders) {
    return Future.all(
            orders.stream().map(order -> ordersCache.saveOrder(order.exId(), order)).toList())
        .mapEmpty();
  }

  /** The latest tick that any program has stored since the start; null when none has. */
  public Tick latest() {
    return latest;
  }

  /** Cleanup: clients hold no connection, only the subscription must end. */
  @Override
  public Future<?> stop() {
    return updates.unregister();
  }
}
