package io.fullon.cache.examples;

import static io.fullon.cache.examples.PlainJson.call;

import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.flow.Quote;
import io.fullon.cache.flow.Settlement;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** Symbol and price together; and a filled order that becomes a trade and a position. */
public final class FlowExample {

  private FlowExample() {}

  /** Integrate symbol metadata with ticker data: aligned to the tick size, in its precision. */
  public static Future<Quote> typedQuote(Vertx vertx) {
    return FlowCache.proxy(vertx).getQuote("BTC/USDT", "binance");
  }

  public static Future<JsonObject> plainJsonQuote(Vertx vertx) {
    JsonObject which = new JsonObject().put("symbol", "BTC/USDT").put("exchange", "binance");

    return call(vertx, "fullon.flow", "getQuote", which);
  }

  /** May be repeated until it succeeds: trade and position count once. */
  public static Future<Settlement> typedSettlement(Vertx vertx) {
    return FlowCache.proxy(vertx).settleOrder("binance", "ORD_1", 1);
  }

  public static Future<JsonObject> plainJsonSettlement(Vertx vertx) {
    JsonObject order =
        new JsonObject().put("exId", "binance").put("exOrderId", "ORD_1").put("accountId", 1);

    return call(vertx, "fullon.flow", "settleOrder", order);
  }
}
