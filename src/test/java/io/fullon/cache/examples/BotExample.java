package io.fullon.cache.examples;

import static io.fullon.cache.examples.PlainJson.call;

import io.fullon.cache.bot.BotCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** Takes a block for half a minute, sees who has it, and gives it back. */
public final class BotExample {

  private BotExample() {}

  public static Future<String> typed(Vertx vertx) {
    BotCache bots = BotCache.proxy(vertx);

    return bots.acquireBlock("binance", "BTC/USDT", "bot_1", 30_000)
        .compose(
            block ->
                bots.isBlocked("binance", "BTC/USDT")
                    .eventually(
                        () -> bots.unblockExchange("binance", "BTC/USDT", "bot_1", block.token())));
  }

  public static Future<String> plainJson(Vertx vertx) {
    JsonObject which = new JsonObject().put("exchange", "binance").put("symbol", "BTC/USDT");
    JsonObject own = which.copy().put("botId", "bot_1");

    return PlainJson.<JsonObject>call(
            vertx, "fullon.bot", "acquireBlock", own.copy().put("ttlMs", 30_000))
        .compose(
            block ->
                PlainJson.<String>call(vertx, "fullon.bot", "isBlocked", which)
                    .eventually(
                        () ->
                            call(
                                vertx,
                                "fullon.bot",
                                "unblockExchange",
                                own.copy().put("token", block.getLong("token")))));
  }
}
