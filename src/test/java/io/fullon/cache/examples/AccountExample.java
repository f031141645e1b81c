package io.fullon.cache.examples;

import static io.fullon.cache.examples.PlainJson.call;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;

/** Counts a fill in a position. */
public final class AccountExample {

  private AccountExample() {}

  public static Future<Position> typed(Vertx vertx) {
    AccountCache accounts = AccountCache.proxy(vertx);
    Trade fill =
        Trade.builder("TRD_1", "BTC/USDT", Side.BUY)
            .volume(new BigDecimal("0.1"))
            .price(new BigDecimal("50000.0"))
            .fee(new BigDecimal("5.0"))
            .time(Instant.ofEpochSecond(1_626_916_403))
            .build();

    return accounts.applyFill(1, fill).compose(applied -> accounts.getPosition("BTC/USDT", 1));
  }

  public static Future<JsonObject> plainJson(Vertx vertx) {
    JsonObject fill =
        new JsonObject()
            .put("trade_id", "TRD_1")
            .put("symbol", "BTC/USDT")
            .put("side", "buy")
            .put("volume", "0.1")
            .put("price", "50000.0")
            .put("fee", "5.0")
            .put("time", 1_626_916_403);
    JsonObject apply = new JsonObject().put("exId", 1).put("trade", fill);
    JsonObject which = new JsonObject().put("symbol", "BTC/USDT").put("exId", 1);

    return call(vertx, "fullon.account", "applyFill", apply)
        .compose(applied -> call(vertx, "fullon.account", "getPosition", which));
  }
}
