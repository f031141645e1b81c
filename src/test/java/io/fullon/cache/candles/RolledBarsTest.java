package io.fullon.cache.candles;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarStore;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.tick.Tick;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Bars of all timeframes as several nodes write them, against a plain calculation. */
class RolledBarsTest {

  private static final int KEEP = 10_000;
  private static final int ROUNDS = 150;

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final CacheNode node = redis.node("ohlcv", "keep", KEEP);
  private final Vertx vertx = redis.vertx();
  private final Loop loop = new Loop(vertx);
  private final RedisLink link =
      get(loop.call(() -> RedisLink.open(vertx, Options.link(redis.server().uri()), "test")));
  private final BarStore store = new BarStore(link, KEEP);

  /** What a node counts; it writes now and then. */
  private final class Counter {

    private final String symbol;
    private final Calculator calculator = new Calculator(60_000);

    Counter(String symbol) {
      this.symbol = symbol;
    }

    void count(List<Tick> ticks) {
      ticks.forEach(tick -> calculator.add(tick, 0));
    }

    void write() {
      List<Minute> changed = calculator.takeChanged(KEEP, 0);
      get(
          loop.call(
              () ->
                  store.build(
                      RandomTicks.EXCHANGE,
                      symbol,
                      changed.stream().map(Minute::built).toList(),
                      List.of(),
                      System.currentTimeMillis())));
    }
  }

  private List<String> stored(String symbol, Timeframe timeframe) {
    return stored(symbol, timeframe, 0);
  }

  /** As if they began that much earlier. */
  private List<String> stored(String symbol, Timeframe timeframe, long later) {
    List<Bar> bars =
        get(
            OhlcvCache.proxy(node.vertx())
                .getLatestOhlcvBars(symbol, RandomTicks.EXCHANGE, timeframe, KEEP));
    return bars.stream()
        .map(
            bar ->
                String.join(
                    " ",
                    "" + (bar.time().getEpochSecond() - later),
                    bar.open().toPlainString(),
                    bar.high().toPlainString(),
                    bar.low().toPlainString(),
                    bar.close().toPlainString(),
                    "" + bar.ticks()))
        .toList();
  }

  @Test
  void areThoseOfThePlainCalculationWhoeverWritesWhateverAndHoweverOften() {
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(round);
      String symbol = "S" + round;
      List<Tick> ticks = RandomTicks.of(random, symbol);
      PlainBars plain = new PlainBars(60_000);
      ticks.forEach(plain::add);
      Counter one = new Counter(symbol);
      Counter other = new Counter(symbol);
      int next = 0;
      while (next < ticks.size()) {
        int from = Math.max(0, next - random.nextInt(3));
        next = Math.min(ticks.size(), next + 1 + random.nextInt(20));
        List<Tick> some = new ArrayList<>(ticks.subList(from, next));
        one.count(some);
        other.count(some);
        if (random.nextBoolean()) {
          (random.nextInt(4) == 0 ? other : one).write();
        }
      }

      // The first one has died.
      other.write();

      for (Timeframe timeframe : Timeframe.values()) {
        assertThat(stored(symbol, timeframe))
            .as("%s of %s", timeframe, symbol)
            .isEqualTo(plain.bars(timeframe));
      }
    }
  }

  /** A market to which all that happens is random, but the same with the same seed. */
  private List<List<String>> happens(long seed, String symbol, long later) {
    Random random = new Random(seed);
    OhlcvCache cache = OhlcvCache.proxy(node.vertx());
    Counter counter = new Counter(symbol);
    List<Tick> ticks = RandomTicks.of(random, symbol, RandomTicks.DAY + later);
    for (Tick tick : RandomTicks.again(random, ticks, random.nextInt(4))) {
      counter.count(List.of(tick));
      if (random.nextInt(3) > 0) {
        counter.write();
      }
      List<Timeframe> all = List.of(Timeframe.values());
      List<Timeframe> some = random.nextBoolean() ? all.subList(0, 3) : all;
      Timeframe timeframe = some.get(random.nextInt(some.size()));
      switch (random.nextInt(10)) {
        case 0 -> get(cache.deleteOhlcvBars(symbol, RandomTicks.EXCHANGE, timeframe));
        case 1 -> {
          long begin = timeframe.begin(tick.time().getEpochSecond());
          BigDecimal price = tick.price().setScale(tick.price().scale() + 1);
          BigDecimal volume = random.nextBoolean() ? price : null;
          Bar bar =
              Bar.builder(RandomTicks.EXCHANGE, symbol, timeframe, Instant.ofEpochSecond(begin))
                  .prices(price, price, price, price)
                  .volume(volume)
                  .ticks(random.nextBoolean() ? 7 : null)
                  .build();
          get(cache.updateOhlcvBars(symbol, RandomTicks.EXCHANGE, timeframe, List.of(bar)));
        }
        default -> {}
      }
    }
    counter.write();
    return Arrays.stream(Timeframe.values()).map(each -> stored(symbol, each, later)).toList();
  }

  @Test
  void runningOnesAreThoseThatTheyWouldBeIfTheyWereOver() {
    long tomorrow = Timeframe.D1.begin(Instant.now().getEpochSecond()) + 2 * 86_400;
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(happens(round, "R" + round, tomorrow - RandomTicks.DAY))
          .as("round %s", round)
          .isEqualTo(happens(round, "O" + round, 0));
    }
  }

  /** As when two programs bring the same: many come again, a while later and with a new number. */
  private static List<Tick> twice(Random random, List<Tick> ticks) {
    List<Tick> all = new ArrayList<>();
    for (Tick tick : ticks) {
      all.add(tick);
      for (int i = random.nextInt(4); i > 0; i--) {
        Tick before = all.get(Math.max(0, all.size() - 1 - random.nextInt(4)));
        boolean isSameMinute = minute(before) == minute(tick);
        all.add(isSameMinute ? before : tick);
      }
    }
    long seq = 1_700_000_000_000L + random.nextInt(64);
    for (int i = 0; i < all.size(); i++) {
      all.set(i, all.get(i).withSeq(seq++));
    }
    return all;
  }

  private static long minute(Tick tick) {
    return Timeframe.M1.begin(tick.time().getEpochSecond());
  }

  @Test
  void areThoseOfThePlainCalculationThoughOneWriterMissesTicksAndMostComeTwice() {
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(round);
      String symbol = "T" + round;
      List<Tick> ticks = twice(random, RandomTicks.of(random, symbol));
      PlainBars plain = new PlainBars(60_000);
      ticks.forEach(plain::add);
      Counter one = new Counter(symbol);
      Counter other = new Counter(symbol);
      for (Tick tick : ticks) {
        other.count(List.of(tick));
        if (random.nextInt(10) > 0) {
          one.count(List.of(tick));
        }
        if (random.nextInt(10) == 0) {
          (random.nextBoolean() ? other : one).write();
        }
      }
      other.write();
      one.write();

      assertThat(stored(symbol, Timeframe.M1)).as(symbol).isEqualTo(plain.bars(Timeframe.M1));
    }
  }

  @Test
  void ticksThatComeTwiceTakeLittleRoom() {
    Counter counter = new Counter("BTC/USDT");
    List<Tick> ticks = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      Instant time = Instant.ofEpochMilli(RandomTicks.DAY * 1_000 + i / 2);
      Tick tick = Tick.of(RandomTicks.EXCHANGE, "BTC/USDT", BigDecimal.valueOf(1 + i / 2), time);
      ticks.add(tick.withSeq(1_700_000_000_000L + i));
    }

    counter.count(ticks);
    counter.write();

    assertThat(stored("BTC/USDT", Timeframe.M1))
        .containsExactly(RandomTicks.DAY + " 1 1000 1 1000 1000");
    String key = "fullon:{ohlcv:binance:BTC/USDT}:1m";
    assertThat(node.redis(Command.ZRANGE, key, "0", "-1").get(0).toString()).hasSizeLessThan(1_000);
  }
}
