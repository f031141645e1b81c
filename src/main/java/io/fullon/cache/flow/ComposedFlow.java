package io.fullon.cache.flow;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;

/** The flows, each made of calls of the caches' services. */
final class ComposedFlow implements FlowCache {

  private static final String FILLED = "filled";

  private final SymbolCache symbols;
  private final TickCache ticks;
  private final OrdersCache orders;
  private final TradesCache trades;
  private final AccountCache accounts;

  ComposedFlow(Vertx vertx) {
    this.symbols = SymbolCache.proxy(vertx);
    this.ticks = TickCache.proxy(vertx);
    this.orders = OrdersCache.proxy(vertx);
    this.trades = TradesCache.proxy(vertx);
    this.accounts = AccountCache.proxy(vertx);
  }

  @Override
  public Future<Quote> getQuote(String symbol, String exchange) {
    Future<Symbol> known = symbols.getSymbol(symbol, exchange);
    Future<Tick> latest = ticks.getTicker(symbol, exchange);
    return Future.join(known, latest)
        .map(
            both ->
                known.result() == null || latest.result() == null
                    ? null
                    : Quote.of(known.result(), latest.result()));
  }

  @Override
  public Future<Settlement> settleOrder(String exId, String exOrderId, int accountId) {
    return orders
        .getOrderStatus(exId, exOrderId)
        .compose(order -> tradeOf(order, exId, exOrderId))
        // The trade first: who sees the position sees what made it. Each step is done once only, so
        // that after a failure the whole is simply begun again.
        .compose(trade -> trades.pushTradeList(trade.symbol(), exId, trade, true).map(trade))
        .compose(trade -> settle(trade, exOrderId, accountId));
  }

  private Future<Settlement> settle(Trade trade, String exOrderId, int accountId) {
    return accounts
        .applyFill(accountId, trade)
        .map(fill -> new Settlement(trade, fill.position(), !fill.counted()))
        .recover(cause -> halfDone(exOrderId, cause));
  }

  /** The failure of the second step must not say that nothing was done. */
  private static <T> Future<T> halfDone(String exOrderId, Throwable cause) {
    String message =
        "The trade of order "
            + exOrderId
            + " is recorded, but not counted in the position: "
            + cause.getMessage();
    if (Failure.UNAVAILABLE.matches(cause)) {
      return Failure.TIMEOUT.future(message);
    }
    return Failure.INVALID_ARGUMENT.matches(cause) || Failure.CONFLICT.matches(cause)
        ? Failure.CONFLICT.future(message)
        : Future.failedFuture(cause);
  }

  private static Future<Trade> tradeOf(Order order, String exId, String exOrderId) {
    String problem = problemOf(order);
    if (problem != null) {
      return Failure.CONFLICT.future(
          "Order " + exOrderId + " of " + exId + " cannot be settled: " + problem);
    }
    String tradeId = order.tradeId() == null ? Trade.OF_ORDER + exOrderId : order.tradeId();
    return Future.succeededFuture(
        Trade.builder(tradeId, order.symbol(), order.side())
            .volume(order.finalVolume())
            .price(order.fillPrice())
            .cost(cost(order))
            .fee(order.fee())
            .exOrderId(exOrderId)
            .exId(exId)
            .orderType(order.orderType())
            .uid(order.uid())
            .time(order.filledAt() == null ? order.timestamp() : order.filledAt())
            .build());
  }

  /** Why it cannot be settled, or null. */
  private static String problemOf(Order order) {
    if (order == null) {
      return "there is none";
    }
    if (!FILLED.equals(order.status())) {
      return "its status is " + InvalidValueException.show(order.status());
    }
    if (order.symbol() == null) {
      return "it has no symbol";
    }
    if (order.side() == null) {
      return "it has no side";
    }
    if (!isPositive(order.finalVolume())) {
      return "it has no final_volume above zero";
    }
    return order.fillPrice() == null ? "it has no fill_price" : null;
  }

  private static boolean isPositive(BigDecimal decimal) {
    return decimal != null && decimal.signum() > 0;
  }

  /** Exact, or none where it would be longer than a decimal may be. */
  private static BigDecimal cost(Order order) {
    BigDecimal cost = order.finalVolume().multiply(order.fillPrice());
    return Decimals.fits(cost) ? cost : null;
  }
}
