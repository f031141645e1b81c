package io.fullon.cache.ohlcv;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Bars in Redis: a sorted set for each market and timeframe. */
final class RedisOhlcvCache {

  /** Called deprecated since there is ZRANGE with BYSCORE, which Redis before 6.2 lacks. */
  private static final Command BY_SCORE = Command.create("zrangebyscore");

  private final RedisLink link;
  private final OhlcvKeys keys;
  private final BarStore store;

  RedisOhlcvCache(RedisLink link, int keep) {
    this.link = link;
    this.keys = new OhlcvKeys(link.options().prefix());
    this.store = new BarStore(link, keep);
  }

  /** What a call brings. */
  record Brought(String symbol, String exchange, Timeframe timeframe, List<Bar> bars) {}

  Future<Integer> updateOhlcvBars(Brought brought) {
    return brought.bars.isEmpty()
        ? Future.succeededFuture(0)
        : store.bring(brought.exchange, brought.symbol, brought.timeframe, brought.bars, nowMs());
  }

  Future<List<Bar>> getLatestOhlcvBars(
      String symbol, String exchange, Timeframe timeframe, int count) {
    return link.read(Command.ZRANGE, key(symbol, exchange, timeframe), -count, -1)
        .map(texts -> bars(exchange, symbol, timeframe, texts));
  }

  Future<List<Bar>> getOhlcvBars(
      String symbol, String exchange, Timeframe timeframe, Instant from, Instant to) {
    return link.read(
            BY_SCORE,
            key(symbol, exchange, timeframe),
            Times.plain(from),
            "(" + Times.plain(to),
            "LIMIT",
            0,
            OhlcvCache.MAX_BARS)
        .map(texts -> bars(exchange, symbol, timeframe, texts));
  }

  Future<Boolean> deleteOhlcvBars(String symbol, String exchange, Timeframe timeframe) {
    return store.delete(exchange, symbol, timeframe);
  }

  private String key(String symbol, String exchange, Timeframe timeframe) {
    return keys.bars(exchange, symbol, timeframe.toString());
  }

  private static List<Bar> bars(
      String exchange, String symbol, Timeframe timeframe, Response texts) {
    long now = nowMs();
    List<Bar> bars = new ArrayList<>(texts.size());
    for (Response text : texts) {
      bars.add(StoredBar.read(exchange, symbol, timeframe, text.toString(), now));
    }
    return bars;
  }

  private static long nowMs() {
    return System.currentTimeMillis();
  }
}
