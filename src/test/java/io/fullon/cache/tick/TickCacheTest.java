package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TickCacheTest {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();
  private static final String SYMBOL = "BTC/USD:PERP";

  // Compared often, so that what others delete is noticed within a test.
  @AutoClose
  private static final CacheNode node =
      CacheNode.start("tick", "compare_interval_ms", 100, "scan_interval_ms", 100);

  private final Queue<Tick> published = new ConcurrentLinkedQueue<>();
  private final Queue<TickRemoval> removed = new ConcurrentLinkedQueue<>();
  private TickCache ticks;
  private String exchange;

  @BeforeEach
  void listen() {
    ticks = node.ticks();
    exchange = "exchange" + EXCHANGES.incrementAndGet();
    node.vertx()
        .eventBus()
        .<Tick>localConsumer(
            TickCache.UPDATES,
            message -> {
              if (message.body().exchange().equals(exchange)) {
                published.add(message.body());
              }
            });
    node.vertx()
        .eventBus()
        .<TickRemoval>localConsumer(
            TickCache.REMOVED,
            message -> {
              if (message.body().exchange().equals(exchange)) {
                removed.add(message.body());
              }
            });
  }

  private Tick tick(String symbol, String price, long second) {
    return Tick.of(exchange, symbol, new BigDecimal(price), Instant.ofEpochSecond(second));
  }

  private boolean update(String price, long second) {
    return get(ticks.updateTicker(exchange, tick(SYMBOL, price, second)));
  }

  private String price() {
    BigDecimal price = get(ticks.getPrice(SYMBOL, exchange));
    return price == null ? null : price.toPlainString();
  }

  private String stored() {
    return String.valueOf(node.redis(Command.HGET, "tickers:" + exchange, SYMBOL));
  }

  private List<String> publishedPrices() {
    return published.stream().map(tick -> tick.price().toPlainString()).toList();
  }

  @Test
  void givesBackWhatWasStored() {
    Tick tick =
        new Tick(
            SYMBOL,
            exchange,
            new BigDecimal("9.9640"),
            Instant.parse("2026-01-01T00:00:00.000001Z"),
            new BigDecimal("1e3"),
            new BigDecimal("9.9"),
            null,
            new BigDecimal("0.00000000000000000000000000000000000001"),
            null);

    assertThat(get(ticks.updateTicker(exchange, tick))).isTrue();

    Tick stored = get(ticks.getTicker(SYMBOL, exchange));
    assertThat(stored.withSeq(null).toString()).isEqualTo(tick.toString());
    assertThat(stored.seq()).isNotNull();
    assertThat(stored())
        .isEqualTo(
            "{\"symbol\":\"BTC/USD:PERP\",\"exchange\":\""
                + exchange
                + "\",\"price\":9.9640,\"volume\":1000,\"bid\":9.9,"
                + "\"last\":0.00000000000000000000000000000000000001,"
                + "\"time\":1767225600.000001,\"seq\":"
                + stored.seq()
                + "}");
  }

  @Test
  void refusesAnOlderTickAndTakesTheLastOfEqualTime() {
    assertThat(update("2", 100)).isTrue();
    assertThat(update("1", 99)).isFalse();
    assertThat(price()).isEqualTo("2");
    assertThat(update("3", 100)).isTrue();
    assertThat(price()).isEqualTo("3");

    await().until(() -> publishedPrices().equals(List.of("2", "3")));
  }

  @Test
  void comparesTimesByValueNotByDigits() {
    assertThat(update("1", 999_999_999)).isTrue();
    assertThat(update("2", 1_000_000_000)).isTrue();
    assertThat(update("3", 999_999_999)).isFalse();
    assertThat(price()).isEqualTo("2");
  }

  @Test
  void numbersTicksOneByOneFromTheClock() {
    long before = Instant.now().toEpochMilli();
    List<Long> numbers = new ArrayList<>();
    for (int second = 1; second <= 3; second++) {
      update("1", second);
      numbers.add(get(ticks.getTicker(SYMBOL, exchange)).seq());
    }
    long first = numbers.get(0);

    assertThat(first).isBetween(before - 1_000, Instant.now().toEpochMilli() + 1_000);
    assertThat(numbers).containsExactly(first, first + 1, first + 2);
  }

  @Test
  void doesNotGoBackWithItsNumbersWhenATickerIsDeleted() {
    update("1", 200);
    long before = get(ticks.getTicker(SYMBOL, exchange)).seq();

    assertThat(get(ticks.deleteTicker(SYMBOL, exchange))).isTrue();
    assertThat(price()).isNull();
    assertThat(get(ticks.deleteTicker(SYMBOL, exchange))).isFalse();
    assertThat(update("2", 100)).isTrue();

    assertThat(get(ticks.getTicker(SYMBOL, exchange)).seq()).isGreaterThan(before);
    await().until(() -> publishedPrices().equals(List.of("1", "2")));
    assertThat(removed).containsExactly(new TickRemoval(exchange, List.of(SYMBOL)));
  }

  @Test
  void deletesAWholeExchange() {
    get(ticks.updateTickers(List.of(tick("A", "1", 5), tick("B", "2", 5), tick("C", "3", 5))));

    assertThat(get(ticks.deleteExchangeTickers(exchange))).isEqualTo(3);

    assertThat(get(ticks.getAllTickers(exchange))).isEmpty();
    assertThat(get(ticks.deleteExchangeTickers(exchange))).isZero();
    assertThat(node.redis(Command.EXISTS, "tickers:" + exchange).toInteger()).isZero();
    await().until(() -> removed.size() == 1);
    assertThat(removed.peek().symbols()).containsExactlyInAnyOrder("A", "B", "C");
  }

  @Test
  void storesABatchInItsOrderAndCountsWhatItStored() {
    List<Tick> batch =
        List.of(tick("A", "1", 10), tick("B", "2", 10), tick("A", "3", 11), tick("A", "4", 9));

    assertThat(get(ticks.updateTickers(batch))).isEqualTo(3);
    assertThat(get(ticks.updateTickers(List.of()))).isZero();

    assertThat(get(ticks.getAllTickers(exchange)))
        .extracting(tick -> tick.symbol() + tick.price())
        .containsExactly("A3", "B2");
  }

  @Test
  void storesALargeBatchAsOneAfterTheOther() {
    List<Tick> batch = new ArrayList<>();
    for (int i = 0; i < 1_201; i++) {
      // Every seventh is older than the one before it.
      batch.add(tick("S" + i % 3, String.valueOf(i), i % 7 == 6 ? i - 4 : i));
    }
    long refused = batch.size() / 7;

    assertThat(get(ticks.updateTickers(batch))).isEqualTo((int) (batch.size() - refused));

    await().until(() -> published.size() == batch.size() - refused);
    assertThat(published.stream().filter(tick -> tick.symbol().equals("S1")).map(Tick::seq))
        .isSorted()
        .doesNotHaveDuplicates();
    assertThat(published.stream().map(tick -> tick.price().intValue()))
        .isSorted()
        .noneMatch(i -> i % 7 == 6);
    assertThat(get(ticks.getPrice("S0", exchange))).isEqualTo("1200");
  }

  @Test
  void whoeverReadsOnTheSameNodeNeedNotWait() {
    update("7", 100);

    assertThat(ticks.getPrice(SYMBOL, exchange).result()).isEqualTo("7");
    assertThat(ticks.getPrice("", exchange).cause())
        .isInstanceOfSatisfying(
            ServiceException.class, refused -> assertThat(refused.failureCode()).isEqualTo(400))
        .hasMessageContaining("symbol");
  }

  @Test
  void givesTheLatestOfAnyExchange() {
    String symbol = "ANY/" + exchange;
    String other = exchange + "-other";
    get(ticks.updateTicker(exchange, tick(symbol, "1", 10)));
    get(
        ticks.updateTicker(
            other, Tick.of(other, symbol, new BigDecimal("2"), Instant.ofEpochSecond(11))));

    assertThat(get(ticks.getAnyTicker(symbol)).exchange()).isEqualTo(other);
    assertThat(get(ticks.getAnyTicker("NONE/" + exchange))).isNull();
  }

  @Test
  void aTickMayBeAsOldAsTheCallerSays() {
    update("1", 0);

    for (long ageMs : new long[] {3_155_760_000_000L, 3_155_760_000_001L, Long.MAX_VALUE}) {
      assertThat(get(ticks.getPrice(SYMBOL, exchange, ageMs))).isEqualTo("1");
      assertThat(get(ticks.getTicker(SYMBOL, exchange, ageMs))).isNotNull();
    }
    assertThat(get(ticks.getPrice(SYMBOL, exchange, 0L))).isNull();
    assertThat(get(ticks.getTicker(SYMBOL, exchange, 60_000L))).isNull();
    assertRefused(ticks.getPrice(SYMBOL, exchange, -1L), "maxAgeMs");
  }

  @Test
  void givesNothingForWhatIsUnknown() {
    assertThat(get(ticks.getTicker("X", exchange))).isNull();
    assertThat(get(ticks.getPrice("X", exchange))).isNull();
    assertThat(get(ticks.getAllTickers(exchange))).isEmpty();
    assertThat(get(ticks.getNextTicker("X", exchange, 0))).isNull();
    assertThat(get(ticks.getNextTicker("X", exchange, 20))).isNull();
  }

  @Test
  void wakesAllWhoWaitForTheNextTick() {
    update("1", 1);
    List<Future<Tick>> waiting = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      waiting.add(ticks.getNextTicker(SYMBOL, exchange, 20_000));
    }
    // Answered behind them: all wait now.
    get(ticks.getTicker(SYMBOL, exchange));
    update("2", 2);

    for (Future<Tick> each : waiting) {
      assertThat(get(each).price()).isEqualTo("2");
    }
  }

  @Test
  void publishesEachSymbolOnAnAddressOfItsOwn() {
    Queue<Tick> own = new ConcurrentLinkedQueue<>();
    node.vertx()
        .eventBus()
        .<Tick>localConsumer(TickCache.updates(exchange, "A"), message -> own.add(message.body()));

    get(ticks.updateTickers(List.of(tick("B", "1", 1), tick("A", "2", 1))));

    await().until(() -> own.size() == 1);
    assertThat(own.peek().symbol()).isEqualTo("A");
  }

  @Test
  void speaksPlainJson() {
    JsonObject tick =
        new JsonObject()
            .put("symbol", SYMBOL)
            .put("exchange", exchange)
            .put("price", "1e-05")
            .put("time", 1626916403.872)
            .put("bid", null)
            .put("unknown", new JsonArray());
    JsonObject call = new JsonObject().put("exchange", exchange).put("tick", tick);
    JsonObject which = new JsonObject().put("exchange", exchange).put("symbol", SYMBOL);

    assertThat(get(node.call(TickCache.ADDRESS, "updateTicker", call))).isEqualTo(true);

    assertThat(get(node.call(TickCache.ADDRESS, "getPrice", which))).isEqualTo("0.00001");
    JsonObject answer = (JsonObject) get(node.call(TickCache.ADDRESS, "getTicker", which));
    assertThat(answer.getString("price")).isEqualTo("0.00001");
    assertThat(answer.getDouble("time")).isEqualTo(1626916403.872);
    assertThat(answer.fieldNames())
        .containsExactlyInAnyOrder("symbol", "exchange", "price", "time", "seq");
  }

  // Other programs on the same Redis

  private void foreign(String json) {
    node.redis(Command.HSET, "tickers:" + exchange, SYMBOL, json);
    node.redis(Command.PUBLISH, "ticker_updates:" + exchange + ":" + SYMBOL, json);
  }

  @Test
  void servesAndForwardsWhatAnotherProgramWrites() {
    foreign("{\"price\": 1e-05, \"time\": 1626916403.8720001, \"volume\": 12.0, \"other\": [1]}");

    await().until(() -> "0.00001".equals(price()));
    Tick tick = get(ticks.getTicker(SYMBOL, exchange));
    assertThat(tick.seq()).isNull();
    assertThat(tick.time()).isEqualTo(Instant.parse("2021-07-22T01:13:23.872Z"));
    assertThat(tick.volume()).isEqualTo("12.0");
    await().until(() -> publishedPrices().equals(List.of("0.00001")));
  }

  @Test
  void doesNotForwardAnEarlierTickOfAnotherProgram() {
    update("5", 100);
    node.redis(
        Command.PUBLISH,
        "ticker_updates:" + exchange + ":" + SYMBOL,
        "{\"price\": 4, \"time\": 99}");
    foreign("{\"price\": 6, \"time\": 101}");

    await().until(() -> publishedPrices().equals(List.of("5", "6")));
    assertThat(update("7", 100)).isFalse();
    assertThat(update("8", 101)).isTrue();
    await().until(() -> publishedPrices().equals(List.of("5", "6", "8")));
  }

  @Test
  void skipsGarbageOfAnotherProgramAndIsNotLockedOutByIt() {
    update("1", 50);
    long ahead = Instant.now().getEpochSecond() + 3_600;
    foreign("not json");
    foreign("{\"price\": 1}");
    foreign("{\"price\": NaN, \"time\": 60}");
    foreign("{\"price\": 2, \"time\": " + ahead + "}");
    foreign("{\"price\": 3, \"time\": 1626916403872}");

    assertThat(price()).isEqualTo("1");
    assertThat(update("9", 51)).isTrue();

    await().until(() -> publishedPrices().equals(List.of("1", "9")));
    assertThat(price()).isEqualTo("9");
  }

  @Test
  void noticesWhatAnotherProgramDeletes() {
    update("1", 100);
    node.redis(Command.HDEL, "tickers:" + exchange, SYMBOL);

    await().until(() -> price() == null);
    await().until(() -> removed.size() == 1);
    assertThat(update("2", 50)).isTrue();
    assertThat(price()).isEqualTo("2");
  }

  @Test
  void noticesWhatAnotherProgramStoredWithoutPublishing() {
    node.redis(Command.HSET, "tickers:" + exchange, SYMBOL, "{\"price\": 7.0, \"time\": 5}");

    await().until(() -> "7.0".equals(price()));
    await().until(() -> publishedPrices().equals(List.of("7.0")));
  }

  @Test
  void isNotConfusedByAKeyThatIsNoHash() {
    node.redis(Command.SET, "tickers:string-" + exchange, "x");
    node.redis(Command.HSET, "tickers:" + exchange, SYMBOL, "{\"price\": 8, \"time\": 5}");

    await().until(() -> "8".equals(price()));
    node.redis(Command.DEL, "tickers:string-" + exchange);
  }

  @Test
  void refusesATimeThatWouldLockOutLaterOnes() {
    Tick ahead = tick(SYMBOL, "1", Instant.now().getEpochSecond() + 120);

    assertThat(failure(ticks.updateTicker(exchange, ahead)))
        .hasMessageContaining("tick.time")
        .hasMessageContaining("60 s");
    assertThat(failure(ticks.updateTickers(List.of(tick("A", "1", 1), ahead))))
        .hasMessageContaining("ticks[1].time");
    assertThat(node.redis(Command.EXISTS, "tickers:" + exchange).toInteger()).isZero();
  }
}
