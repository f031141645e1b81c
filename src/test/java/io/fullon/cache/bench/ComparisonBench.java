package io.fullon.cache.bench;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickVerticle;
import io.fullon.cache.value.Times;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/**
 * What a comparison of a node's table with Redis costs Redis and the node's event loop. All tickers
 * are of one exchange. A comparison costs so little, or takes so long, that it is measured in
 * windows which end when neither of the two is busy; Redis counts what was in each.
 */
final class ComparisonBench implements AutoCloseable {

  private static final int[] TICKERS = {1_000, 10_000, 100_000, 1_000_000};
  private static final int QUICK = 100_000;
  private static final int WARM_UP = 10_000;
  private static final int FOREIGN_KEYS = 1_000_000;
  private static final int FOREIGN_AT_ONCE = 100_000;
  private static final int BATCH = 500;

  /** How many windows of each kind there are. */
  private static final int WINDOWS = 3;

  private static final long INTERVAL_MS = 500;
  private static final long DAY_MS = 86_400_000;
  private static final long REST_MS = 10_000;
  private static final long BUSY_MS = 150;
  private static final long BUSY_NANOS = BUSY_MS * 1_000_000 / 40;
  private static final String EXCHANGE = "bench";

  private final EmbeddedRedis redis;
  private final RedisClient client;
  private final RedisCommands<String, String> commands;
  private final Vertx vertx;
  private final TickCache ticks;
  private long micros = System.currentTimeMillis() * 1_000;

  private ComparisonBench(int tickers, long intervalMs) throws IOException {
    redis = EmbeddedRedis.start();
    client = RedisClient.create(redis.uri());
    commands = client.connect().sync();
    // One event loop, so that it is known which.
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
    JsonObject config =
        new JsonObject()
            .put(
                "redis",
                new JsonObject()
                    .put("uri", redis.uri())
                    .put("warn_durability", false)
                    .put("command_timeout_ms", 10_000)
                    .put("heartbeat_ms", 5_000))
            .put(
                "tick",
                new JsonObject()
                    .put("compare_interval_ms", intervalMs)
                    .put("scan_interval_ms", DAY_MS));
    CacheNode.get(
        vertx.deployVerticle(new TickVerticle(), new DeploymentOptions().setConfig(config)));
    ticks = TickCache.proxy(vertx);
    for (int from = 0; from < tickers; from += BATCH) {
      List<Tick> batch = new ArrayList<>(BATCH);
      for (int i = from; i < from + BATCH; i++) {
        batch.add(tick(i));
      }
      CacheNode.get(ticks.updateTickers(batch));
    }
  }

  static void run(Report report, int rounds, boolean quick) throws IOException {
    try (ComparisonBench bench = new ComparisonBench(WARM_UP, INTERVAL_MS)) {
      bench.measure(new Report(), "", Used.NOTHING);
    }
    Used rest;
    try (ComparisonBench bench = new ComparisonBench(WARM_UP, DAY_MS)) {
      bench.untilIdle();
      Used before = bench.used();
      Cpu.pause(REST_MS);
      rest = bench.used().since(before);
    }
    for (int round = 0; round < rounds; round++) {
      for (int tickers : TICKERS) {
        if (!quick || tickers <= QUICK) {
          try (ComparisonBench bench = new ComparisonBench(tickers, INTERVAL_MS)) {
            String section = String.format(Locale.ROOT, "compare %,d tickers", tickers);
            bench.measure(report, section, rest);
            bench.addForeignKeys();
            bench.measure(report, section + ", foreign keys", rest);
          }
        }
      }
    }
  }

  private Tick tick(int symbol) {
    BigDecimal price = BigDecimal.valueOf(64_000_000 + ++micros * 7_919 % 1_000_003, 3);
    return new Tick(
        "S" + symbol, EXCHANGE, price, Times.ofMicros(micros), price, price, price, price, null);
  }

  /** In parts, so that Redis is not away for long. */
  private void addForeignKeys() {
    for (int from = 0; from < FOREIGN_KEYS; from += FOREIGN_AT_ONCE) {
      commands.dispatch(
          CommandType.DEBUG,
          new StatusOutput<>(StringCodec.UTF8),
          new CommandArgs<>(StringCodec.UTF8)
              .add("POPULATE")
              .add(FOREIGN_AT_ONCE)
              .add("foreign" + from));
    }
  }

  /** Nanoseconds of processor time, and those that went by. */
  private record Used(double redis, double node, double passed) {

    static final Used NOTHING = new Used(0, 0, 1);

    Used since(Used before) {
      return new Used(redis - before.redis, node - before.node, passed - before.passed);
    }

    /** Without what a node that does not compare uses in the same time. */
    Used beyond(Used rest) {
      double share = passed / rest.passed;
      return new Used(redis - share * rest.redis, node - share * rest.node, passed);
    }
  }

  private Used used() {
    return new Used(Cpu.ofProcess(redis.pid()), Cpu.ofEventLoops(), System.nanoTime());
  }

  /**
   * What was in a window.
   *
   * @param comparisons how many began
   * @param named how often tickers were asked for by name
   * @param scanned how often the exchange was scanned
   */
  private record Window(Used used, long comparisons, long named, long scanned) {

    long counted() {
      return isWithoutNews() ? comparisons : 1;
    }

    boolean isWithoutNews() {
      return comparisons > 0 && named == 0 && scanned == 0;
    }

    boolean isByName() {
      return named > 0 && scanned == 0;
    }

    boolean isThorough() {
      return scanned > 0;
    }
  }

  private void measure(Report to, String section, Used rest) {
    untilIdle();
    List<Window> withoutNews = new ArrayList<>();
    List<Window> thorough = new ArrayList<>();
    while (withoutNews.size() < WINDOWS || thorough.size() < WINDOWS) {
      Window window = window(rest);
      if (window.isThorough()) {
        thorough.add(window);
      } else if (window.isWithoutNews()) {
        withoutNews.add(window);
      }
    }
    List<Window> byName = new ArrayList<>();
    while (byName.size() < WINDOWS) {
      CacheNode.get(ticks.updateTicker(EXCHANGE, tick(0)));
      Window window = window(rest);
      if (window.isByName()) {
        byName.add(window);
      }
    }
    add(to, section, "ours, without news", withoutNews);
    add(to, section, "ours, with news", byName);
    add(to, section, "ours, thorough", thorough);
    to.add(section, "ours, thorough", "ms longest wait for the event loop", longestWait(rest));
  }

  /** What one comparison costs; beside one that reads, those without news are nothing. */
  private static void add(Report to, String section, String subject, List<Window> windows) {
    to.add(section, subject, "ms of Redis", median(windows, Used::redis));
    to.add(section, subject, "ms of the event loop", median(windows, Used::node));
  }

  private static double median(List<Window> windows, ToDoubleFunction<Used> value) {
    double[] each =
        windows.stream()
            .mapToDouble(window -> value.applyAsDouble(window.used) / 1e6 / window.counted())
            .sorted()
            .toArray();
    return each[each.length / 2];
  }

  private Window window(Used rest) {
    String before = commands.info("commandstats");
    Used start = used();
    Cpu.pause(INTERVAL_MS);
    Idle end = untilIdle();
    String after = end.stats;
    return new Window(
        end.used.since(start).beyond(rest),
        calls(after, "smembers") - calls(before, "smembers"),
        calls(after, "hmget") - calls(before, "hmget"),
        calls(after, "hscan") - calls(before, "hscan"));
  }

  private static long calls(String stats, String command) {
    return Cpu.field(stats, "cmdstat_" + command + ":calls=");
  }

  /** What was used until then, and what Redis had done. */
  private record Idle(Used used, String stats) {}

  /** No comparison that reads is under way; on a busy machine it may only wait for its turn. */
  private Idle untilIdle() {
    while (true) {
      Used before = used();
      Cpu.pause(BUSY_MS);
      Used now = used();
      Used meanwhile = now.since(before);
      if (meanwhile.redis + meanwhile.node <= BUSY_NANOS) {
        String stats = commands.info("commandstats");
        Cpu.pause(BUSY_MS);
        if (reads(commands.info("commandstats")) == reads(stats)) {
          return new Idle(now, stats);
        }
      }
    }
  }

  private static long reads(String stats) {
    return calls(stats, "hmget") + calls(stats, "hscan");
  }

  /** By a timer of a millisecond on the node's loop, while a thorough comparison runs. */
  private double longestWait(Used rest) {
    AtomicLong longest = new AtomicLong();
    AtomicLong last = new AtomicLong();
    vertx.runOnContext(
        v ->
            vertx.setPeriodic(
                1,
                timer -> {
                  long now = System.nanoTime();
                  long before = last.getAndSet(now);
                  if (before == -1) {
                    vertx.cancelTimer(timer);
                  } else if (before > 0) {
                    longest.accumulateAndGet(now - before, Math::max);
                  }
                }));
    while (!window(rest).isThorough()) {
      // Every tenth is.
    }
    last.set(-1);
    return longest.get() / 1e6;
  }

  @Override
  public void close() {
    client.shutdown();
    CacheNode.get(vertx.close());
    redis.close();
  }
}
