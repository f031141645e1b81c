package io.fullon.cache.examples;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.AppliedFill;
import io.fullon.cache.account.Position;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.flow.Settlement;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordinates order fills with trade and position updates: step by step, and as the one call that
 * does all of it.
 */
public final class OrderTradePositionFlow {

  private static final Logger LOG = LoggerFactory.getLogger(OrderTradePositionFlow.class);
  private static final int ACCOUNT = 1;

  private OrderTradePositionFlow() {}

  /**
   * The whole flow in one call. It may be repeated until it succeeds, wherever a process died in
   * between: trade and position count once.
   *
   * @return null while the order is not filled
   */
  public static Future<Settlement> run(Vertx vertx) {
    OrdersCache ordersCache = OrdersCache.proxy(vertx);
    FlowCache flowCache = FlowCache.proxy(vertx);

    // Monitor order status
    return ordersCache
        .getOrderStatus("binance", "ORD_123")
        .compose(
            order ->
                isFilled(order)
                    // Record the trade, update position
                    ? flowCache.settleOrder("binance", "ORD_123", ACCOUNT)
                    : Future.succeededFuture());
  }

  /**
   * The same by hand.
   *
   * @return null while the order is not filled
   */
  public static Future<Position> stepByStep(Vertx vertx) {
    OrdersCache ordersCache = OrdersCache.proxy(vertx);
    TradesCache tradesCache = TradesCache.proxy(vertx);
    AccountCache accountCache = AccountCache.proxy(vertx);

    // Monitor order status
    return ordersCache
        .getOrderStatus("binance", "ORD_123")
        .compose(
            order -> {
              if (!isFilled(order)) {
                return Future.succeededFuture();
              }
              Trade trade = tradeOf(order);

              // Record the trade
              return tradesCache
                  .pushTradeList(order.symbol(), "binance", trade, true)
                  // Update position: size, average entry price and profit are computed here
                  .compose(length -> accountCache.applyFill(ACCOUNT, trade))
                  .map(AppliedFill::position)
                  .onSuccess(
                      updated ->
                          LOG.info("Updated position: {} {}", updated.size(), updated.symbol()));
            });
  }

  private static boolean isFilled(Order order) {
    return order != null && "filled".equals(order.status());
  }

  private static Trade tradeOf(Order order) {
    return Trade.builder("TRD_" + order.exOrderId(), order.symbol(), order.side())
        .exOrderId(order.exOrderId())
        .volume(order.finalVolume())
        .price(order.fillPrice())
        .cost(order.finalVolume().multiply(order.fillPrice()))
        .fee(order.fee())
        .uid(order.uid())
        .build();
  }
}
