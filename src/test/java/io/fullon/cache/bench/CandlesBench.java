package io.fullon.cache.bench;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.candles.CandlesVerticle;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.OhlcvVerticle;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What candles cost: a node that stores ticks with and without them, their reads, their memory. */
final class CandlesBench {

  private static final String EXCHANGE = "binance";
  private static final int SYMBOLS = 1_000;
  private static final int TICKS_PER_SECOND = 20_000;
  private static final long STEP_MS = 10;
  private static final long WINDOW_MS = 20_000;
  private static final int BARS = 500;
  private static final int READS = 5_000;
  private static final int KEEP = 10_000;

  /** Of 100 symbols, each with six timeframes. */
  private static final int PART = 50;

  private static final int SETS = 600;
  private static final List<Timeframe> LONGER =
      List.of(Timeframe.M5, Timeframe.M15, Timeframe.M30, Timeframe.H1, Timeframe.H4, Timeframe.D1);
  private static final double MB = 1 << 20;

  private CandlesBench() {}

  static void run(Report report, int rounds, boolean quick) throws IOException {
    for (int round = 0; round < rounds; round++) {
      for (boolean candles : new boolean[] {false, true}) {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
          costs(report, redis, candles, quick ? WINDOW_MS / 2 : WINDOW_MS);
        }
      }
      try (EmbeddedRedis redis = EmbeddedRedis.start()) {
        reads(report, redis);
      }
    }
    report.note(
        "candles: "
            + SYMBOLS
            + " symbols, "
            + TICKS_PER_SECOND
            + " ticks a second, on a node that stores them itself; the memory of Redis is that of"
            + " 100 symbols with six timeframes of 10,000 bars, by that of a part of "
            + PART);
  }

  private static Vertx node(EmbeddedRedis redis, boolean candles) {
    Vertx vertx = Vertx.vertx();
    DeploymentOptions options =
        new DeploymentOptions()
            .setConfig(
                CacheNode.config(
                    redis, new JsonObject().put("ohlcv", new JsonObject().put("keep", KEEP))));
    CacheNode.get(vertx.deployVerticle(new TickVerticle(), options));
    if (candles) {
      CacheNode.get(vertx.deployVerticle(new OhlcvVerticle(), options));
      CacheNode.get(vertx.deployVerticle(new CandlesVerticle(), options));
    }
    return vertx;
  }

  private static void costs(Report report, EmbeddedRedis redis, boolean candles, long windowMs) {
    String who = candles ? "ours" : "ours without candles";
    Vertx vertx = node(redis, candles);
    try {
      TickCache ticks = TickCache.proxy(vertx);
      long began = System.nanoTime();
      long[] sent = {0};
      AtomicLong stored = new AtomicLong();
      vertx.setPeriodic(
          STEP_MS,
          timer -> {
            long due = (System.nanoTime() - began) * TICKS_PER_SECOND / 1_000_000_000L;
            List<Tick> some = new ArrayList<>();
            for (; sent[0] < due; sent[0]++) {
              some.add(tick(sent[0]));
            }
            ticks.updateTickers(some).onSuccess(stored::addAndGet);
          });
      Cpu.pause(windowMs / 2);
      long loops = Cpu.ofEventLoops();
      long all = Cpu.ofThisProcess();
      long server = Cpu.ofProcess(redis.pid());
      long from = stored.get();
      long start = System.nanoTime();
      Cpu.pause(windowMs);
      double nanos = System.nanoTime() - start;
      report.add("candles", who, "ticks/s", (stored.get() - from) * 1e9 / nanos);
      report.add(
          "candles", who, "CPU of the event loops, %", 100 * (Cpu.ofEventLoops() - loops) / nanos);
      report.add(
          "candles", who, "CPU of the process, %", 100 * (Cpu.ofThisProcess() - all) / nanos);
      report.add(
          "candles", who, "CPU of Redis, %", 100 * (Cpu.ofProcess(redis.pid()) - server) / nanos);
    } finally {
      CacheNode.get(vertx.close());
    }
  }

  private static Tick tick(long number) {
    BigDecimal price = BigDecimal.valueOf(6_000_000 + number * 7_919 % 1_000, 2);
    return Tick.builder(EXCHANGE, "C" + number % SYMBOLS + "/USDT")
        .price(price)
        .bid(price)
        .ask(price)
        .time(Instant.now())
        .build();
  }

  private static void reads(Report report, EmbeddedRedis redis) {
    Vertx vertx = node(redis, true);
    Redis client = Redis.createClient(vertx, redis.uri());
    try {
      OhlcvCache bars = OhlcvCache.proxy(vertx);
      long before = memory(client);
      for (int set = 0; set < SETS / PART; set++) {
        // 1m bars make longer ones besides.
        Timeframe timeframe = LONGER.get(set % LONGER.size());
        CacheNode.get(
            bars.updateOhlcvBars("C" + set, EXCHANGE, timeframe, bars("C" + set, timeframe)));
      }
      report.add("candles", "ours", "memory of Redis, MB", (memory(client) - before) * PART / MB);
      long[] nanos = new long[READS];
      for (int i = -READS; i < READS; i++) {
        long start = System.nanoTime();
        CacheNode.get(bars.getLatestOhlcvBars("C0", EXCHANGE, Timeframe.M5, BARS));
        nanos[Math.max(0, i)] = System.nanoTime() - start;
      }
      Arrays.sort(nanos);
      report.add("candles", "ours", "p50 of the latest 500 bars, ms", nanos[READS / 2] / 1e6);
      report.add(
          "candles", "ours", "p99 of the latest 500 bars, ms", nanos[READS * 99 / 100] / 1e6);
    } finally {
      client.close();
      CacheNode.get(vertx.close());
    }
  }

  private static long memory(Redis client) {
    return Cpu.field(
        CacheNode.get(client.send(Request.cmd(Command.INFO).arg("memory"))).toString(),
        "used_memory:");
  }

  private static List<Bar> bars(String symbol, Timeframe timeframe) {
    List<Bar> bars = new ArrayList<>();
    for (int i = 0; i < KEEP; i++) {
      BigDecimal price = BigDecimal.valueOf(6_000_000 + i * 7_919L % 10_000, 2);
      bars.add(
          Bar.builder(
                  EXCHANGE,
                  symbol,
                  timeframe,
                  Instant.ofEpochSecond((long) i * timeframe.seconds()))
              .prices(price, price.add(BigDecimal.TEN), price.subtract(BigDecimal.ONE), price)
              .volume(BigDecimal.valueOf(i * 7_919L, 5))
              .build());
    }
    return bars;
  }
}
