package io.fullon.cache.bot;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.events.EventOptions;
import io.fullon.cache.events.Events;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;

/** Serves {@link BotCache} on the event bus. */
public final class BotVerticle extends ServiceVerticle {

  public BotVerticle() {
    super(BotCache.ADDRESS);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    EventOptions options = EventOptions.from(config.section("bot"));
    return RedisBotCache.open(link, meters())
        .onSuccess(cache -> addMethods(endpoint, cache))
        .compose(
            cache ->
                Events.open(
                    vertx,
                    options.events(),
                    link.options(),
                    BotCache.ADDRESS,
                    events -> new BlockEvents(vertx, events),
                    this::closeAtStop));
  }

  private static void addMethods(Endpoint endpoint, BotCache cache) {
    endpoint
        .on(
            "blockExchange",
            call ->
                cache.blockExchange(
                    call.exchange("exchange"), call.symbol("symbol"), call.id("botId")))
        .on(
            "acquireBlock",
            call ->
                cache.acquireBlock(
                    call.exchange("exchange"), call.symbol("symbol"), call.id("botId"), ttl(call)))
        .on(
            "renewBlock",
            call ->
                cache.renewBlock(
                    call.exchange("exchange"),
                    call.symbol("symbol"),
                    call.id("botId"),
                    call.integer("token", 0, Long.MAX_VALUE),
                    ttl(call)))
        .on(
            "checkBlock",
            call ->
                cache.checkBlock(
                    call.exchange("exchange"),
                    call.symbol("symbol"),
                    call.integer("token", 0, Long.MAX_VALUE)))
        .on("isBlocked", call -> cache.isBlocked(call.exchange("exchange"), call.symbol("symbol")))
        .on(
            "unblockExchange",
            call ->
                cache.unblockExchange(
                    call.exchange("exchange"),
                    call.symbol("symbol"),
                    call.id("botId"),
                    token(call)))
        .on("getBlocks", call -> cache.getBlocks())
        .on(
            "markOpeningPosition",
            call ->
                cache.markOpeningPosition(
                    call.exchange("exchange"),
                    call.symbol("symbol"),
                    call.id("botId"),
                    token(call),
                    call.integerOrNull("ttlMs", 1, BotCache.MAX_TTL_MS)))
        .on(
            "unmarkOpeningPosition",
            call ->
                cache.unmarkOpeningPosition(
                    call.exchange("exchange"),
                    call.symbol("symbol"),
                    call.id("botId"),
                    token(call)))
        .on(
            "isOpeningPosition",
            call -> cache.isOpeningPosition(call.exchange("exchange"), call.symbol("symbol")))
        .on("getMarks", call -> cache.getMarks())
        .on("updateBot", call -> cache.updateBot(call.id("botId"), call.json("status")))
        .on("getBots", call -> cache.getBots())
        .on("deleteBot", call -> cache.deleteBot(call.id("botId")));
  }

  private static Long token(Fields call) {
    return call.integerOrNull("token", 0, Long.MAX_VALUE);
  }

  private static long ttl(Fields call) {
    return call.integer("ttlMs", 1, BotCache.MAX_TTL_MS);
  }
}
