package io.fullon.cache.symbol;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;

/** Serves {@link SymbolCache} on the event bus. */
public final class SymbolVerticle extends ServiceVerticle {

  public SymbolVerticle() {
    super(SymbolCache.ADDRESS, SymbolKeys.SYMBOLS);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    SymbolCache cache = new RedisSymbolCache(link, meters());
    endpoint
        .on("putSymbol", call -> cache.putSymbol(call.object("symbol", Symbol.class, Symbol::read)))
        .on(
            "putSymbols",
            call -> cache.putSymbols(call.objects("symbols", Symbol.class, Symbol::read)))
        .on("getSymbol", call -> cache.getSymbol(call.symbol("symbol"), call.exchange("exchange")))
        .on("getSymbols", call -> cache.getSymbols(call.exchange("exchange")))
        .on(
            "deleteSymbol",
            call -> cache.deleteSymbol(call.symbol("symbol"), call.exchange("exchange")));
    return Future.succeededFuture();
  }
}
