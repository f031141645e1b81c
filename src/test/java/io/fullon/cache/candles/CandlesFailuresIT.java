package io.fullon.cache.candles;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.OhlcvVerticle;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Heap;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickVerticle;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Markets whose bars cannot be read or written. */
@Isolated("measures the heap of the whole JVM")
class CandlesFailuresIT {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final String BARS = "fullon:{ohlcv:binance:BTC/USDT}:1m";

  /** A midnight, long ago. */
  private static final long DAY = 1_699_920_000;

  private static final int LEASE_MS = 300;
  private static final String LOGGING = "io.fullon.cache.candles";

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

  @Test
  void aMarketThatCannotBeReadIsNamedAndCounted() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Metrics.addRegistry(registry);
    try (LogLines log = LogLines.of(LOGGING, Level.WARN)) {
      CacheNode node = node();
      spoil(node);

      tick(node, 0, "5");

      await().until(() -> failing(registry, "read") == 1);
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("binance BTC/USDT: its bars cannot be read", "WRONGTYPE");
      mend(node);
      awaitBars(node, Timeframe.M1, "0 5 5 5 5 1");
      assertThat(failing(registry, "read")).isZero();
    } finally {
      Metrics.removeRegistry(registry);
    }
  }

  @Test
  void aMarketThatCannotBeWrittenIsNamedAndCounted() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Metrics.addRegistry(registry);
    try (LogLines log = LogLines.of(LOGGING, Level.WARN)) {
      CacheNode node = node();
      tick(node, 0, "5");
      awaitBars(node, Timeframe.M1, "0 5 5 5 5 1");
      spoil(node);

      tick(node, 60, "6");

      await().until(() -> failing(registry, "write") == 1);
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("binance BTC/USDT: its bars cannot be written", "WRONGTYPE");
      mend(node);
      awaitBars(node, Timeframe.M1, "1 6 6 6 6 1");
      await().until(() -> failing(registry, "write") == 0);

      spoil(node);
      tick(node, 120, "7");
      await().until(() -> failing(registry, "write") == 1);
      node.undeploy();
      assertThat(registry.find("fullon.cache.ohlcv.failing").gauge()).isNull();
    } finally {
      Metrics.removeRegistry(registry);
    }
  }

  private static double failing(SimpleMeterRegistry registry, String operation) {
    return registry.get("fullon.cache.ohlcv.failing").tag("operation", operation).gauge().value();
  }

  @Test
  void barsThatCannotBeReadAreNotAskedForWithEachTick() {
    RedisProxy proxy = redis.proxy();
    JsonObject lease = Options.section("ohlcv", "lease_ms", LEASE_MS);
    CacheNode node = redis.node(lease.put("redis", new JsonObject().put("uri", proxy.uri())));
    spoil(node);

    for (int i = 0; i < 500; i++) {
      tick(node, i, "5");
    }

    assertThat(proxy.commands().stream().filter(CandlesFailuresIT::reads).count())
        .isBetween(1L, 100L);
  }

  // An orderly stop

  /** On a Vert.x of its own, so that it is stopped alone. */
  private String deploy(Vertx vertx, Deployable verticle, String uri) {
    JsonObject config = CacheNode.config(uri, Options.section("ohlcv", "lease_ms", 3_600_000));
    return get(vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)));
  }

  private String uri() {
    return redis.server().uri();
  }

  /** Another node has the lease, and seems to write. */
  private void leaveWritingTo(CacheNode other) {
    other.redis(Command.SET, "fullon:ohlcv:writer", "another");
  }

  @Test
  void anOrderlyStopWritesWhatWasNotReadYet() {
    CacheNode node = redis.node("ohlcv", "symbols", new JsonArray().add("NONE/USDT"));
    Vertx vertx = redis.vertx();
    RedisProxy proxy = redis.proxy();
    deploy(vertx, new TickVerticle(), uri());
    String candles = deploy(vertx, new CandlesVerticle(), proxy.uri());
    proxy.holdAnswers(command -> command.contains(BARS));
    get(TickCache.proxy(vertx).updateTicker(EXCHANGE, tick(SYMBOL, 0, "5")));
    await().until(() -> proxy.isHolding(command -> command.contains(BARS)));

    Future<Void> stopped = vertx.undeploy(candles);
    proxy.letGo();

    get(stopped);
    assertThat(bars(node, SYMBOL, Timeframe.M1)).containsExactly("0 5 5 5 5 1");
  }

  @Test
  void anOrderlyStopReadsOnceMoreWhatCouldNotBeRead() {
    CacheNode node = redis.node("ohlcv", "symbols", new JsonArray().add("NONE/USDT"));
    Vertx vertx = redis.vertx();
    RedisProxy proxy = redis.proxy();
    deploy(vertx, new TickVerticle(), uri());
    String candles = deploy(vertx, new CandlesVerticle(), proxy.uri());
    spoil(node);
    get(TickCache.proxy(vertx).updateTicker(EXCHANGE, tick(SYMBOL, 0, "5")));
    await().until(() -> proxy.commands().stream().anyMatch(command -> command.contains(BARS)));

    mend(node);
    get(vertx.undeploy(candles));

    assertThat(bars(node, SYMBOL, Timeframe.M1)).containsExactly("0 5 5 5 5 1");
  }

  @Test
  void aMarketThatCannotBeWrittenDoesNotKeepTheOthersFromBeingWrittenAtTheStop() {
    CacheNode node = redis.node("ohlcv", "symbols", new JsonArray().add("NONE/USDT"));
    leaveWritingTo(node);
    Vertx vertx = redis.vertx();
    RedisProxy proxy = redis.proxy();
    deploy(vertx, new TickVerticle(), uri());
    String candles = deploy(vertx, new CandlesVerticle(), proxy.uri());
    List<Tick> ticks = new ArrayList<>();
    ticks.add(tick(SYMBOL, 0, "5"));
    for (int i = 0; i < 250; i++) {
      ticks.add(tick("S" + i + "/USD", i, "5"));
    }
    get(TickCache.proxy(vertx).updateTickers(ticks));
    await().until(() -> proxy.commands().stream().filter(CandlesFailuresIT::reads).count() == 251);
    spoil(node);

    try (LogLines log = LogLines.of(LOGGING, Level.WARN)) {
      get(vertx.undeploy(candles));
      assertThat(log.lines())
          .last()
          .asString()
          .contains("bars of 1 markets that could not be written", "binance BTC/USDT");
    }

    assertThat(ticks)
        .filteredOn(tick -> !tick.symbol().equals(SYMBOL))
        .allSatisfy(tick -> assertThat(bars(node, tick.symbol(), Timeframe.D1)).hasSize(1));
  }

  private static boolean reads(List<String> command) {
    return command.size() == Timeframe.values().length + 3 && command.get(3).contains("{ohlcv:");
  }

  @Test
  void anOrderlyStopMakesFinalWhatHasEnded() {
    CacheNode node = redis.node("ohlcv", "symbols", new JsonArray().add("NONE/USDT"));
    Vertx vertx = redis.vertx();
    AtomicLong now = new AtomicLong((DAY + 30) * 1_000);
    deploy(vertx, new TickVerticle(), uri());
    deploy(vertx, new OhlcvVerticle(), uri());
    String candles = deploy(vertx, new CandlesVerticle(now::get), uri());
    List<Bar> told = new CopyOnWriteArrayList<>();
    vertx.eventBus().<Bar>localConsumer(OhlcvCache.UPDATES, bar -> told.add(bar.body()));
    get(TickCache.proxy(vertx).updateTicker(EXCHANGE, tick(SYMBOL, 0, "5")));
    await().until(() -> told.size() == Timeframe.values().length);
    assertThat(stored(node)).startsWith(DAY + " - ");

    get(
        new Loop(vertx)
            .call(
                () -> {
                  now.set((DAY + 62) * 1_000);
                  return vertx.undeploy(candles);
                }));

    assertThat(stored(node)).startsWith(DAY + " f ");
  }

  /** The 1m bars as they are in Redis: reading one goes by the time. */
  private static String stored(CacheNode node) {
    return node.redis(Command.ZRANGE, BARS, "0", "-1").get(0).toString();
  }

  @Test
  void anOrderlyStopEndsThoughTicksKeepComing() {
    Vertx vertx = redis.vertx();
    deploy(vertx, new TickVerticle(), uri());
    String candles = deploy(vertx, new CandlesVerticle(), uri());
    DeliveryOptions ticks = LocalCodec.register(vertx, Tick.class);
    AtomicLong number = new AtomicLong();
    vertx.setPeriodic(
        1,
        timer -> {
          for (int i = 0; i < 20; i++) {
            long next = number.incrementAndGet();
            Tick tick = tick("S" + next % 50 + "/USD", next / 1_000.0, "5").withSeq(next);
            vertx.eventBus().publish(TickCache.UPDATES, tick, ticks);
          }
        });
    await().until(() -> number.get() > 1_000);

    get(vertx.undeploy(candles));
  }

  @Test
  void anOrderlyStopEndsThoughRedisDoesNotAnswer() {
    CacheNode node = redis.node("ohlcv", "symbols", new JsonArray().add("NONE/USDT"));
    leaveWritingTo(node);
    Vertx vertx = redis.vertx();
    RedisProxy proxy = redis.proxy();
    deploy(vertx, new TickVerticle(), uri());
    JsonObject config =
        CacheNode.config(proxy.uri(), Options.section("ohlcv", "lease_ms", 3_600_000));
    config.getJsonObject("redis").put("command_timeout_ms", 1_000);
    String candles =
        get(vertx.deployVerticle(new CandlesVerticle(), new DeploymentOptions().setConfig(config)));
    List<Tick> ticks = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      ticks.add(tick("S" + i + "/USD", i, "5"));
    }
    get(TickCache.proxy(vertx).updateTickers(ticks));
    await()
        .until(() -> proxy.commands().stream().filter(CandlesFailuresIT::reads).count() == 1_000);
    proxy.holdAnswers(command -> true);

    try (LogLines log = LogLines.of(LOGGING, Level.WARN)) {
      get(vertx.undeploy(candles));
      assertThat(log.lines())
          .last()
          .asString()
          .contains("bars of 1000 markets that could not be written");
    }
  }
}
