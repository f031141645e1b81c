package io.fullon.cache.examples;

import static io.fullon.cache.examples.PlainJson.call;

import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;

/** Stores a symbol and reads it again. */
public final class SymbolExample {

  private SymbolExample() {}

  public static Future<Symbol> typed(Vertx vertx) {
    SymbolCache symbols = SymbolCache.proxy(vertx);
    Symbol symbol =
        Symbol.builder("binance", "BTC/USDT")
            .base("BTC")
            .quote("USDT")
            .precision(2)
            .tickSize(new BigDecimal("0.01"))
            .build();

    return symbols.putSymbol(symbol).compose(v -> symbols.getSymbol("BTC/USDT", "binance"));
  }

  public static Future<JsonObject> plainJson(Vertx vertx) {
    JsonObject symbol =
        new JsonObject()
            .put("symbol", "BTC/USDT")
            .put("exchange", "binance")
            .put("base", "BTC")
            .put("quote", "USDT")
            .put("precision", 2)
            .put("tick_size", "0.01");
    JsonObject which = new JsonObject().put("symbol", "BTC/USDT").put("exchange", "binance");

    return call(vertx, "fullon.symbol", "putSymbol", new JsonObject().put("symbol", symbol))
        .compose(v -> call(vertx, "fullon.symbol", "getSymbol", which));
  }
}
