package io.fullon.cache.input;

import static io.fullon.cache.input.Action.action;
import static io.fullon.cache.input.Parameter.decimal;
import static io.fullon.cache.input.Parameter.exchange;
import static io.fullon.cache.input.Parameter.flag;
import static io.fullon.cache.input.Parameter.id;
import static io.fullon.cache.input.Parameter.integer;
import static io.fullon.cache.input.Parameter.object;
import static io.fullon.cache.input.Parameter.symbol;
import static io.fullon.cache.input.Parameter.text;
import static io.fullon.cache.input.Parameter.time;

import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.trades.TradesCache;
import java.util.List;

/** The actions of the services of orders and trades, with what each takes. */
final class TradingServices {

  private static final String ORDERS = OrdersCache.ADDRESS;
  private static final String TRADES = TradesCache.ADDRESS;

  private static final Parameter TIMEOUT = integer("timeoutMs", 0, 20_000).optional();
  private static final Parameter MAX = integer("max", 1, 5_000).optional();

  /** One of two texts. */
  private static Parameter side(String name) {
    Parameter text = text(name, 10).butNot("", "text", "Buy", "BUY", "long", " buy");
    return new Parameter(name, true, "sell", text.bad(), List.of(), false);
  }

  private static final Parameter[] ORDER_FIELDS = {
    id("ex_order_id"),
    id("ex_id").optional(),
    id("trade_id").optional(),
    symbol("symbol").optional(),
    side("side").optional(),
    text("order_type", 128).optional(),
    text("status", 128).optional(),
    decimal("volume").optional(),
    decimal("price").optional(),
    decimal("cost").optional(),
    decimal("fee").optional(),
    decimal("final_volume").optional(),
    decimal("fill_price").optional(),
    decimal("leverage").optional(),
    id("uid").optional(),
    id("bot_id").optional(),
    text("reason", 4_096).optional(),
    time("timestamp").optional()
  };

  private static final Parameter[] ORDER_FILTER = {
    symbol("symbol").optional(),
    id("bot_id").optional(),
    text("status", 128).optional(),
    flag("open").optional(),
    id("after").optional(),
    integer("max", 1, 1_000).optional()
  };

  private static final Parameter[] TRADE_FIELDS = {
    id("trade_id"),
    symbol("symbol"),
    side("side"),
    decimal("volume").butNot("0", "0.00", -1, "-0.5"),
    decimal("price"),
    decimal("cost").optional(),
    decimal("fee").optional(),
    id("ex_order_id").optional(),
    id("ex_id").optional(),
    text("order_type", 128).optional(),
    id("uid").optional(),
    time("time").optional()
  };

  static final List<Action> ORDERS_ACTIONS =
      List.of(
          action(ORDERS, "pushOpenOrder", id("exOrderId"), id("localOrderId")),
          action(ORDERS, "popOpenOrder", id("localOrderId"), TIMEOUT),
          action(ORDERS, "takeOpenOrder", id("localOrderId"), id("consumer"), TIMEOUT),
          action(ORDERS, "ackOpenOrder", id("localOrderId"), text("receipt", 64)),
          action(ORDERS, "getQueueLength", id("localOrderId")),
          action(ORDERS, "saveOrder", id("exId"), object("order", ORDER_FIELDS)),
          action(ORDERS, "saveOrderData", id("exId"), id("exOrderId"), data()),
          action(ORDERS, "getOrderStatus", id("exId"), id("exOrderId")),
          action(ORDERS, "getOrderByClientId", id("exId"), id("clientOrderId")),
          action(ORDERS, "bindOrder", id("exId"), id("clientOrderId"), id("exOrderId")),
          action(ORDERS, "getOrders", id("exId"), object("filter", ORDER_FILTER).optional()),
          action(
              ORDERS,
              "getOpenOrders",
              id("exId"),
              symbol("symbol").optional(),
              id("botId").optional()),
          action(ORDERS, "awaitOrder", id("exId"), id("exOrderId"), TIMEOUT),
          action(ORDERS, "deleteOrder", id("exId"), id("exOrderId")));

  static final List<Action> TRADES_ACTIONS =
      List.of(
          action(
              TRADES,
              "pushTradeList",
              symbol("symbol"),
              exchange("exchange"),
              trade(),
              flag("once").optional()),
          action(TRADES, "getTradesList", symbol("symbol"), exchange("exchange"), MAX),
          action(TRADES, "drainTradesList", symbol("symbol"), exchange("exchange"), MAX),
          action(
              TRADES,
              "pushMyTradesList",
              id("uid"),
              exchange("exchange"),
              trade(),
              flag("once").optional()),
          action(
              TRADES,
              "takeTrades",
              symbol("symbol"),
              exchange("exchange"),
              id("consumer"),
              MAX,
              TIMEOUT),
          action(TRADES, "ackTrades", symbol("symbol"), exchange("exchange"), text("receipt", 64)),
          action(
              TRADES,
              "takeMyTrades",
              id("uid"),
              exchange("exchange"),
              id("consumer"),
              MAX,
              TIMEOUT),
          action(TRADES, "ackMyTrades", id("uid"), exchange("exchange"), text("receipt", 64)),
          action(TRADES, "popMyTrade", id("uid"), exchange("exchange"), TIMEOUT),
          action(TRADES, "getTradeStatus", exchange("exchange")));

  private TradingServices() {}

  /** No id is required of data. */
  private static Parameter data() {
    Parameter[] fields = ORDER_FIELDS.clone();
    fields[0] = fields[0].optional();
    return object("data", fields);
  }

  static Parameter trade() {
    return object("trade", TRADE_FIELDS);
  }
}
