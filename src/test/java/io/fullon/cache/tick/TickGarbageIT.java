package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What other programs write where ticks should be: it harms nobody and locks nobody out. */
class TickGarbageIT {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();
  private static final long GARBAGE_TIME = 1_700_000_060;
  private static final long TICK_TIME = 1_700_000_000;
  private static final Instant NOW = Instant.ofEpochSecond(TICK_TIME);

  @AutoClose
  private static final CacheNode node =
      CacheNode.start("tick", "compare_interval_ms", 50, "scan_interval_ms", 50);

  private final String exchange = "garbage" + EXCHANGES.incrementAndGet();

  private static TickCache ticks() {
    return node.ticks();
  }

  private Tick tick(String symbol, String price, long second) {
    return Tick.of(exchange, symbol, new BigDecimal(price), Instant.ofEpochSecond(second));
  }

  private void store(String symbol, String json) {
    node.redis(Command.HSET, "tickers:" + exchange, symbol, json);
  }

  private void publish(String symbol, String json) {
    node.redis(Command.PUBLISH, "ticker_updates:" + exchange + ":" + symbol, json);
  }

  static Stream<String> garbage() {
    String time = ",\"time\":" + GARBAGE_TIME;
    return Stream.of(
        "",
        "x",
        "null",
        "5",
        "\"text\"",
        "[{\"price\":1" + time + "}]",
        "{}",
        "{\"time\":" + GARBAGE_TIME + "}",
        "{\"price\":1}",
        "{\"price\":1" + time,
        "{\"price\":1" + time + "}{}",
        "{\"price\":null" + time + "}",
        "{\"price\":NaN" + time + "}",
        "{\"price\":-Infinity" + time + "}",
        "{\"price\":\"nan\"" + time + "}",
        "{\"price\":\"inf\"" + time + "}",
        "{\"price\":\"0x10\"" + time + "}",
        "{\"price\":\" 1\"" + time + "}",
        "{\"price\":\"\"" + time + "}",
        "{\"price\":\"abc\"" + time + "}",
        "{\"price\":true" + time + "}",
        "{\"price\":[1]" + time + "}",
        "{\"price\":1e70" + time + "}",
        "{\"price\":1E9999999999" + time + "}",
        "{\"price\":0x10" + time + "}",
        "{\"price\":007" + time + "}",
        "{\"price\":1." + time + "}",
        "{\"price\":\"1.\"" + time + "}",
        "{\"price\":\"01\"" + time + "}",
        "{\"price\":0." + "0".repeat(63) + "1" + time + "}",
        "{\"price\":\"" + "0".repeat(65) + "\"" + time + "}",
        "{\"price\":1." + "0".repeat(63) + time + "}",
        "{\"price\":1e-63" + time + "}",
        "{\"price\":" + "1".repeat(1_000_000) + time + "}",
        "{\"price\":\"" + "1".repeat(1_000_000) + "\"" + time + "}",
        "{\"price\":1" + " ".repeat(10_000_000) + time + "}",
        "{\"price\":1,\"volume\":0x10" + time + "}",
        "{\"price\":1,\"volume\":007" + time + "}",
        "{\"price\":1,\"volume\":\"0x10\"" + time + "}",
        "{\"price\":\"1e999999999\"" + time + "}",
        "{\"price\":1,\"bid\":\"abc\"" + time + "}",
        "{\"price\":1,\"ask\":true" + time + "}",
        "{\"price\":1,\"last\":{}" + time + "}",
        "{\"price\":1,\"seq\":\"5\"" + time + "}",
        "{\"price\":1,\"seq\":1.5" + time + "}",
        "{\"price\":1,\"seq\":-1" + time + "}",
        "{\"price\":1,\"seq\":1e20" + time + "}",
        "{\"price\":1,\"time\":" + GARBAGE_TIME + "." + "0".repeat(64) + "}",
        "{\"price\":1,\"time\":" + "1".repeat(1_000_000) + "}",
        "{\"price\":1,\"time\":1e999999999}",
        "{\"price\":1,\"time\":\"" + GARBAGE_TIME + "\"}",
        "{\"price\":1,\"time\":NaN}",
        "{\"price\":1,\"time\":Infinity}",
        "{\"price\":1,\"time\":null}",
        "{\"price\":1,\"time\":-5}",
        "{\"price\":1,\"time\":9999999999}",
        "{\"price\":1,\"time\":1700000060000}");
  }

  @ParameterizedTest
  @MethodSource("garbage")
  void garbageIsNotServedAndLocksNobodyOut(String garbage) {
    store("A", garbage);
    publish("A", garbage);

    assertThat(get(ticks().updateTicker(exchange, tick("A", "1", TICK_TIME)))).isTrue();

    assertThat(get(ticks().getPrice("A", exchange))).isEqualTo("1");
  }

  @ParameterizedTest
  @MethodSource("garbage")
  void garbageDoesNotReplaceWhatIsKnown(String garbage) {
    get(ticks().updateTicker(exchange, tick("A", "1", TICK_TIME)));
    store("A", garbage);
    publish("A", garbage);
    // Behind the garbage: what is told of it is told by now.
    store("B", "{\"price\":2,\"time\":" + TICK_TIME + "}");
    await().until(() -> get(ticks().getPrice("B", exchange)) != null);

    assertThat(get(ticks().getPrice("A", exchange))).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"price\":1,\"time\":1700000060}",
        "{\"price\":1e-05,\"time\":1700000060.0000001,\"bid\":null,\"volume\":12.0}",
        "{\"price\":\"1.50\",\"time\":1.70000006e9,\"ask\":\"1e3\",\"seq\":null}",
        "{\"price\":-1,\"time\":1700000060,\"symbol\":5,\"other\":[{}]}",
        "{\"symbol\":\"\\u5e01\\\\\",\"price\":1, \"time\" : 1700000060 , \"ask\":NaN}",
        "{\"price\":1,\"bid\":-Infinity,\"ask\":\"nan\",\"last\":1e70,\"time\":1700000060}",
        "{\"price\":1,\"volume\":\"-Infinity\",\"seq\":NaN,\"time\":1700000060}",
        "{\"price\":1,\"volume\":\"1e999999999\",\"seq\":8.0,\"time\":1700000060}"
      })
  void aLaterTickOfAnotherProgramIsNotReplaced(String json) {
    store("A", json);

    assertThat(get(ticks().updateTicker(exchange, tick("A", "9", TICK_TIME)))).isFalse();
    assertThat(get(ticks().updateTicker(exchange, tick("A", "9", GARBAGE_TIME)))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "A B:1", "a:", ":A", "a:*", "a:'", "é:A"})
  void aChannelThatNamesNoTickerIsSkipped(String names) {
    String json = "{\"price\":1,\"time\":" + TICK_TIME + "}";

    node.redis(Command.PUBLISH, "ticker_updates:" + names, json);
    // Stored too, because what is not in Redis is forgotten with the next comparison.
    store("A", json);
    publish("A", json);

    await().until(() -> get(ticks().getPrice("A", exchange)) != null);
  }

  @Test
  void garbageIsCounted() {
    MeterRegistry registry = new SimpleMeterRegistry();
    Metrics.addRegistry(registry);
    try {
      garbage().forEach(json -> publish("A", json));

      await()
          .until(
              () ->
                  registry.get("fullon.cache.ticks.garbage").functionCounter().count()
                      >= garbage().count());
    } finally {
      Metrics.removeRegistry(registry);
    }
  }

  @Test
  void keysThatNameNoExchangeAreSkipped() {
    String json = "{\"price\":1,\"time\":" + TICK_TIME + "}";
    for (String key : new String[] {"", "a b", "a:b", "*", "é", "x".repeat(65)}) {
      node.redis(Command.HSET, "tickers:" + key, "A", json);
    }
    store("NOT A SYMBOL", json);
    store("", json);
    store("A", json);

    await().until(() -> get(ticks().getPrice("A", exchange)) != null);
    assertThat(get(ticks().getAllTickers(exchange))).hasSize(1);
  }

  @Test
  void theFeedGoesOnAfterGarbage() {
    try (FeedClient feed = node.feed()) {
      feed.next("welcome");
      feed.subscribe(exchange, "*");

      garbage().forEach(json -> publish("A", json));
      publish("A", "{\"price\":1.50,\"time\":" + TICK_TIME + "}");

      JsonObject tick = feed.next("update").getJsonArray("ticks").getJsonObject(0);
      assertThat(tick.getString("price")).isEqualTo("1.50");
    }
  }

  @Test
  void deletingAnExchangeDeletesItsGarbageToo() {
    store("A", "x");
    store("NOT A SYMBOL", "{}");
    store("", "{}");
    get(ticks().updateTicker(exchange, tick("B", "1", TICK_TIME)));

    get(ticks().deleteExchangeTickers(exchange));

    assertThat(node.redis(Command.EXISTS, "tickers:" + exchange).toInteger()).isZero();
    assertThat(get(ticks().getAllTickers(exchange))).isEmpty();
  }

  // Numbers that are none

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NaN",
        "Infinity",
        "-Infinity",
        "\"NaN\"",
        "\"nan\"",
        "\"-inf\"",
        "\"Infinity\"",
        "1e64",
        "1e999999999",
        "1e-999999999",
        "1E9999999999",
        "\"1e9999999999\"",
        "12345678901234567890123456789012345678901234567890123456789012345"
      })
  void anOptionalNumberThatIsNoneIsAbsent(String number) {
    String json =
        String.format(
            "{\"price\":1,\"time\":%d,\"bid\":%s,\"ask\":3,\"volume\":%2$s,\"last\":%2$s}",
            TICK_TIME, number);
    store("A", json);
    publish("A", json);

    await().until(() -> get(ticks().getPrice("A", exchange)) != null);
    Tick tick = get(ticks().getTicker("A", exchange));
    assertThat(tick)
        .isEqualTo(
            Tick.builder(exchange, "A")
                .price(BigDecimal.ONE)
                .time(Instant.ofEpochSecond(TICK_TIME))
                .ask(new BigDecimal("3"))
                .build());
  }

  @Test
  void aSeqThatIsNoneIsAbsentAndOneWithAZeroFractionIsAnInteger() {
    store("A", "{\"price\":1,\"time\":" + TICK_TIME + ",\"seq\":NaN}");
    store("B", "{\"price\":1,\"time\":" + TICK_TIME + ",\"seq\":8.0}");

    await().until(() -> get(ticks().getAllTickers(exchange)).size() == 2);
    assertThat(get(ticks().getAllTickers(exchange)))
        .extracting(Tick::seq)
        .containsExactly(null, 8L);
  }

  @Test
  void aNumberOfAMillionDigitsHoldsUpNobody() {
    String digits = "7".repeat(1_000_000);
    String ours = "{\"symbol\":\"A\",\"exchange\":\"" + exchange + "\",\"price\":";
    for (int i = 0; i < 20; i++) {
      publish("A", ours + digits + ",\"time\":1.000000}");
      publish("A", ours + "1,\"time\":" + digits + ".000000}");
      publish("A", ours + "1,\"time\":1.000000,\"seq\":" + digits + "}");
      publish("A", ours + "1,\"bid\":" + digits + ".5,\"time\":\"x\"}");
      publish("A", "{\"price\":1,\"time\":1e" + digits + "}");
      publish("A", "{\"price\":1,\"time\":1,\"seq\":-" + digits + "}");
    }
    store("A", ours + digits + ",\"time\":1.000000}");
    store("B", "{\"price\":1,\"time\":1,\"volume\":" + "7".repeat(60_000) + "}");

    // Each took a second or more, on the only thread that reads ticks, and at each comparison.
    await().until(() -> get(ticks().getPrice("B", exchange)) != null);
    assertThat(get(ticks().getTicker("B", exchange)).volume()).isNull();
    assertThat(get(ticks().updateTicker(exchange, tick("A", "2", TICK_TIME)))).isTrue();
    assertThat(get(ticks().getPrice("A", exchange))).isEqualTo("2");
  }

  @Test
  void aSymbolOfManyDigitsHoldsUpNobody() {
    String digits = "7".repeat(60_000);
    String key = "symbols_list:" + exchange;
    node.redis(Command.HSET, key, "A", "{\"tick_size\":" + digits + ",\"precision\":2.0}");
    node.redis(Command.HSET, key, "B", "{\"precision\":" + digits + "}");
    node.redis(Command.HSET, key, "C", "{\"precision\":2.5}");
    node.redis(Command.HSET, key, "D", "{\"margin\":NaN,\"tick_size\":NaN,\"description\":NaN}");

    assertThat(get(node.symbols().getSymbols(exchange)))
        .containsExactly(
            Symbol.of(exchange, "A", 2, null),
            Symbol.of(exchange, "B", null, null),
            Symbol.of(exchange, "D", null, null));
  }

  @Test
  void whatIsLongerThan64KilobytesIsSkippedUnread() {
    String tick = "{\"price\":1,\"time\":1" + " ".repeat(70_000) + "}";
    String symbol = "{\"precision\":2" + " ".repeat(70_000) + "}";
    String symbols = "symbols_list:" + exchange;
    store("A", tick);
    store("x".repeat(1_000_000), "{\"price\":1,\"time\":1}");
    node.redis(Command.HSET, symbols, "A", symbol, "B", "{}");

    assertThat(
            warnings(
                "io.fullon.cache.tick",
                () -> {
                  store("C", tick);
                  awaitSymbolZ();
                }))
        .contains(
            "Skipped what is no tick: "
                + exchange
                + " C: body: must be JSON of at most 65536 bytes, got 70020");
    assertThat(get(ticks().getAllTickers(exchange))).extracting(Tick::symbol).containsExactly("Z");
    assertThat(
            warnings(
                "io.fullon.cache.symbol",
                () -> {
                  assertThat(get(node.symbols().getSymbol("A", exchange))).isNull();
                  assertThat(get(node.symbols().getSymbols(exchange)))
                      .containsExactly(Symbol.of(exchange, "B", null, null));
                }))
        .containsExactly(
            "Skipped what is no symbol: "
                + exchange
                + " A: body: must be JSON of at most 65536 bytes, got 70015");
  }

  @Test
  void manyTicksAreReadInPages() {
    String fill =
        """
        for i = 1, 3000 do
          redis.call('HSET', KEYS[1], 'S' .. i, '{"price":' .. i .. ',"time":1' .. (' '):rep(i) .. '}')
        end
        """;
    node.redis(Command.EVAL, fill, "1", "tickers:" + exchange);

    await().until(() -> get(ticks().getAllTickers(exchange)).size() == 3_000);
    assertThat(get(ticks().getPrice("S3000", exchange))).isEqualTo("3000");
  }

  // Removals

  private void publishRemoval(String symbols) {
    String removal = "{\"exchange\":\"" + exchange + "\",\"symbols\":{" + symbols + "}}";
    node.redis(Command.PUBLISH, "fullon:tickers:removed", removal);
  }

  private static String numbered(int symbols) {
    return IntStream.range(0, symbols)
        .mapToObj(i -> "\"s" + i + "\":1")
        .collect(Collectors.joining(","));
  }

  private static TickTable table() {
    // The node is there already, with options.
    TickNode.Acquired shared = TickNode.acquire(node.vertx(), null, null);
    get(shared.release());
    return shared.node().table();
  }

  @Test
  void aRemovalOfAMillionTickersIsRefusedAndHoldsUpNobody() {
    String other = exchange + "-other";

    assertThat(
            warnings(
                "io.fullon.cache.tick",
                () -> {
                  for (int i = 0; i < 3; i++) {
                    publishRemoval(numbered(1_500_000));
                  }
                  get(ticks().updateTicker(other, Tick.of(other, "A", BigDecimal.ONE, NOW)));
                  await().until(() -> published(other));
                },
                "removed"))
        .singleElement()
        .asString()
        .contains("removal: must be at most 131072 characters");
    assertThat(table().find(other)).isNotNull();
    assertThat(table().find(exchange)).isNull();
  }

  private boolean published(String other) {
    return get(TickSnapshot.request(node.vertx())).ticks().stream()
        .anyMatch(tick -> tick.exchange().equals(other));
  }

  @Test
  void aRemovalOfUnknownTickersLeavesNothing() {
    get(ticks().updateTicker(exchange, tick("A", "1", 1)));
    await().until(() -> published(exchange));

    List<TickRemoval> removed = new CopyOnWriteArrayList<>();
    MessageConsumer<TickRemoval> consumer =
        node.vertx().eventBus().localConsumer(TickCache.REMOVED, m -> removed.add(m.body()));

    publishRemoval(numbered(5_000) + ",\"A\":9007199254740990");

    await().until(() -> removed.contains(new TickRemoval(exchange, List.of("A"))));
    get(consumer.unregister());
    assertThat(table().exchange(exchange).symbols()).toIterable().isSubsetOf("A");
  }

  @Test
  void whatIsNoNumberRemovesNothing() {
    get(ticks().updateTickers(List.of(tick("A", "1", 1), tick("B", "1", 1))));
    await().until(() -> published(exchange));

    publishRemoval("\"A\":9007199254740990,\"B\":\"x\"");
    publish("C", "{\"price\":1,\"time\":1}");
    store("C", "{\"price\":1,\"time\":1}");

    await().until(() -> get(ticks().getPrice("C", exchange)) != null);
    assertThat(get(ticks().getPrice("A", exchange))).isEqualTo("1");
  }

  @Test
  void manyTickersAreRemovedInMessagesThatAreRead() {
    List<TickRemoval> removed = new CopyOnWriteArrayList<>();
    MessageConsumer<TickRemoval> consumer =
        node.vertx().eventBus().localConsumer(TickCache.REMOVED, m -> removed.add(m.body()));
    // As long as symbols can be in a message.
    String symbol = "/".repeat(58);
    List<Tick> all = IntStream.range(0, 5_000).mapToObj(i -> tick(symbol + i, "1", 1)).toList();
    get(ticks().updateTickers(all));
    store("x".repeat(1_000_000), "x");

    assertThat(get(ticks().deleteExchangeTickers(exchange))).isEqualTo(5_001);

    await()
        .until(
            () ->
                removed.stream()
                        .filter(removal -> removal.exchange().equals(exchange))
                        .mapToInt(removal -> removal.symbols().size())
                        .sum()
                    == 5_000);
    get(consumer.unregister());
  }

  // The numbers of ticks

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "-5", "1.5", "0x10", " 1", "1e3", "inf", "nan", "9007199254740992"})
  void aNumberOfTheLastTickThatIsNoneBeginsAnew(String garbage) {
    get(ticks().updateTicker(exchange, tick("A", "1", 1)));
    node.redis(Command.HSET, numbers(), "A", garbage);
    long before = node.redis(Command.TIME).get(0).toLong() * 1_000;

    assertThat(get(ticks().updateTicker(exchange, tick("A", "2", 2)))).isTrue();
    long seq = get(ticks().getTicker("A", exchange)).seq();
    assertThat(get(ticks().updateTicker(exchange, tick("A", "3", 3)))).isTrue();

    assertThat(seq).isGreaterThanOrEqualTo(before);
    assertThat(get(ticks().getTicker("A", exchange)).seq()).isEqualTo(seq + 1);
  }

  @Test
  void aNumberOfAMillionDigitsBeginsAnewToo() {
    aNumberOfTheLastTickThatIsNoneBeginsAnew("7".repeat(1_000_000));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-5", "0x10", "inf", "9007199254740992"})
  void aTickerWithoutAUsableNumberCanBeDeletedAndComesAgain(String garbage) {
    get(ticks().updateTicker(exchange, tick("A", "1", 5)));
    node.redis(Command.HSET, numbers(), "A", garbage);

    assertThat(get(ticks().deleteTicker("A", exchange))).isTrue();
    assertThat(get(ticks().getTicker("A", exchange))).isNull();
    assertThat(get(ticks().updateTicker(exchange, tick("A", "2", 1)))).isTrue();
    assertThat(get(ticks().getPrice("A", exchange))).isEqualTo("2");
  }

  private String numbers() {
    return "fullon:{tickers:" + exchange + "}:seq";
  }

  // What is said

  private List<String> warnings(String of, Runnable action) {
    return warnings(of, action, exchange + " ");
  }

  private static List<String> warnings(String of, Runnable action, String about) {
    Logger logger = (Logger) LoggerFactory.getLogger(of);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.setLevel(Level.WARN);
    logger.addAppender(log);
    try {
      action.run();
      return List.copyOf(log.list).stream()
          .map(ILoggingEvent::getFormattedMessage)
          .filter(line -> line.contains(about))
          .toList();
    } finally {
      logger.detachAppender(log);
      logger.setLevel(null);
    }
  }

  @Test
  void whatIsSkippedIsSaidOnceForEachSymbolAndReason() {
    assertThat(
            warnings(
                "io.fullon.cache.tick",
                () -> {
                  for (int i = 0; i < 100; i++) {
                    publish("A", "{\"price\":NaN,\"time\":1}");
                    publish("A", "{\"price\":1,\"time\":" + (9_999_999_999L + i) + "}");
                    publish("币", "{\"price\":\"" + "x".repeat(200 + i) + "\",\"time\":1}");
                  }
                  publish("A B\n", "{\"price\":1,\"time\":1}");
                  awaitSymbolZ();
                }))
        .containsExactly(
            "Skipped what is no tick: " + exchange + " A: price: must be a decimal number, got NaN",
            "Skipped what is no tick: "
                + exchange
                + " A: time: must not be more than 60 s ahead of now, got 2286-11-20T17:46:39Z",
            "Skipped what is no tick: "
                + exchange
                + " 币: price: must be a decimal number, got \""
                + "x".repeat(60)
                + "…\" (200 characters)",
            "Skipped what is no tick: "
                + exchange
                + " A B\\u000a: symbol: must be a symbol, 1 to 64 printable characters without"
                + " spaces, quotes, \\ and *, got \"A B\\u000a\"");
  }

  private void awaitSymbolZ() {
    store("Z", "{\"price\":1,\"time\":1}");
    await().until(() -> get(ticks().getPrice("Z", exchange)) != null);
  }

  @Test
  void aSkippedSymbolIsSaidOnceWithItsName() {
    node.redis(Command.HSET, "symbols_list:" + exchange, "ÉTH/USD", "{\"precision\":-1}");

    assertThat(
            warnings(
                "io.fullon.cache.symbol",
                () -> {
                  for (int i = 0; i < 20; i++) {
                    assertThat(get(node.symbols().getSymbols(exchange))).isEmpty();
                    assertThat(get(node.symbols().getSymbol("ÉTH/USD", exchange))).isNull();
                  }
                }))
        .containsExactly(
            "Skipped what is no symbol: "
                + exchange
                + " ÉTH/USD: precision: must be from 0 to 64, got -1");
  }

  @Test
  void garbageThatStaysInRedisIsCountedOnce() {
    MeterRegistry registry = new SimpleMeterRegistry();
    Metrics.addRegistry(registry);
    try {
      store("A", "x");
      store("B", "{\"price\":NaN,\"time\":1}");
      awaitSymbolZ();
      double counted = registry.get("fullon.cache.ticks.garbage").functionCounter().count();
      for (int i = 0; i < 5; i++) {
        // Each of these waits for another comparison.
        store("Z", "{\"price\":" + (i + 2) + ",\"time\":1}");
        BigDecimal price = new BigDecimal(i + 2);
        await()
            .untilAsserted(() -> assertThat(get(ticks().getPrice("Z", exchange))).isEqualTo(price));
      }
      assertThat(counted).isPositive();
      assertThat(registry.get("fullon.cache.ticks.garbage").functionCounter().count())
          .isEqualTo(counted);

      store("A", "y");
      await()
          .until(
              () ->
                  registry.get("fullon.cache.ticks.garbage").functionCounter().count()
                      == counted + 1);
    } finally {
      Metrics.removeRegistry(registry);
    }
  }
}
