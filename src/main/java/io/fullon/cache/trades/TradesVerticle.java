package io.fullon.cache.trades;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.events.Events;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;

/** Serves {@link TradesCache} on the event bus; reads the section {@code fills} too. */
public final class TradesVerticle extends ServiceVerticle {

  public TradesVerticle() {
    super(TradesCache.ADDRESS);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    TradesOptions options = TradesOptions.from(config.section("trades"));
    FillOptions fills = FillOptions.from(config.section("fills"));
    return RedisTradesCache.open(vertx, link, options, fills, meters())
        .onSuccess(
            cache -> {
              closeAtStop(cache::close);
              addMethods(endpoint, cache);
            })
        .compose(
            cache ->
                Events.open(
                    vertx,
                    options.events(),
                    link.options(),
                    TradesCache.ADDRESS,
                    events -> new TradeEvents(),
                    this::closeAtStop));
  }

  private static void addMethods(Endpoint endpoint, TradesCache cache) {
    endpoint
        .onConflicting(
            "pushTradeList",
            call ->
                cache.pushTradeList(
                    call.symbol("symbol"),
                    call.exchange("exchange"),
                    call.object("trade", Trade.class, Trade::read),
                    call.flagOrNull("once")))
        .on(
            "getTradesList",
            call ->
                cache.getTradesList(call.symbol("symbol"), call.exchange("exchange"), max(call)))
        .on(
            "drainTradesList",
            call ->
                cache.drainTradesList(call.symbol("symbol"), call.exchange("exchange"), max(call)))
        .onWaiting(
            "takeTrades",
            call ->
                cache.takeTrades(
                    call.symbol("symbol"),
                    call.exchange("exchange"),
                    call.id("consumer"),
                    max(call),
                    Endpoint.timeoutMs(call)))
        .on(
            "ackTrades",
            call ->
                cache.ackTrades(call.symbol("symbol"), call.exchange("exchange"), receipt(call)))
        .onConflicting(
            "pushMyTradesList",
            call ->
                cache.pushMyTradesList(
                    call.id("uid"),
                    call.exchange("exchange"),
                    call.object("trade", Trade.class, Trade::read),
                    call.flagOrNull("once")))
        .onWaiting(
            "popMyTrade",
            call ->
                cache.popMyTrade(
                    call.id("uid"), call.exchange("exchange"), Endpoint.timeoutMs(call)))
        .onWaiting(
            "takeMyTrades",
            call ->
                cache.takeMyTrades(
                    call.id("uid"),
                    call.exchange("exchange"),
                    call.id("consumer"),
                    max(call),
                    Endpoint.timeoutMs(call)))
        .on(
            "ackMyTrades",
            call -> cache.ackMyTrades(call.id("uid"), call.exchange("exchange"), receipt(call)))
        .on("getTradeStatus", call -> cache.getTradeStatus(call.exchange("exchange")));
  }

  private static String receipt(Fields call) {
    return call.text("receipt", TradesClaim.MAX_RECEIPT);
  }

  private static int max(Fields call) {
    return (int) call.integer("max", 1, TradesCache.MAX_MAX, TradesCache.DEFAULT_MAX);
  }
}
