package io.fullon.cache.trades;

import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.queue.Waiters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Trades in Redis: lists of JSON, all those of one exchange in one Cluster slot. */
final class RedisTradesCache implements TradesCache {

  private static final Script PUSH = Script.load("trade-push");
  private static final Script DRAIN = Script.load("trade-drain");

  private final RedisLink link;
  private final TradesKeys keys;
  private final String maxList;
  private final String rememberMs;
  private final LongAdder dropped;
  private Waiters<Trade> waiters;

  private RedisTradesCache(
      RedisLink link, TradesOptions options, FillOptions fills, Meters meters) {
    this.link = link;
    this.keys = new TradesKeys(link.options().prefix());
    this.maxList = String.valueOf(options.maxList());
    this.rememberMs = String.valueOf(fills.rememberMs());
    this.dropped =
        meters.counter(
            "fullon.cache.trades.dropped", "Trades that fell off the beginning of a full list");
  }

  static Future<RedisTradesCache> open(
      Vertx vertx, RedisLink link, TradesOptions options, FillOptions fills, Meters meters) {
    RedisTradesCache cache = new RedisTradesCache(link, options, fills, meters);
    return Waiters.open(
            vertx, link, cache.keys.pushed(), options.maxWaiting(), key -> key, cache::take)
        .map(
            opened -> {
              cache.waiters = opened;
              return cache;
            });
  }

  Future<Void> close() {
    return waiters.close();
  }

  // Lists

  @Override
  public Future<Integer> pushTradeList(String symbol, String exchange, Trade trade, Boolean once) {
    if (!symbol.equals(trade.symbol())) {
      throw new InvalidValueException(
          "trade.symbol", "must be the call's " + symbol, trade.symbol());
    }
    return push(
        List.of(keys.list(exchange, symbol), keys.status(exchange)),
        keys.recorded(exchange, symbol, trade.tradeId(), trade.side().toString(), orderOf(trade)),
        once,
        List.of(trade.encode(), maxList, rememberMs));
  }

  private Future<Integer> push(
      List<String> pushed, String recorded, Boolean once, List<String> arguments) {
    List<String> all = new ArrayList<>(pushed);
    if (Boolean.TRUE.equals(once)) {
      all.add(recorded);
    }
    return link.run(PUSH, all, arguments)
        .map(
            answer -> {
              dropped.add(answer.get(1).toInteger());
              return answer.get(0).toInteger();
            });
  }

  @Override
  public Future<List<Trade>> getTradesList(String symbol, String exchange, int max) {
    return link.read(Command.LRANGE, keys.list(exchange, symbol), 0, max - 1)
        .map(RedisTradesCache::decodeAll);
  }

  @Override
  public Future<List<Trade>> drainTradesList(String symbol, String exchange, int max) {
    return link.run(DRAIN, List.of(keys.list(exchange, symbol)), List.of(String.valueOf(max)))
        .map(RedisTradesCache::decodeAll);
  }

  // A user's own

  @Override
  public Future<Integer> pushMyTradesList(String uid, String exchange, Trade trade, Boolean once) {
    String own = keys.own(exchange, uid);
    return push(
        List.of(own, keys.status(exchange)),
        keys.recordedOwn(
            exchange,
            uid,
            trade.symbol(),
            trade.tradeId(),
            trade.side().toString(),
            orderOf(trade)),
        once,
        List.of(trade.encode(), maxList, rememberMs, keys.pushed(), own));
  }

  @Override
  public Future<Trade> popMyTrade(String uid, String exchange, long timeoutMs) {
    return waiters.next(keys.own(exchange, uid), "", timeoutMs);
  }

  private Future<Waiters.Batch<Trade>> take(String key, List<String> requests) {
    return link.write(Command.LPOP, key, requests.size())
        .map(trades -> new Waiters.Batch<>(trades == null ? List.of() : decodeAll(trades), -1));
  }

  @Override
  public Future<Instant> getTradeStatus(String exchange) {
    return link.read(Command.GET, keys.status(exchange))
        .map(micros -> micros == null ? null : Times.ofMicros(micros.toLong()));
  }

  private static String orderOf(Trade trade) {
    return trade.exOrderId() == null ? "" : trade.exOrderId();
  }

  private static Trade decode(Response text) {
    return Trade.read(Json.parse("trade", text.toString()));
  }

  private static List<Trade> decodeAll(Response texts) {
    List<Trade> trades = new ArrayList<>(texts.size());
    texts.forEach(text -> trades.add(decode(text)));
    return trades;
  }
}
