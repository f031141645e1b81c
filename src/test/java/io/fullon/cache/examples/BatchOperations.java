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
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Efficient batch operations: one call for many, or many calls at once. */
public final class BatchOperations {

  private static final Logger LOG = LoggerFactory.getLogger(BatchOperations.class);
  private static final List<String> SYMBOLS = List.of("BTC/USDT", "ETH/USDT", "ADA/USDT");

  private final TickCache tickCache;
  private final OrdersCache ordersCache;

  private BatchOperations(Vertx vertx) {
    tickCache = TickCache.proxy(vertx);
    ordersCache = OrdersCache.proxy(vertx);
  }

  /** What the operations did. */
  public record Outcome(int tickersUpdated, List<Order> ordersCreated) {}

  public static Future<Outcome> run(Vertx vertx) {
    BatchOperations batch = new BatchOperations(vertx);
    return batch
        .updateTickers()
        .compose(
            updated ->
                batch
                    .createOrders()
                    .compose(v -> batch.verify())
                    .map(orders -> new Outcome(updated, orders)))
        .onSuccess(outcome -> LOG.info("Batch operations completed: {}", outcome));
  }

  // Batch ticker updates
  private Future<Integer> updateTickers() {
    List<Tick> ticks = new ArrayList<>();
    for (String symbol : SYMBOLS) {
      ticks.add(
          Tick.builder("binance", symbol)
              .price(new BigDecimal("1000.0"))
              .volume(new BigDecimal("100.0"))
              .time(Instant.now())
              .bid(new BigDecimal("999.0"))
              .ask(new BigDecimal("1001.0"))
              .last(new BigDecimal("1000.0"))
              .build());
    }

    // Update all tickers efficiently: one step in Redis for each exchange
    return tickCache.updateTickers(ticks);
  }

  // Batch order creation: nothing waits for the answer to the one before, all share a connection
  private Future<Void> createOrders() {
    List<Future<Order>> orders = new ArrayList<>();
    for (int i = 0; i < SYMBOLS.size(); i++) {
      Order order =
          Order.builder()
              .symbol(SYMBOLS.get(i))
              .side(Side.BUY)
              .volume(new BigDecimal("0.1"))
              .price(new BigDecimal("1000.0"))
              .status("open")
              .build();

      orders.add(ordersCache.saveOrderData("binance", "BATCH_ORD_" + i, order.toJson()));
    }
    return Future.all(orders).mapEmpty();
  }

  // Verify all operations completed
  private Future<List<Order>> verify() {
    return ordersCache
        .getOrders("binance")
        .map(
            all ->
                all.stream().filter(order -> order.exOrderId().startsWith("BATCH_ORD_")).toList());
  }
}
