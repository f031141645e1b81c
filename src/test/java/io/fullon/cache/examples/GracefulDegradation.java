package io.fullon.cache.examples;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Robust error handling, by the code of the failure. It needs no circuit breaker: while Redis is
 * away every call fails at once with UNAVAILABLE, and when it is back calls succeed again.
 */
public final class GracefulDegradation {

  private static final Logger LOG = LoggerFactory.getLogger(GracefulDegradation.class);
  private static final String SYMBOL = "BTC/USDT";
  private static final String EXCHANGE = "binance";

  private final TickCache tickCache;
  private final OrdersCache ordersCache;
  private final TradesCache tradesCache;

  private GracefulDegradation(Vertx vertx) {
    tickCache = TickCache.proxy(vertx);
    ordersCache = OrdersCache.proxy(vertx);
    tradesCache = TradesCache.proxy(vertx);
  }

  /** What became of one step. */
  public enum Step {
    DONE,
    /** Nothing was done. */
    NOT_DONE,
    /** It may have been done: to be looked up, or done again where that is harmless. */
    UNKNOWN,
    /** Not tried. */
    SKIPPED
  }

  /**
   * What became of all.
   *
   * @param price null when it is not known
   */
  public record Outcome(BigDecimal price, Step order, Step trade) {}

  public static Future<Outcome> run(Vertx vertx) {
    GracefulDegradation robust = new GracefulDegradation(vertx);

    // 1. Try to get current price
    return robust
        .currentPrice()
        .compose(
            currentPrice -> {
              if (currentPrice == null) {
                LOG.warn("Warning: No price data for {}", SYMBOL);
                return Future.succeededFuture(new Outcome(null, Step.SKIPPED, Step.SKIPPED));
              }
              // 2. Try to create order
              return robust
                  .createOrder(currentPrice)
                  .compose(
                      order ->
                          // 3. Try to record trade (even if order failed)
                          robust
                              .recordTrade(currentPrice)
                              .map(trade -> new Outcome(currentPrice, order, trade)));
            })
        .onSuccess(outcome -> LOG.info("Robust operation completed: {}", outcome));
  }

  /** Null also when Redis has been away for so long that no price is served any more. */
  private Future<BigDecimal> currentPrice() {
    return tickCache
        .getPrice(SYMBOL, EXCHANGE)
        .recover(
            failure -> {
              LOG.warn("Error getting price: {}", failure.getMessage());
              return Failure.UNAVAILABLE.matches(failure)
                  ? Future.succeededFuture()
                  : Future.failedFuture(failure);
            });
  }

  private Future<Step> createOrder(BigDecimal currentPrice) {
    Order newOrder =
        Order.builder()
            .symbol(SYMBOL)
            .side(Side.BUY)
            .volume(new BigDecimal("0.1"))
            .price(currentPrice)
            .status("open")
            .build();

    return ordersCache
        .saveOrderData(EXCHANGE, "ROBUST_ORD", newOrder.toJson())
        .map(Step.DONE)
        .recover(failure -> degrade("creating order", failure));
  }

  private Future<Step> recordTrade(BigDecimal currentPrice) {
    Trade trade =
        Trade.builder("ROBUST_TRD", SYMBOL, Side.BUY)
            .volume(new BigDecimal("0.1"))
            .price(currentPrice)
            .build();

    return recordTrade(trade)
        // A trade is recorded once, however often this is called: after a TIMEOUT just again
        .recover(
            failure ->
                Failure.TIMEOUT.matches(failure)
                    ? recordTrade(trade)
                    : Future.failedFuture(failure))
        .recover(failure -> degrade("recording trade", failure));
  }

  private Future<Step> recordTrade(Trade trade) {
    return tradesCache.pushTradeList(SYMBOL, EXCHANGE, trade, true).map(Step.DONE);
  }

  /** System continues to function, unless the call itself is wrong. */
  private static Future<Step> degrade(String what, Throwable failure) {
    LOG.warn("Error {}: {}", what, failure.getMessage());
    if (Failure.UNAVAILABLE.matches(failure) || Failure.CONFLICT.matches(failure)) {
      return Future.succeededFuture(Step.NOT_DONE);
    }
    return Failure.TIMEOUT.matches(failure)
        ? Future.succeededFuture(Step.UNKNOWN)
        : Future.failedFuture(failure);
  }
}
