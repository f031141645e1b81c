package io.fullon.cache.examples;

import static io.fullon.cache.examples.PlainJson.call;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;

/** Records a trade twice, so that it is there once, and takes it out of the list. */
public final class TradesExample {

  private TradesExample() {}

  public static Future<List<Trade>> typed(Vertx vertx) {
    TradesCache trades = TradesCache.proxy(vertx);
    Trade trade =
        Trade.builder("TRD_1", "BTC/USDT", Side.BUY)
            .volume(new BigDecimal("0.1"))
            .price(new BigDecimal("50000.0"))
            .build();

    return trades
        .pushTradeList("BTC/USDT", "binance", trade, true)
        .compose(length -> trades.pushTradeList("BTC/USDT", "binance", trade, true))
        .compose(again -> trades.drainTradesList("BTC/USDT", "binance", 1_000));
  }

  public static Future<JsonArray> plainJson(Vertx vertx) {
    JsonObject trade =
        new JsonObject()
            .put("trade_id", "TRD_1")
            .put("symbol", "BTC/USDT")
            .put("side", "buy")
            .put("volume", "0.1")
            .put("price", "50000.0");
    JsonObject which = new JsonObject().put("symbol", "BTC/USDT").put("exchange", "binance");
    JsonObject push = which.copy().put("trade", trade).put("once", true);

    return call(vertx, "fullon.trades", "pushTradeList", push)
        .compose(length -> call(vertx, "fullon.trades", "pushTradeList", push))
        .compose(again -> call(vertx, "fullon.trades", "drainTradesList", which));
  }
}
