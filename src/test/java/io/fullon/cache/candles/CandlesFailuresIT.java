package io.fullon.cache.candles;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Heap;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Markets whose bars cannot be read or written. */
class CandlesFailuresIT {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final String BARS = "fullon:{ohlcv:binance:BTC/USDT}:1m";

  /** A midnight, long ago. */
  private static final long DAY = 1_699_920_000;

  private static final int LEASE_MS = 300;

  @AutoClose private final SharedRedis redis = new SharedRedis();

  private CacheNode node() {
    return redis.node("ohlcv", "lease_ms", LEASE_MS);
  }

  private static Tick tick(String symbol, double second, String price) {
    Instant time = Instant.ofEpochMilli((long) ((DAY + second) * 1_000));
    return Tick.of(EXCHANGE, symbol, new BigDecimal(price), time);
  }

  private static void tick(CacheNode node, double second, String price) {
    assertThat(get(node.ticks().updateTicker(EXCHANGE, tick(SYMBOL, second, price)))).isTrue();
  }

  private static List<String> bars(CacheNode node, String symbol, Timeframe timeframe) {
    return get(
            OhlcvCache.proxy(node.vertx()).getLatestOhlcvBars(symbol, EXCHANGE, timeframe, 1_000))
        .stream()
        .map(CandlesFailuresIT::shown)
        .toList();
  }

  private static String shown(Bar bar) {
    return String.join(
        " ",
        "" + (bar.time().getEpochSecond() - DAY) / 60,
        bar.open().toPlainString(),
        bar.high().toPlainString(),
        bar.low().toPlainString(),
        bar.close().toPlainString(),
        "" + bar.ticks());
  }

  private static void awaitBars(CacheNode node, Timeframe timeframe, String... bars) {
    await().untilAsserted(() -> assertThat(bars(node, SYMBOL, timeframe)).containsExactly(bars));
  }

  /** Nothing can be done with the bars until {@link #mend}. */
  private static void spoil(CacheNode node) {
    node.redis(Command.SET, BARS, "no bars");
  }

  private static void mend(CacheNode node) {
    node.redis(Command.DEL, BARS);
  }

  @Test
  void nothingIsMissingOfTheTimeInWhichBarsCouldNotBeRead() {
    CacheNode node = node();
    spoil(node);
    int ticks = 350;
    for (int i = 0; i < ticks; i++) {
      tick(node, i, i == 5 ? "99" : i == 340 ? "1" : "50");
    }

    mend(node);

    awaitBars(
        node,
        Timeframe.M1,
        "0 50 99 50 50 60",
        "1 50 50 50 50 60",
        "2 50 50 50 50 60",
        "3 50 50 50 50 60",
        "4 50 50 50 50 60",
        "5 50 50 1 50 50");
    awaitBars(node, Timeframe.D1, "0 50 99 1 50 350");
  }

  @Test
  void ticksOfBarsThatCannotBeReadAreNotKept() {
    CacheNode node = node();
    spoil(node);
    tick(node, 0, "50");
    long before = Heap.live().count(Tick.class.getName());

    DeliveryOptions ticks = LocalCodec.register(node.vertx(), Tick.class);
    for (int i = 1; i <= 5_000; i++) {
      Tick next = tick(SYMBOL, i, "50").withSeq(10L + i);
      node.vertx().eventBus().publish(TickCache.UPDATES, next, ticks);
    }

    await()
        .untilAsserted(
            () ->
                assertThat(Heap.live().count(Tick.class.getName()) - before)
                    .as("ticks in memory")
                    .isLessThan(1_000));
  }
}
