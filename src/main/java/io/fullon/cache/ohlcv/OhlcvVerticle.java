package io.fullon.cache.ohlcv;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.events.Events;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import java.util.List;

/** Serves {@link OhlcvCache} on the event bus. */
public final class OhlcvVerticle extends ServiceVerticle {

  public OhlcvVerticle() {
    super(OhlcvCache.ADDRESS);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    OhlcvOptions options = OhlcvOptions.from(config.section("ohlcv"));
    RedisOhlcvCache cache = new RedisOhlcvCache(link, options.keep());
    endpoint
        .on("updateOhlcvBars", call -> cache.updateOhlcvBars(bars(call)))
        .on(
            "getLatestOhlcvBars",
            call ->
                cache.getLatestOhlcvBars(
                    call.symbol("symbol"),
                    call.exchange("exchange"),
                    timeframe(call),
                    (int) call.integer("count", 1, OhlcvCache.MAX_BARS)))
        .on(
            "getOhlcvBars",
            call ->
                cache.getOhlcvBars(
                    call.symbol("symbol"),
                    call.exchange("exchange"),
                    timeframe(call),
                    call.time("from"),
                    call.time("to")))
        .on(
            "deleteOhlcvBars",
            call ->
                cache.deleteOhlcvBars(
                    call.symbol("symbol"), call.exchange("exchange"), timeframe(call)));
    return Events.open(
        vertx,
        true,
        link.options(),
        OhlcvCache.ADDRESS,
        events -> new BarEvents(vertx, events),
        this::closeAtStop);
  }

  private static Timeframe timeframe(Fields call) {
    return Timeframe.read("timeframe", call.raw("timeframe"));
  }

  private static RedisOhlcvCache.Brought bars(Fields call) {
    String symbol = call.symbol("symbol");
    String exchange = call.exchange("exchange");
    Timeframe timeframe = timeframe(call);
    int count = call.list("bars").size();
    if (count > OhlcvCache.MAX_BARS) {
      throw new InvalidValueException(
          "bars", "must be at most " + OhlcvCache.MAX_BARS + " bars", count);
    }
    List<Bar> bars = call.objects("bars", fields -> Bar.read(fields, exchange, symbol, timeframe));
    return new RedisOhlcvCache.Brought(symbol, exchange, timeframe, bars);
  }
}
