package io.fullon.cache.bot;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceOptions;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import java.util.function.Function;

/** Serves {@link BotCache} on the event bus. */
public final class BotVerticle extends ServiceVerticle {

  public BotVerticle() {
    super(BotCache.ADDRESS);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    ServiceOptions.from(config.section("bot"));
    BotCache cache = new RedisBotCache(link, meters());
    endpoint
        .on("blockExchange", ofBot(cache::blockExchange))
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
                    token(call)))
        .on("unmarkOpeningPosition", ofBot(cache::unmarkOpeningPosition))
        .on(
            "isOpeningPosition",
            call -> cache.isOpeningPosition(call.exchange("exchange"), call.symbol("symbol")))
        .on("updateBot", call -> cache.updateBot(call.id("botId"), call.json("status")))
        .on("getBots", call -> cache.getBots())
        .on("deleteBot", call -> cache.deleteBot(call.id("botId")));
    return Future.succeededFuture();
  }

  private interface OfBot {
    Future<Boolean> call(String exchange, String symbol, String botId);
  }

  private static Function<Fields, Future<?>> ofBot(OfBot method) {
    return call -> method.call(call.exchange("exchange"), call.symbol("symbol"), call.id("botId"));
  }

  private static Long token(Fields call) {
    return call.integerOrNull("token", 0, Long.MAX_VALUE);
  }

  private static long ttl(Fields call) {
    return call.integer("ttlMs", 1, BotCache.MAX_TTL_MS);
  }
}
