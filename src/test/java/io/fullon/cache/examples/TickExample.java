package io.fullon.cache.examples;

import static io.fullon.cache.examples.PlainJson.call;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;

/** Stores a tick and reads its price. */
public final class TickExample {

  private TickExample() {}

  public static Future<BigDecimal> typed(Vertx vertx) {
    TickCache ticks = TickCache.proxy(vertx);
    Tick tick =
        Tick.builder("binance", "BTC/USDT")
            .price(new BigDecimal("50000.10"))
            .time(Instant.now())
            .bid(new BigDecimal("49999.0"))
            .ask(new BigDecimal("50001.0"))
            .build();

    return ticks
        .updateTicker("binance", tick)
        .compose(stored -> ticks.getPrice("BTC/USDT", "binance"));
  }

  public static Future<String> plainJson(Vertx vertx) {
    JsonObject tick =
        new JsonObject()
            .put("symbol", "BTC/USDT")
            .put("exchange", "binance")
            .put("price", "50000.10")
            .put("time", System.currentTimeMillis() / 1e3)
            .put("bid", "49999.0")
            .put("ask", "50001.0");
    JsonObject update = new JsonObject().put("exchange", "binance").put("tick", tick);
    JsonObject which = new JsonObject().put("symbol", "BTC/USDT").put("exchange", "binance");

    return call(vertx, "fullon.tick", "updateTicker", update)
        .compose(stored -> call(vertx, "fullon.tick", "getPrice", which));
  }
}
