package io.fullon.cache.tick;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Serves {@link TickCache} on the event bus. Its configuration is the whole tree; it reads {@code
 * redis}, {@code tick} and {@code log}.
 */
public final class TickVerticle extends VerticleBase {

  /** The longest that a call may wait, so that the answer precedes the bus's own timeout. */
  private static final long MAX_TIMEOUT_MS = 20_000;

  private TickNode.Acquired node;
  private RedisLink link;
  private Endpoint endpoint;

  @Override
  public Future<?> start() {
    Fields config = Fields.of("", config());
    TickOptions options = TickOptions.from(config.section("tick"));
    RedisLinkOptions redis = RedisLinkOptions.from(config.section("redis"));
    node = TickNode.acquire(vertx, options, redis);
    return node.ready()
        .compose(ready -> RedisLink.open(vertx, redis, "tick service"))
        .compose(
            opened -> {
              link = opened;
              TickCache cache = new RedisTickCache(vertx, link, node.node(), options);
              endpoint = endpoint(cache, Endpoint.slowOperationMs(config));
              return endpoint.open();
            })
        .recover(cause -> stop().transform(stopped -> Future.failedFuture(cause)));
  }

  private Endpoint endpoint(TickCache cache, long slowOperationMs) {
    return new Endpoint(vertx, TickCache.ADDRESS, slowOperationMs)
        .on(
            "updateTicker",
            call -> cache.updateTicker(call.exchange("exchange"), call.object("tick", Tick::read)))
        .on("updateTickers", call -> cache.updateTickers(call.objects("ticks", Tick::read)))
        .on("getTicker", call -> cache.getTicker(call.symbol("symbol"), call.exchange("exchange")))
        .on("getPrice", call -> cache.getPrice(call.symbol("symbol"), call.exchange("exchange")))
        .onWaiting(
            "getNextTicker",
            call ->
                cache.getNextTicker(
                    call.symbol("symbol"),
                    call.exchange("exchange"),
                    call.integer("timeoutMs", 0, MAX_TIMEOUT_MS)))
        .on("getAnyTicker", call -> cache.getAnyTicker(call.symbol("symbol")))
        .on("getAllTickers", call -> cache.getAllTickers(call.exchange("exchange")))
        .on(
            "deleteTicker",
            call -> cache.deleteTicker(call.symbol("symbol"), call.exchange("exchange")))
        .on(
            "deleteExchangeTickers",
            call -> cache.deleteExchangeTickers(call.exchange("exchange")));
  }

  @Override
  public Future<?> stop() {
    return (endpoint == null ? Future.succeededFuture() : endpoint.close())
        .eventually(() -> link == null ? Future.succeededFuture() : link.close())
        .eventually(node::release);
  }
}
