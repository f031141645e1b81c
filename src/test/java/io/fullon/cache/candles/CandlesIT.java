package io.fullon.cache.candles;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarSnapshot;
import io.fullon.cache.ohlcv.BarStore;
import io.fullon.cache.ohlcv.BuiltMinute;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.OhlcvOptions;
import io.fullon.cache.ohlcv.OhlcvVerticle;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickVerticle;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Bars that nodes make of the ticks that they publish. */
class CandlesIT {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";

  /** A midnight, long ago. */
  private static final long DAY = 1_699_920_000;

  private static final int LEASE_MS = 300;

  @AutoClose private final SharedRedis redis = new SharedRedis();

  private CacheNode node() {
    return redis.node("ohlcv", "lease_ms", LEASE_MS);
  }

  private static void tick(Vertx vertx, double second, String price) {
    Instant time = Instant.ofEpochMilli((long) (second * 1_000));
    Tick tick = Tick.of(EXCHANGE, SYMBOL, new BigDecimal(price), time);
    assertThat(get(TickCache.proxy(vertx).updateTicker(EXCHANGE, tick))).isTrue();
  }

  private static void tick(CacheNode node, double second, String price) {
    tick(node.vertx(), DAY + second, price);
  }

  private static List<String> bars(Vertx vertx, Timeframe timeframe) {
    return get(OhlcvCache.proxy(vertx).getLatestOhlcvBars(SYMBOL, EXCHANGE, timeframe, 1_000))
        .stream()
        .map(CandlesIT::shown)
        .toList();
  }

  private static String shown(Bar bar) {
    return String.format(
        "%d %s %s %s %s %d%s",
        (bar.time().getEpochSecond() - DAY) / 60,
        bar.open(),
        bar.high(),
        bar.low(),
        bar.close(),
        bar.ticks(),
        bar.isFinal() ? "" : " running");
  }

  private static void awaitBars(CacheNode node, Timeframe timeframe, String... bars) {
    await().untilAsserted(() -> assertThat(bars(node.vertx(), timeframe)).containsExactly(bars));
  }

  @Test
  void makesBarsOfEveryTimeframe() {
    CacheNode node = node();

    tick(node, -0.001, "9.90");
    tick(node, 0, "10");
    tick(node, 59.999, "8");
    tick(node, 59.999, "9");
    tick(node, 60, "7.0");
    tick(node, 3_600, "1");

    awaitBars(
        node,
        Timeframe.M1,
        "-1 9.90 9.90 9.90 9.90 1",
        "0 10 10 8 9 3",
        "1 7.0 7.0 7.0 7.0 1",
        "60 1 1 1 1 1");
    awaitBars(node, Timeframe.M5, "-5 9.90 9.90 9.90 9.90 1", "0 10 10 7.0 7.0 4", "60 1 1 1 1 1");
    awaitBars(node, Timeframe.D1, "-1440 9.90 9.90 9.90 9.90 1", "0 10 10 1 1 5");
  }

  @Test
  void leavesRedisToOthersWhereManyMarketsChange() {
    RedisProxy proxy = redis.proxy();
    Vertx vertx = redis.vertx();
    JsonObject lease = Options.section("ohlcv", "lease_ms", 3_000);
    JsonObject config = CacheNode.config(redis.server().uri(), lease);
    deploy(vertx, new TickVerticle(), config);
    deploy(vertx, new OhlcvVerticle(), config);
    deploy(vertx, new CandlesVerticle(), CacheNode.config(proxy.uri(), lease));
    proxy.holdAnswers(command -> isOf(command, "build"));
    List<Tick> ticks = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      ticks.add(
          Tick.of(EXCHANGE, "S" + i + "/USD", BigDecimal.TEN, Instant.ofEpochSecond(DAY + i)));
    }

    get(TickCache.proxy(vertx).updateTickers(ticks));

    await().until(() -> count(proxy, "build") > 0);
    long looks = count(proxy, "hold");
    await("passes").until(() -> count(proxy, "hold") > looks + 1 || count(proxy, "build") > 100);
    assertThat(count(proxy, "build")).isLessThanOrEqualTo(100);
    proxy.letGo();
    OhlcvCache bars = OhlcvCache.proxy(vertx);
    await().until(() -> ticks.stream().allMatch(tick -> has(bars, tick.symbol())));
  }

  private static boolean has(OhlcvCache bars, String symbol) {
    return !get(bars.getLatestOhlcvBars(symbol, EXCHANGE, Timeframe.D1, 1)).isEmpty();
  }

  private static boolean isOf(List<String> command, String operation) {
    return command.get(0).equals("evalsha") && command.contains(operation);
  }

  private static long count(RedisProxy proxy, String operation) {
    return proxy.commands().stream().filter(command -> isOf(command, operation)).count();
  }

  @Test
  void aTickOfAMinuteThatIsFinalCorrectsIt() {
    CacheNode node = node();
    tick(node, 0, "10");
    awaitBars(node, Timeframe.M1, "0 10 10 10 10 1");
    List<Bar> told = new CopyOnWriteArrayList<>();
    node.vertx()
        .eventBus()
        .<Bar>localConsumer(
            OhlcvCache.updates(EXCHANGE, SYMBOL, Timeframe.H4), bar -> told.add(bar.body()));

    tick(node, 1, "11");

    await().until(() -> told.size() == 1);
    assertThat(told.get(0).corrected()).isTrue();
    assertThat(shown(told.get(0))).isEqualTo("0 10 11 10 11 2");
  }

  @Test
  void everyNodeTellsAndOneWrites() {
    CacheNode one = node();
    CacheNode other = node();
    List<Bar> toldOne = listen(one);
    List<Bar> toldOther = listen(other);

    for (int i = 0; i < 20; i++) {
      tick(i % 2 == 0 ? one : other, i * 10, "" + i);
    }

    awaitBars(
        one, Timeframe.M1, "0 0 5 0 5 6", "1 6 11 6 11 6", "2 12 17 12 17 6", "3 18 19 18 19 2");
    await().untilAsserted(() -> assertThat(toldOther).isEqualTo(toldOne));
  }

  private static List<Bar> listen(CacheNode node) {
    List<Bar> told = new CopyOnWriteArrayList<>();
    node.vertx().eventBus().<Bar>localConsumer(OhlcvCache.UPDATES, bar -> told.add(bar.body()));
    return told;
  }

  @Test
  void anotherNodeGoesOnWhenTheOneThatWritesStops() {
    CacheNode one = node();
    CacheNode other = node();
    tick(one, 0, "1");
    awaitBars(other, Timeframe.M1, "0 1 1 1 1 1");
    tick(one, 1, "2");

    one.undeploy();
    tick(other, 2, "3");

    awaitBars(other, Timeframe.M1, "0 1 3 1 3 3");
    awaitBars(other, Timeframe.M5, "0 1 3 1 3 3");
  }

  @Test
  void theRunningBarGoesOnAfterARestartOfEverything() {
    long now = Timeframe.D1.begin(Instant.now().getEpochSecond());
    String today = (now - DAY) / 60 + " ";
    CacheNode one = node();
    tick(one.vertx(), (double) now, "5");
    tick(one.vertx(), now + 0.5, "9");
    awaitBars(one, Timeframe.D1, today + "5 9 5 9 2 running");
    one.undeploy();

    CacheNode other = node();
    tick(other.vertx(), now + 1.0, "6");

    awaitBars(other, Timeframe.D1, today + "5 9 5 6 3 running");
    awaitBars(other, Timeframe.M1, today + "5 9 5 6 3");
  }

  @Test
  void aRepeatCountsForNothingAfterARestartToo() {
    CacheNode one = node();
    tick(one, 0, "5");
    tick(one, 0, "5");
    awaitBars(one, Timeframe.M1, "0 5 5 5 5 1");
    one.undeploy();

    CacheNode other = node();
    tick(other, 0, "5");
    tick(other, 1, "6");

    awaitBars(other, Timeframe.M1, "0 5 6 5 6 2");
  }

  @Test
  void whatWasStoredWhileNobodyCountedIsCountedAtTheStart() {
    CacheNode without = redis.node("ohlcv", "enabled", false);
    tick(without, 0, "5");

    CacheNode with = node();

    awaitBars(with, Timeframe.M1, "0 5 5 5 5 1");
  }

  @Test
  void deletedBarsDoNotComeBack() {
    CacheNode node = node();
    tick(node, 0, "5");
    awaitBars(node, Timeframe.M1, "0 5 5 5 5 1");
    OhlcvCache bars = OhlcvCache.proxy(node.vertx());
    for (Timeframe timeframe : Timeframe.values()) {
      assertThat(get(bars.deleteOhlcvBars(SYMBOL, EXCHANGE, timeframe))).isTrue();
    }
    get(TickCache.proxy(node.vertx()).deleteTicker(SYMBOL, EXCHANGE));

    tick(node, -600, "6");

    awaitBars(node, Timeframe.M1, "-10 6 6 6 6 1");
  }

  /** What a node has written that is no more, at a time of its clock (s after the midnight). */
  private void written(int begin, int seq, double atSecond) {
    long micros = (DAY + begin) * 1_000_000;
    BuiltMinute minute =
        new BuiltMinute(
            DAY + begin,
            BigDecimal.TEN,
            BigDecimal.TEN,
            BigDecimal.TEN,
            BigDecimal.TEN,
            micros,
            seq,
            micros,
            seq,
            0,
            List.of((long) seq, (long) seq),
            List.of());
    Vertx vertx = redis.vertx();
    Loop loop = new Loop(vertx);
    RedisLink link =
        get(loop.call(() -> RedisLink.open(vertx, Options.link(redis.server().uri()), "dead")));
    long nowMs = (long) ((DAY + atSecond) * 1_000);
    get(
        loop.call(
            () ->
                new BarStore(link, OhlcvOptions.DEFAULT_KEEP)
                    .build(EXCHANGE, SYMBOL, List.of(minute), List.of(), nowMs)
                    .mapEmpty()));
    get(loop.call(link::close));
  }

  private static List<Bar> latest(Vertx vertx, Timeframe timeframe) {
    return get(OhlcvCache.proxy(vertx).getLatestOhlcvBars(SYMBOL, EXCHANGE, timeframe, 10));
  }

  @Test
  void whatChangesABarThatWasReadAsFinalCorrectsItThoughNobodyMadeItFinal() {
    Vertx vertx = redis.vertx();
    deploy(vertx, new OhlcvVerticle(), CacheNode.config(redis.server(), new JsonObject()));
    written(0, 1, 30);
    assertThat(latest(vertx, Timeframe.M1)).extracting(Bar::isFinal).containsExactly(true);

    written(0, 2, 31);

    for (Timeframe timeframe : Timeframe.values()) {
      assertThat(latest(vertx, timeframe)).extracting(Bar::ticks).containsExactly(2);
      assertThat(latest(vertx, timeframe)).extracting(Bar::corrected).containsExactly(true);
    }

    Bar.Builder brought =
        Bar.builder(EXCHANGE, SYMBOL, Timeframe.M1, Instant.ofEpochSecond(DAY + 60))
            .prices(BigDecimal.TEN, BigDecimal.TEN, BigDecimal.TEN, BigDecimal.TEN)
            .isFinal(false);
    for (int ticks = 1; ticks <= 2; ticks++) {
      get(
          OhlcvCache.proxy(vertx)
              .updateOhlcvBars(
                  SYMBOL, EXCHANGE, Timeframe.M1, List.of(brought.ticks(ticks).build())));
    }
    assertThat(latest(vertx, Timeframe.M1).get(1).corrected()).isTrue();
  }

  @Test
  void theNextWriterMakesFinalWhatTheLastOneCouldNot() {
    written(0, 1, 60.5);
    written(60, 2, 60.5);
    CacheNode node = node();
    List<Bar> told = listen(node);

    tick(node, 120, "11");

    await()
        .untilAsserted(
            () ->
                assertThat(told)
                    .filteredOn(bar -> bar.timeframe() == Timeframe.M1 && bar.isFinal())
                    .extracting(CandlesIT::shown)
                    .containsExactlyInAnyOrder(
                        "0 10 10 10 10 1", "1 10 10 10 10 1", "2 11 11 11 11 1"));
    assertThat(told)
        .filteredOn(bar -> bar.timeframe() == Timeframe.M1)
        .extracting(Bar::corrected)
        .containsOnlyNulls();
  }

  @Test
  void aLongerBarGoesOnWhenItsMinutesAreDeleted() {
    CacheNode node = node();
    tick(node, 0, "1");
    tick(node, 60, "99");
    tick(node, 61, "50");
    awaitBars(node, Timeframe.D1, "0 1 99 1 50 3");
    OhlcvCache bars = OhlcvCache.proxy(node.vertx());
    get(bars.deleteOhlcvBars(SYMBOL, EXCHANGE, Timeframe.M1));
    get(bars.deleteOhlcvBars(SYMBOL, EXCHANGE, Timeframe.H4));

    tick(node, 62, "51");

    awaitBars(node, Timeframe.M1, "1 51 51 51 51 1");
    awaitBars(node, Timeframe.M5, "0 1 99 1 51 4");
    awaitBars(node, Timeframe.D1, "0 1 99 1 51 4");
  }

  @Test
  void longerBarsKeepWhatIsForgottenWhenMoreIsKept() {
    CacheNode few = redis.node("ohlcv", "keep", 10);
    for (int i = 0; i < 18; i++) {
      tick(few, i * 60, i == 6 ? "1" : i == 7 ? "99" : "50");
    }
    awaitBars(few, Timeframe.D1, "0 50 99 1 50 18");
    few.undeploy();
    CacheNode more = node();

    tick(more, 17 * 60 + 1, "60");
    get(
        OhlcvCache.proxy(more.vertx())
            .updateOhlcvBars(
                SYMBOL,
                EXCHANGE,
                Timeframe.M1,
                List.of(
                    Bar.builder(EXCHANGE, SYMBOL, Timeframe.M1, Instant.ofEpochSecond(DAY + 540))
                        .prices(BigDecimal.TEN, BigDecimal.TEN, BigDecimal.TEN, BigDecimal.TEN)
                        .ticks(1)
                        .build())));

    awaitBars(more, Timeframe.D1, "0 50 99 1 60 19");
    assertThat(bars(more.vertx(), Timeframe.M5)).contains("5 50 99 1 10 5");
  }

  @Test
  void ticksDoNotChangeWhatWasBrought() {
    CacheNode node = node();
    Bar brought =
        Bar.builder(EXCHANGE, SYMBOL, Timeframe.M1, Instant.ofEpochSecond(DAY))
            .prices(BigDecimal.TEN, BigDecimal.TEN, BigDecimal.ONE, BigDecimal.ONE)
            .ticks(7)
            .build();
    get(
        OhlcvCache.proxy(node.vertx())
            .updateOhlcvBars(SYMBOL, EXCHANGE, Timeframe.M1, List.of(brought)));

    tick(node, 0, "99");
    tick(node, 60, "98");

    awaitBars(node, Timeframe.M1, "0 10 10 1 1 7", "1 98 98 98 98 1");
    awaitBars(node, Timeframe.M5, "0 10 98 1 98 8");
  }

  @Test
  void countsNoOtherSymbolsThanAreNamed() {
    CacheNode node = redis.node("ohlcv", "symbols", new JsonArray().add("ETH/USDT"));
    Instant time = Instant.ofEpochSecond(DAY);
    get(
        TickCache.proxy(node.vertx())
            .updateTickers(
                List.of(
                    Tick.of(EXCHANGE, SYMBOL, BigDecimal.ONE, time),
                    Tick.of(EXCHANGE, "ETH/USDT", BigDecimal.ONE, time))));

    OhlcvCache bars = OhlcvCache.proxy(node.vertx());
    await()
        .until(
            () -> get(bars.getLatestOhlcvBars("ETH/USDT", EXCHANGE, Timeframe.M1, 1)).size() == 1);
    assertThat(bars(node.vertx(), Timeframe.M1)).isEmpty();
  }

  @Test
  void countsLateTicksInAMetric() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Metrics.addRegistry(registry);
    try {
      CacheNode node = node();
      tick(node, 600, "1");
      awaitBars(node, Timeframe.M1, "10 1 1 1 1 1");
      get(TickCache.proxy(node.vertx()).deleteTicker(SYMBOL, EXCHANGE));

      tick(node, 539, "2");
      tick(node, 540, "3");

      awaitBars(node, Timeframe.M1, "9 3 3 3 3 1", "10 1 1 1 1 1");
      FunctionCounter late =
          registry.get("fullon.cache.ohlcv.ticks").tag("outcome", "late").functionCounter();
      assertThat(late.count()).isEqualTo(1);
    } finally {
      Metrics.removeRegistry(registry);
    }
  }

  // Where the subscription is lost

  private static void loseSubscription(CacheNode node) {
    node.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");
  }

  @Test
  void countsWhatIsAcceptedWhileTheSubscriptionIsAway() {
    CacheNode node = node();

    for (int i = 0; i < 60; i++) {
      if (i % 20 == 10) {
        loseSubscription(node);
      }
      tick(node, i, i == 11 ? "999" : i == 32 ? "1" : "50");
    }

    awaitBars(node, Timeframe.M1, "0 50 999 1 50 60");
    awaitBars(node, Timeframe.H1, "0 50 999 1 50 60");
  }

  // With another node that has the lease and does not know all

  /** Has the lease for the whole test. */
  private final class Writer {

    private final Loop loop = new Loop(redis.vertx());
    private final RedisLink link =
        get(
            loop.call(
                () -> RedisLink.open(redis.vertx(), Options.link(redis.server().uri()), "test")));
    private final BarStore store = new BarStore(link, 1_500);

    Writer() {
      assertThat(get(loop.call(() -> store.hold("another", 3_600_000)))).isTrue();
    }

    /** Writes what those ticks make, that second of the day. */
    void write(double second, Tick... ticks) {
      Calculator calculator = new Calculator(60_000);
      List.of(ticks).forEach(tick -> calculator.add(tick, 0));
      List<BuiltMinute> minutes =
          calculator.takeChanged(ticks.length, 0).stream().map(Minute::built).toList();
      long nowMs = (long) ((DAY + second) * 1_000);
      get(loop.call(() -> store.build(EXCHANGE, SYMBOL, minutes, List.of(), nowMs)));
    }
  }

  private static Tick numbered(CacheNode node, double second, String price) {
    tick(node, second, price);
    return get(node.ticks().getTicker(SYMBOL, EXCHANGE));
  }

  @Test
  void whatTheWriterHasMissedIsWrittenByWhoHasCountedIt() {
    Writer writer = new Writer();
    CacheNode node = node();
    Tick first = numbered(node, 0, "10");
    numbered(node, 1, "99");
    Tick third = numbered(node, 2, "50");

    writer.write(30, first, third);

    awaitBars(node, Timeframe.M1, "0 10 99 10 50 3");
    awaitBars(node, Timeframe.D1, "0 10 99 10 50 3");
  }

  @Test
  void whatNoNodeHasHeardIsWrittenByWhoHasAcceptedIt() {
    Writer writer = new Writer();
    CacheNode node = node();
    Tick first = numbered(node, 0, "10");
    loseSubscription(node);
    numbered(node, 1, "99");
    Tick third = numbered(node, 2, "50");

    writer.write(30, first, third);

    awaitBars(node, Timeframe.M1, "0 10 99 10 50 3");
  }

  @Test
  void asManyOtherTicksAreNotTheSameBar() {
    Writer writer = new Writer();
    CacheNode node = node();
    Tick first = numbered(node, 0, "10");
    numbered(node, 1, "11");
    Tick missed =
        Tick.of(EXCHANGE, SYMBOL, new BigDecimal("12"), Instant.ofEpochSecond(DAY + 2))
            .withSeq(first.seq() + 2);

    writer.write(30, first, missed);

    awaitBars(node, Timeframe.M1, "0 10 12 10 12 3");
  }

  @Test
  void whatTheWriterDoesNotMakeFinalBecomesSo() {
    Writer writer = new Writer();
    CacheNode node = node();
    Tick tick = numbered(node, 0, "10");

    writer.write(30, tick);

    awaitBars(node, Timeframe.M1, "0 10 10 10 10 1");
    awaitBars(node, Timeframe.D1, "0 10 10 10 10 1");
  }

  // With a clock of the test's

  private static void deploy(Vertx vertx, Deployable verticle, JsonObject config) {
    get(vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)));
  }

  @Test
  void tellsARunningBarAtMostFourTimesASecondAndAFinalOneTwoSecondsAfterItsEnd() {
    Vertx vertx = redis.vertx();
    // That of Redis must not end them either.
    long later = Timeframe.M5.begin(Instant.now().getEpochSecond()) + 600;
    AtomicLong now = new AtomicLong((later + 30) * 1_000);
    JsonObject ahead = new JsonObject().put("max_ahead_ms", 3_600_000);
    JsonObject config = CacheNode.config(redis.server(), new JsonObject().put("tick", ahead));
    deploy(vertx, new TickVerticle(), config);
    deploy(vertx, new OhlcvVerticle(), config);
    deploy(vertx, new CandlesVerticle(now::get), config);
    List<Bar> told = new CopyOnWriteArrayList<>();
    vertx
        .eventBus()
        .<Bar>localConsumer(
            OhlcvCache.updates(EXCHANGE, SYMBOL, Timeframe.M1), bar -> told.add(bar.body()));

    List<Bar> longer = new CopyOnWriteArrayList<>();
    vertx
        .eventBus()
        .<Bar>localConsumer(
            OhlcvCache.updates(EXCHANGE, SYMBOL, Timeframe.M5), bar -> longer.add(bar.body()));

    long begin = System.nanoTime();
    int ticks = 0;
    while (told.size() < 6) {
      tick(vertx, later + 30 + ++ticks / 1_000.0, "" + ticks);
    }
    long tookMs = (System.nanoTime() - begin) / 1_000_000;
    // Sent with pauses, which may come closer together on the way; the first comes at once.
    assertThat(told.size() - 1).isLessThanOrEqualTo((int) (tookMs / 250) + 1);
    assertThat(told).extracting(Bar::isFinal).containsOnly(false);

    now.set((later + 61) * 1_000 + 999);
    int last = ticks;
    await().until(() -> told.get(told.size() - 1).ticks() == last);
    assertThat(told).extracting(Bar::isFinal).containsOnly(false);
    now.incrementAndGet();
    await().until(() -> told.get(told.size() - 1).isFinal());
    assertThat(told).filteredOn(Bar::isFinal).hasSize(1);
    assertThat(told.get(told.size() - 1).corrected()).isNull();

    assertThat(longer).extracting(Bar::isFinal).containsOnly(false);
    now.set((later + 300) * 1_000 + 2_000);
    await().until(() -> longer.get(longer.size() - 1).isFinal());
    assertThat(longer).filteredOn(Bar::isFinal).as("without another tick").hasSize(1);
  }

  @Test
  void readsFewSnapshotsAtOnce() {
    RedisProxy proxy = redis.proxy();
    Vertx vertx = redis.vertx();
    deploy(vertx, new OhlcvVerticle(), CacheNode.config(proxy.uri(), new JsonObject()));
    await().ignoreExceptions().until(() -> get(snapshot(vertx)).bars().isEmpty());
    Predicate<List<String>> reads = command -> command.get(0).equalsIgnoreCase("zrange");
    long before = proxy.commands().stream().filter(reads).count();
    proxy.holdAnswers(reads);

    List<Future<BarSnapshot>> asked =
        IntStream.range(0, 20).mapToObj(i -> snapshot(vertx)).toList();

    await().until(() -> proxy.isHolding(reads));
    await()
        .during(Duration.ofMillis(300))
        .until(() -> proxy.commands().stream().filter(reads).count() - before <= 4);
    proxy.letGo();
    asked.forEach(one -> assertThat(get(one).bars()).isEmpty());
  }

  private static Future<BarSnapshot> snapshot(Vertx vertx) {
    return BarSnapshot.request(vertx, EXCHANGE, SYMBOL, Timeframe.M1, 10);
  }

  @Test
  void waitsForNoBarThatEndsInYears() {
    CacheNode node = node();
    Instant far = Instant.parse("2100-01-01T00:00:00Z");
    Bar bar =
        Bar.builder(EXCHANGE, SYMBOL, Timeframe.M1, far)
            .prices(BigDecimal.ONE, BigDecimal.ONE, BigDecimal.ONE, BigDecimal.ONE)
            .build();
    AtomicInteger told = new AtomicInteger();
    node.vertx().eventBus().localConsumer(OhlcvCache.UPDATES, message -> told.incrementAndGet());

    get(
        OhlcvCache.proxy(node.vertx())
            .updateOhlcvBars(SYMBOL, EXCHANGE, Timeframe.M1, List.of(bar)));

    await().until(() -> told.get() == Timeframe.values().length);
    // Who has something to do has the lease, or asks for it three times while it lasts.
    await()
        .during(Duration.ofMillis(3 * LEASE_MS))
        .until(() -> node.redis(Command.EXISTS, "fullon:ohlcv:writer").toInteger() == 0);
  }

  @Test
  void forgetsAMarketThatHasHadNoTickerForAnHour() {
    RedisProxy proxy = redis.proxy();
    Vertx vertx = redis.vertx();
    AtomicLong now = new AtomicLong((DAY + 30) * 1_000);
    JsonObject config = CacheNode.config(proxy.uri(), new JsonObject());
    deploy(vertx, new TickVerticle(), config);
    deploy(vertx, new OhlcvVerticle(), config);
    deploy(vertx, new CandlesVerticle(now::get), config);
    tick(vertx, DAY, "5");
    await().until(() -> reads(proxy) > 0 && !bars(vertx, Timeframe.M1).isEmpty());
    long before = reads(proxy);

    // It is read again with what it goes on.
    await()
        .pollInterval(Duration.ofMillis(700))
        .until(
            () -> {
              tick(vertx, DAY, "5");
              get(TickCache.proxy(vertx).deleteTicker(SYMBOL, EXCHANGE));
              now.addAndGet(3_600_001);
              return reads(proxy) > before;
            });
  }

  /** How often it was read with what the market's bars go on. */
  private static long reads(RedisProxy proxy) {
    return proxy.commands().stream()
        .filter(
            command ->
                command.size() == Timeframe.values().length + 3
                    && command.get(3).contains("{ohlcv:" + EXCHANGE + ":" + SYMBOL + "}"))
        .count();
  }
}
