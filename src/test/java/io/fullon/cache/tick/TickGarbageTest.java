package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What other programs write where ticks should be: it harms nobody and locks nobody out. */
class TickGarbageTest {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();
  private static final long GARBAGE_TIME = 1_700_000_060;
  private static final long TICK_TIME = 1_700_000_000;

  private static CacheNode node;

  private final String exchange = "garbage" + EXCHANGES.incrementAndGet();

  @BeforeAll
  static void startNode() {
    node =
        CacheNode.start(
            new JsonObject().put("tick", new JsonObject().put("compare_interval_ms", 50)));
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

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
        "{\"price\":\"1e999999999\"" + time + "}",
        "{\"price\":1,\"bid\":\"abc\"" + time + "}",
        "{\"price\":1,\"ask\":true" + time + "}",
        "{\"price\":1,\"last\":{}" + time + "}",
        "{\"price\":1,\"volume\":NaN" + time + "}",
        "{\"price\":1,\"seq\":\"5\"" + time + "}",
        "{\"price\":1,\"seq\":1.5" + time + "}",
        "{\"price\":1,\"seq\":-1" + time + "}",
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
        "{\"price\":-1,\"time\":1700000060,\"symbol\":5,\"other\":[{}]}"
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
          .until(() -> registry.counter("fullon.cache.ticks.garbage").count() >= garbage().count());
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
}
