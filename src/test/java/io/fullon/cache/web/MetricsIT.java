package io.fullon.cache.web;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.testing.Scrape;
import io.fullon.cache.tick.Tick;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is counted, each in a process where nobody else counts. */
class MetricsIT {

  private static final String DONE = "as it should be";

  private static final JsonObject COMPARED_OFTEN =
      new JsonObject().put("tick", new JsonObject().put("compare_interval_ms", 50));

  /** What happens in a process, and what is expected of it. */
  private interface Scenario {
    void run(EmbeddedRedis redis) throws Exception;
  }

  private static final Map<String, Scenario> SCENARIOS =
      Map.ofEntries(
          Map.entry("count from the start and not from the first scrape", MetricsIT::fromTheStart),
          Map.entry("are there from the deployment on", MetricsIT::areThere),
          Map.entry("go with the last node", MetricsIT::goWithTheLastNode),
          Map.entry("count the ticks that are stored and refused", MetricsIT::ticksStored),
          Map.entry("count the ticks that a node learns of", MetricsIT::ticksSeen),
          Map.entry("tell the age of an exchange while it has a ticker", MetricsIT::age),
          Map.entry("time each call and count how it failed", MetricsIT::operations),
          Map.entry("count what the feed sends", MetricsIT::feed),
          Map.entry("count conflated ticks", MetricsIT::conflated),
          Map.entry("count refused upgrades", MetricsIT::refused),
          Map.entry("count connections that the feed closes", MetricsIT::closed),
          Map.entry("tell how late the event loops are", MetricsIT::loopLag));

  static final class ScenarioProcess {

    private ScenarioProcess() {}

    public static void main(String[] arguments) throws Exception {
      try (EmbeddedRedis redis = CacheNode.newRedis()) {
        SCENARIOS.get(arguments[0]).run(redis);
      }
      System.out.println(DONE);
      System.exit(0);
    }
  }

  static Stream<String> scenarios() {
    return SCENARIOS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void they(String scenario) {
    try (ChildJvm process = ChildJvm.start(ScenarioProcess.class, scenario)) {
      process.expect(DONE);
    }
  }

  // Helpers

  private static Tick tick(String symbol, Instant time) {
    return Tick.of("binance", symbol, BigDecimal.ONE, time);
  }

  private static void awaitValue(CacheNode node, double value, String name, String... labels) {
    await(name)
        .untilAsserted(() -> assertThat(Scrape.of(node).value(name, labels)).isEqualTo(value));
  }

  private static Set<String> series(CacheNode node) {
    return Scrape.of(node).samples().stream()
        .filter(sample -> !sample.labels().containsKey("exchange"))
        .map(sample -> sample.name() + sample.labels())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> ourMeters() {
    return Metrics.globalRegistry.getMeters().stream()
        .map(meter -> meter.getId().toString())
        .filter(id -> id.contains("fullon."))
        .toList();
  }

  // Their life

  private static void fromTheStart(EmbeddedRedis redis) {
    JsonObject noGateway = new JsonObject().put("web", new JsonObject().put("enabled", false));
    try (CacheNode first = CacheNode.start(redis, noGateway)) {
      for (int i = 0; i < 7; i++) {
        first.redis(Command.HSET, "tickers:k", "X" + i + "/USD", "no json");
      }
    }
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      assertThat(Scrape.of(node).value("fullon_cache_ticks_garbage_total")).isEqualTo(7);
    }
  }

  private static void areThere(EmbeddedRedis redis) {
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      final Set<String> before = series(node);
      FlowCache flow = FlowCache.proxy(node.vertx());
      assertThat(failure(flow.settleOrder("binance", "x", 1))).matches(Failure.CONFLICT::matches);
      failure(node.call("fullon.account", "applyFill", new JsonObject()));
      get(node.ticks().updateTicker("binance", tick("A", Instant.now())));
      node.redis(Command.HSET, "symbols_list:binance", "A", "no json");
      get(node.symbols().getSymbols("binance"));
      get(AccountCache.proxy(node.vertx()).getPositions(1));
      get(node.orders().popOpenOrder("q", 0));
      System.gc();
      try (FeedClient client = node.feed()) {
        client.next("welcome");
        client.subscribe("*", "*");
        client.send("no json").next("error");
        FeedClient.refusal(node.vertx(), node.port(), "Origin", "http://evil.example");
      }

      assertThat(series(node)).isEqualTo(before);
    }
  }

  private static void goWithTheLastNode(EmbeddedRedis redis) {
    for (int round = 0; round < 3; round++) {
      try (CacheNode stays = CacheNode.start(redis, COMPARED_OFTEN)) {
        get(stays.ticks().updateTicker("binance", tick("A", Instant.now())));
        try (CacheNode goes = CacheNode.start(redis, COMPARED_OFTEN);
            FeedClient client = stays.feed();
            FeedClient other = goes.feed()) {
          client.next("welcome");
          client.subscribe("*", "*");
          other.next("welcome");
          other.subscribe("binance", "A", "B");
          awaitValue(stays, 2, "fullon_cache_feed_connections");
          awaitValue(stays, 3, "fullon_cache_feed_subscriptions");
          goes.undeploy();
          awaitValue(stays, 1, "fullon_cache_feed_connections");
          awaitValue(stays, 1, "fullon_cache_feed_subscriptions");
          awaitValue(stays, 17, "fullon_cache_redis_links", "state", "up");
          awaitValue(stays, 1, "fullon_cache_ticks_stored_total");
          assertThat(Scrape.of(stays).value("fullon_cache_ticks_newest_age_seconds"))
              .isNotNegative();
        }
        stays.undeploy();
        assertThat(ourMeters()).isEmpty();
      }
    }
    failToStart(redis, "web", new JsonObject().put("host", "192.0.2.1")); // is not ours
    failToStart(
        redis,
        "redis",
        new JsonObject().put("uri", "redis://127.0.0.1:1").put("start_within_ms", 1));
  }

  private static void failToStart(EmbeddedRedis redis, String section, JsonObject options) {
    assertThatThrownBy(() -> CacheNode.start(redis, new JsonObject().put(section, options)))
        .isInstanceOf(Exception.class);
    await().untilAsserted(() -> assertThat(ourMeters()).isEmpty());
  }

  // The market

  private static void ticksStored(EmbeddedRedis redis) {
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      Instant now = Instant.now();
      assertThat(get(node.ticks().updateTicker("binance", tick("A", now)))).isTrue();
      assertThat(get(node.ticks().updateTicker("binance", tick("A", now.minusSeconds(1)))))
          .isFalse();
      List<Tick> both = List.of(tick("A", now.minusSeconds(2)), tick("B", now));
      assertThat(get(node.ticks().updateTickers(both))).isEqualTo(1);
      assertThat(get(node.ticks().updateTickers(List.of()))).isZero();
      failure(node.ticks().updateTicker("binance", tick("A", now.plusSeconds(600))));
      failure(node.ticks().updateTickers(List.of(tick("C", now), tick("C", now.plusSeconds(600)))));

      Scrape scrape = Scrape.of(node);
      assertThat(scrape.value("fullon_cache_ticks_stored_total")).isEqualTo(2);
      assertThat(scrape.value("fullon_cache_ticks_refused_total", "reason", "older")).isEqualTo(2);
      assertThat(scrape.value("fullon_cache_ticks_refused_total", "reason", "ahead")).isEqualTo(2);
    }
  }

  private static void ticksSeen(EmbeddedRedis redis) {
    String seen = "fullon_cache_ticks_seen_total";
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      String json = "{\"price\":1,\"time\":" + Instant.now().getEpochSecond() + "}";
      for (int i = 0; i < 3; i++) {
        get(
            node.ticks()
                .updateTicker(
                    "kraken", Tick.of("kraken", "A", BigDecimal.valueOf(i), Instant.now())));
      }
      node.redis(Command.PUBLISH, "ticker_updates:kraken:B", json);
      node.redis(Command.PUBLISH, "ticker_updates:kraken:B", json); // known already
      node.redis(Command.PUBLISH, "ticker_updates:bitmex:B", "no json");

      awaitValue(node, 3, seen, "exchange", "kraken", "origin", "cache");
      awaitValue(node, 1, seen, "exchange", "kraken", "origin", "other");
      awaitValue(node, 1, "fullon_cache_ticks_garbage_total");
      assertThat(Scrape.of(node).all(seen, "exchange", "bitmex")).isEmpty();
    }
  }

  private static void age(EmbeddedRedis redis) {
    String age = "fullon_cache_ticks_newest_age_seconds";
    try (CacheNode node = CacheNode.start(redis, COMPARED_OFTEN)) {
      assertThat(Scrape.of(node).all(age)).isEmpty();
      get(node.ticks().updateTicker("binance", tick("A", Instant.now().minusSeconds(900))));
      get(node.ticks().updateTicker("binance", tick("B", Instant.now().minusSeconds(500))));

      await()
          .untilAsserted(
              () ->
                  assertThat(Scrape.of(node).all(age, "exchange", "binance"))
                      .singleElement()
                      .satisfies(sample -> assertThat(sample.value()).isBetween(500.0, 700.0)));

      // That a tick has come is what counts, not what became of its ticker.
      get(node.ticks().deleteTicker("B", "binance"));
      assertThat(Scrape.of(node).value(age, "exchange", "binance")).isBetween(500.0, 700.0);
      get(node.ticks().deleteExchangeTickers("binance"));
      await()
          .untilAsserted(
              () ->
                  assertThat(Scrape.of(node).samples())
                      .noneMatch(sample -> sample.labels().containsValue("binance")));
      get(node.ticks().updateTicker("binance", tick("A", Instant.now())));
      await().until(() -> !Scrape.of(node).all(age, "exchange", "binance").isEmpty());
    }
  }

  // Calls

  private static void operations(EmbeddedRedis redis) {
    String calls = "fullon_cache_operations_seconds_";
    String failed = "fullon_cache_operations_failed_total";
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      for (int i = 0; i < 5; i++) {
        get(node.ticks().getTicker("A", "binance"));
        get(node.symbols().getSymbols("binance"));
      }
      failure(node.call("fullon.tick", "getTicker", new JsonObject()));
      failure(FlowCache.proxy(node.vertx()).settleOrder("binance", "x", 1));

      Scrape scrape = Scrape.of(node);
      assertThat(scrape.value(calls + "count", "domain", "tick", "operation", "getTicker"))
          .isEqualTo(6);
      assertThat(
              scrape.value(
                  calls + "bucket", "domain", "symbol", "operation", "getSymbols", "le", "+Inf"))
          .isEqualTo(5);
      assertThat(scrape.value(calls + "sum", "operation", "getSymbols")).isPositive();
      assertThat(scrape.value(failed, "operation", "getTicker", "outcome", "INVALID_ARGUMENT"))
          .isEqualTo(1);
      assertThat(scrape.value(failed, "operation", "settleOrder", "outcome", "CONFLICT"))
          .isEqualTo(1);
      assertThat(scrape.all(failed).stream().mapToDouble(Scrape.Sample::value).sum())
          .as("with the getOrderStatus that found none")
          .isEqualTo(2);
      // What asks nobody loses no answer, and what compares nothing finds no conflict.
      assertThat(scrape.all(failed, "operation", "getTicker", "outcome", "TIMEOUT")).isEmpty();
      assertThat(scrape.all(failed, "operation", "getTicker", "outcome", "CONFLICT")).isEmpty();
      assertThat(scrape.all(calls + "max")).isEmpty();
    }
  }

  // The feed

  private static void feed(EmbeddedRedis redis) {
    JsonObject quiet = new JsonObject().put("web", new JsonObject().put("heartbeat_ms", 60_000));
    try (CacheNode node = CacheNode.start(redis, quiet)) {
      talk(node);
      awaitValue(node, 0, "fullon_cache_feed_connections");
      awaitValue(node, 0, "fullon_cache_feed_subscriptions");
    }
  }

  private static void talk(CacheNode node) {
    try (FeedClient client = node.feed()) {
      client.next("welcome");
      client.subscribe("binance", "A", "B");
      get(node.ticks().updateTicker("binance", tick("A", Instant.now().minusSeconds(60))));
      client.next("update");
      client.request("get", "binance", "A").next("ticks");
      client.request("unsubscribe", "binance", "A").next("ack");

      awaitValue(node, 1, "fullon_cache_feed_connections");
      awaitValue(node, 1, "fullon_cache_feed_subscriptions");
      // welcome, ack, snapshot, update, ticks, ack
      awaitValue(node, 6, "fullon_cache_feed_frames_total");
      awaitValue(node, 2, "fullon_cache_feed_ticks_total");
      awaitValue(node, 1, "fullon_cache_feed_lag_seconds_count");
      assertThat(Scrape.of(node).value("fullon_cache_feed_lag_seconds_sum")).isBetween(60.0, 100.0);
    }
  }

  private static void conflated(EmbeddedRedis redis) {
    try (CacheNode node = CacheNode.start(redis, new JsonObject());
        FeedClient client = node.feed()) {
      client.next("welcome");
      client.send(
          "{\"op\":\"subscribe\",\"exchange\":\"binance\",\"symbols\":[\"A\"],\"interval_ms\":500}");
      client.next("ack");
      client.snapshot();
      int sent = 0;
      int skipped = 0;
      Future<?> stored = Future.succeededFuture();
      for (int i = 0; i < 10; i++) {
        stored = node.ticks().updateTicker("binance", tick("A", Instant.now()));
      }
      get(stored);
      while (sent + skipped < 10) {
        JsonObject tick = client.next("update").getJsonArray("ticks").getJsonObject(0);
        sent++;
        skipped += tick.getInteger("conflated", 0);
      }

      assertThat(skipped).isPositive();
      awaitValue(node, skipped, "fullon_cache_feed_conflated_total");
      awaitValue(node, sent, "fullon_cache_feed_ticks_total");
    }
  }

  private static void refused(EmbeddedRedis redis) {
    JsonObject full =
        new JsonObject()
            .put(
                "web",
                new JsonObject().put("max_connections", 1).put("allowed_hosts", "a.example"));
    try (CacheNode node = CacheNode.start(redis, full);
        FeedClient only = node.feed()) {
      only.next("welcome");
      assertThat(FeedClient.refusal(node.vertx(), node.port())).isEqualTo(503);
      assertThat(FeedClient.refusal(node.vertx(), node.port(), "Origin", "http://b.example"))
          .isEqualTo(403);
      assertThat(FeedClient.refusal(node.vertx(), node.port(), "Host", "b.example")).isEqualTo(403);
      try (RawHttp http = new RawHttp(node.port())) {
        http.send(RawHttp.head("GET /feed HTTP/1.1", "Upgrade: websocket"));
        assertThat(http.answer("GET").status()).isEqualTo(400);
      }

      Scrape scrape = Scrape.of(node);
      assertThat(scrape.value("fullon_cache_feed_refused_total", "status", "503")).isEqualTo(1);
      assertThat(scrape.value("fullon_cache_feed_refused_total", "status", "403")).isEqualTo(2);
      assertThat(scrape.value("fullon_cache_feed_refused_total", "status", "400")).isEqualTo(1);
      assertThat(scrape.value("fullon_cache_feed_refused_total")).isEqualTo(4);
    }
  }

  private static void closed(EmbeddedRedis redis) {
    JsonObject small =
        new JsonObject().put("web", new JsonObject().put("max_message_bytes", 1_024));
    try (CacheNode node = CacheNode.start(redis, small)) {
      try (FeedClient client = node.feed()) {
        client.send("x".repeat(2_000));
        assertThat(client.closeCode()).isEqualTo(1009);
      }
      try (FeedClient client = node.feed()) {
        client.next("welcome"); // and leaves by itself, which is not counted
      }

      awaitValue(node, 1, "fullon_cache_feed_closed_total", "code", "1009");
      awaitValue(node, 1, "fullon_cache_feed_closed_total");
    }
  }

  // The process

  private static void loopLag(EmbeddedRedis redis) {
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      String count = "fullon_cache_loop_lag_seconds_count";
      await().until(() -> Scrape.of(node).value(count) > 8);
      Scrape scrape = Scrape.of(node);
      assertThat(scrape.value("fullon_cache_loop_lag_seconds_sum")).isPositive();
      assertThat(scrape.all("fullon_cache_build_info"))
          .singleElement()
          .satisfies(
              build -> {
                assertThat(build.labels()).containsOnlyKeys("version", "vertx", "java");
                assertThat(build.value()).isEqualTo(1);
              });
      assertThat(scrape.value("jvm_memory_used_bytes", "area", "heap")).isPositive();
      assertThat(scrape.value("process_uptime_seconds")).isPositive();
      assertThat(scrape.types()).containsKeys("jvm_gc_collections_seconds", "process_cpu_usage");
      // Who embeds the caches has the JVM's own, or wants none.
      assertThat(Metrics.globalRegistry.getMeters())
          .noneMatch(meter -> meter.getId().getName().startsWith("jvm."));
    }
  }
}
