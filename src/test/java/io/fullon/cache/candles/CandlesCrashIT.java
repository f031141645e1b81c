package io.fullon.cache.candles;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.tick.Tick;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The process that writes bars is killed at each step of that. */
class CandlesCrashIT {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final long DAY = 1_699_920_000;
  private static final String UP = "up";
  private static final int TICKS = 400;
  private static final int TICKS_BETWEEN = 20;

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final RedisProxy proxy = redis.proxy();

  /** The process that is killed: a node without a gateway. */
  public static final class Writer {

    public static void main(String[] arguments) {
      JsonObject config =
          CacheNode.config(arguments[0], config())
              .put("web", new JsonObject().put("enabled", false));
      Vertx.vertx()
          .deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config))
          .onComplete(done -> System.out.println(done.succeeded() ? UP : done.cause()));
    }
  }

  private static JsonObject config() {
    return new JsonObject().put("ohlcv", new JsonObject().put("lease_ms", 500));
  }

  private static boolean isWriting(List<String> command) {
    return command.contains("build");
  }

  private void tick(CacheNode node, PlainBars plain, int number) {
    Tick tick =
        Tick.of(
            EXCHANGE,
            SYMBOL,
            new BigDecimal(number * 7_919 % 1_000).movePointLeft(2),
            Instant.ofEpochMilli(DAY * 1_000 + number * 1_700L));
    assertThat(get(node.ticks().updateTicker(EXCHANGE, tick))).isTrue();
    plain.add(tick.withSeq((long) number));
  }

  private static List<String> bars(CacheNode node, Timeframe timeframe) {
    return get(
            OhlcvCache.proxy(node.vertx())
                .getLatestOhlcvBars(SYMBOL, EXCHANGE, timeframe, OhlcvCache.MAX_BARS))
        .stream()
        .map(CandlesCrashIT::shown)
        .toList();
  }

  private static String shown(Bar bar) {
    return String.join(
        " ",
        "" + bar.time().getEpochSecond(),
        bar.open().toPlainString(),
        bar.high().toPlainString(),
        bar.low().toPlainString(),
        bar.close().toPlainString(),
        "" + bar.ticks());
  }

  @ParameterizedTest
  @CsvSource({
    // which writing it dies in, and whether before or after Redis has done it
    "1, before",
    "1, after",
    "2, before",
    "2, after",
    "3, before",
    "3, after",
  })
  void leavesNoHoleAndNothingTwice(int writing, String when) {
    AtomicInteger writings = new AtomicInteger();
    try (ChildJvm process = ChildJvm.start(Writer.class, proxy.uri())) {
      process.expect(UP);
      proxy.holdAnswers(command -> isWriting(command) && writings.incrementAndGet() >= writing);
      proxy.rewrite(
          command -> {
            boolean isLost =
                when.equals("before") && isWriting(command) && writings.get() >= writing;
            return isLost ? List.of("PING") : command;
          });
      AtomicBoolean mayHold = new AtomicBoolean();
      RedisProxy own = redis.proxy();
      own.rewrite(
          command ->
              command.contains("hold") && !mayHold.get() ? List.of("EXISTS", "nobody") : command);
      CacheNode node = redis.node(config().put("redis", new JsonObject().put("uri", own.uri())));
      PlainBars plain = new PlainBars(60_000);
      int number = 0;
      for (int each = 1; each <= writing; each++) {
        int count = each;
        for (int i = 0; i < TICKS_BETWEEN; i++) {
          tick(node, plain, number++);
        }
        await().until(() -> writings.get() >= count);
      }
      tick(node, plain, number++);
      process.kill();
      mayHold.set(true);
      while (number < TICKS) {
        tick(node, plain, number++);
      }

      for (Timeframe timeframe : Timeframe.values()) {
        await()
            .untilAsserted(
                () -> assertThat(bars(node, timeframe)).isEqualTo(plain.bars(timeframe)));
      }
    }
  }
}
