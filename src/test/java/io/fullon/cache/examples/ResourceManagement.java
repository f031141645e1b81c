package io.fullon.cache.examples;

import io.fullon.cache.fill.Side;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/**
 * Proper resource management. The connections belong to the deployed verticle: undeploying it, or
 * closing Vert.x, closes them all. A client is as cheap as a variable.
 */
public final class ResourceManagement {

  private ResourceManagement() {}

  // Option 1: Context manager. There is nothing to close: make a client where you need one
  public static Future<Boolean> withoutAnythingToClose(Vertx vertx) {
    return TickCache.proxy(vertx).updateTicker("binance", tick());
  }

  // Option 2: Try/finally. For what you open yourself, such as a deployment of your own
  public static Future<Integer> withSomethingOfItsOwn(Vertx vertx) {
    TradingEngine engine = new TradingEngine();
    return vertx
        .deployVerticle(engine)
        .compose(
            deployment ->
                engine
                    .processMarketData(List.of(tick()))
                    .compose(stored -> engine.processOrders(List.of(order("ORD_001"))))
                    .compose(v -> OrdersCache.proxy(vertx).getOrders("binance"))
                    .map(List::size)
                    .eventually(() -> vertx.undeploy(deployment)));
  }

  private static Tick tick() {
    return Tick.of("binance", "BTC/USDT", new BigDecimal("50000.0"), Instant.now());
  }

  private static Order order(String id) {
    return Order.builder()
        .exOrderId(id)
        .exId("binance")
        .symbol("BTC/USDT")
        .side(Side.BUY)
        .volume(new BigDecimal("0.1"))
        .build();
  }
}
