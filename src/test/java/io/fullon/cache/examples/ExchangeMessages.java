package io.fullon.cache.examples;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Adjustment;
import io.fullon.cache.account.AdjustmentKind;
import io.fullon.cache.account.AppliedFill;
import io.fullon.cache.account.Position;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.flow.ReportedFill;
import io.fullon.cache.flow.Settlement;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** What an exchange sends, and what is called with it. Each call may be repeated. */
public final class ExchangeMessages {

  private final OrdersCache orders;
  private final FlowCache flow;
  private final AccountCache accounts;

  public ExchangeMessages(Vertx vertx) {
    orders = OrdersCache.proxy(vertx);
    flow = FlowCache.proxy(vertx);
    accounts = AccountCache.proxy(vertx);
  }

  /** One execution of an order. */
  public Future<ReportedFill> execution(Instant time) {
    Trade execution =
        Trade.builder("T1", "BTC/USDT", Side.BUY)
            .volume(new BigDecimal("0.1"))
            .price(new BigDecimal("64182.27"))
            .fee(new BigDecimal("0.002"))
            .feeCurrency("BNB")
            .time(time)
            .build();

    return flow.reportFill("binance", "ORD_5", 5, execution);
  }

  /** What an order has come to so far. */
  public Future<Settlement> orderUpdate(Instant time) {
    JsonObject update =
        new JsonObject()
            .put("symbol", "BTC/USDT")
            .put("side", "buy")
            .put("volume", "0.4")
            .put("status", "PARTIALLY_FILLED")
            .put("final_volume", "0.1")
            .put("fill_price", "64190.00")
            .put("fees", new JsonObject().put("BNB", "0.002"))
            .put("filled_at", Times.seconds(time));

    return orders
        .saveOrderData("binance", "ORD_6", update)
        .compose(order -> flow.settleOrder("binance", "ORD_6", 5));
  }

  /** The same order was filled once more before it was cancelled. */
  public Future<Settlement> cancelThatCrossedAFill(Instant time) {
    JsonObject canceled =
        new JsonObject()
            .put("status", "CANCELED")
            .put("final_volume", "0.3")
            .put("fill_price", "64193.00")
            .put("fees", new JsonObject().put("BNB", "0.006"))
            .put("filled_at", Times.seconds(time));

    return orders
        .saveOrderData("binance", "ORD_6", canceled)
        .compose(order -> flow.settleOrder("binance", "ORD_6", 5));
  }

  /** What another order has come to, whose executions are told too. */
  public Future<Order> orderUpdateAndExecution(Instant time) {
    Trade execution =
        Trade.builder("T3", "SOL/USDT", Side.BUY)
            .volume(new BigDecimal("2"))
            .price(new BigDecimal("151.2"))
            .fee(new BigDecimal("0.003"))
            .feeCurrency("BNB")
            .time(time)
            .build();
    JsonObject update =
        new JsonObject()
            .put("volume", "2")
            .put("status", "FILLED")
            .put("final_volume", "2")
            .put("fill_price", "151.2");

    return flow.reportFill("binance", "ORD_7", 5, execution)
        .compose(reported -> orders.saveOrderData("binance", "ORD_7", update));
  }

  /** An execution that belongs to no order, such as a liquidation. */
  public Future<AppliedFill> executionWithoutOrder(Instant time) {
    Trade liquidation =
        Trade.builder("T2", "ETH/USDT:USDT", Side.SELL)
            .volume(new BigDecimal("3"))
            .price(new BigDecimal("3200.5"))
            .contractSize(new BigDecimal("0.01"))
            .time(time)
            .build();

    return accounts.applyFill(5, liquidation);
  }

  /** One position. */
  public Future<Integer> positionPush(Instant asOf) {
    Position pushed =
        Position.builder("ETH/USDT:USDT")
            .size(new BigDecimal("-3"))
            .entryPrice(new BigDecimal("3200.5"))
            .contractSize(new BigDecimal("0.01"))
            .build();

    return accounts.upsertPositions(5, List.of(pushed), asOf);
  }

  /** What holders of contracts pay each other. */
  public Future<Position> funding(Instant time) {
    Adjustment funding =
        Adjustment.builder("FUND_1", "ETH/USDT:USDT")
            .set(Adjustment.KIND, AdjustmentKind.FUNDING)
            .set(Adjustment.REALIZED_PNL, new BigDecimal("-0.0175"))
            .set(Adjustment.TIME, time)
            .build();

    return accounts.adjustPosition(5, funding);
  }

  /** All positions that are open. */
  public Future<Integer> allPositions(Instant asOf) {
    List<Position> open =
        List.of(Position.of("BTC/USDT", new BigDecimal("0.4"), new BigDecimal("64190.32")));

    return accounts.replacePositions(5, open, asOf);
  }

  /** What is in the account. */
  public Future<Boolean> balances(Instant asOf) {
    JsonObject balances =
        new JsonObject().put("USDT", new JsonObject().put("free", "10.5").put("total", "12"));

    return accounts.upsertUserAccount(5, balances, asOf);
  }
}
