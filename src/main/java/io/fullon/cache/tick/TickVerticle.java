package io.fullon.cache.tick;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;

/** Serves {@link TickCache} on the event bus. */
public final class TickVerticle extends ServiceVerticle {

  public TickVerticle() {
    super(TickCache.ADDRESS, TickKeys.TICKERS, TickKeys.PYTHON_TIMES);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    TickOptions options = TickOptions.from(config.section("tick"));
    TickNode.Acquired node = TickNode.acquire(vertx, options, link.options());
    closeAtStop(node::release);
    RedisTickCache cache = new RedisTickCache(vertx, link, node.node(), options, meters());
    closeAtStop(cache::close);
    endpoint
        .on(
            "updateTicker",
            call ->
                cache.updateTicker(
                    call.exchange("exchange"), call.object("tick", Tick.class, Tick::read)))
        .on(
            "updateTickers",
            call -> cache.updateTickers(call.objects("ticks", Tick.class, Tick::read)))
        .onDirect(
            "getTicker",
            call ->
                cache.getTicker(call.symbol("symbol"), call.exchange("exchange"), maxAgeMs(call)))
        .onDirect(
            "getPrice",
            call ->
                cache.getPrice(call.symbol("symbol"), call.exchange("exchange"), maxAgeMs(call)))
        .onWaiting(
            "getNextTicker",
            call ->
                cache.getNextTicker(
                    call.symbol("symbol"),
                    call.exchange("exchange"),
                    call.integer("timeoutMs", 0, Endpoint.MAX_TIMEOUT_MS)))
        .onDirect("getAnyTicker", call -> cache.getAnyTicker(call.symbol("symbol")))
        .onDirect("getAllTickers", call -> cache.getAllTickers(call.exchange("exchange")))
        .on(
            "deleteTicker",
            call -> cache.deleteTicker(call.symbol("symbol"), call.exchange("exchange")))
        .on(
            "deleteExchangeTickers",
            call -> cache.deleteExchangeTickers(call.exchange("exchange")));
    return node.ready();
  }

  private static Long maxAgeMs(Fields call) {
    return call.integerOrNull("maxAgeMs", 0, Long.MAX_VALUE);
  }
}
