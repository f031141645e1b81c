package io.fullon.cache.symbol;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Serves {@link SymbolCache} on the event bus. Its configuration is the whole tree; it reads {@code
 * redis} and {@code log}.
 */
public final class SymbolVerticle extends VerticleBase {

  private RedisLink link;
  private Endpoint endpoint;

  @Override
  public Future<?> start() {
    Fields config = Fields.of("", config());
    RedisLinkOptions redis = RedisLinkOptions.from(config.section("redis"));
    long slowOperationMs = Endpoint.slowOperationMs(config);
    return RedisLink.open(vertx, redis, "symbol service")
        .compose(
            opened -> {
              link = opened;
              endpoint = endpoint(new RedisSymbolCache(link), slowOperationMs);
              return endpoint.open();
            });
  }

  private Endpoint endpoint(SymbolCache cache, long slowOperationMs) {
    return new Endpoint(vertx, SymbolCache.ADDRESS, slowOperationMs)
        .on("putSymbol", call -> cache.putSymbol(call.object("symbol", Symbol::read)))
        .on("putSymbols", call -> cache.putSymbols(call.objects("symbols", Symbol::read)))
        .on("getSymbol", call -> cache.getSymbol(call.symbol("symbol"), call.exchange("exchange")))
        .on("getSymbols", call -> cache.getSymbols(call.exchange("exchange")))
        .on(
            "deleteSymbol",
            call -> cache.deleteSymbol(call.symbol("symbol"), call.exchange("exchange")));
  }

  @Override
  public Future<?> stop() {
    return endpoint.close().eventually(link::close);
  }
}
