package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.process.ProcessType;
import io.fullon.cache.source.FakeVenues.FakeKraken;
import io.fullon.cache.source.SourceState.State;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.testing.Scrape;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.testing.Signals;
import io.fullon.cache.testing.Token;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Fields;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Sources of a whole node: what the feed, HTTP and other nodes tell of them. */
class SourcesIT {

  private static JsonObject config(FakeVenue venue, String... symbols) {
    return new JsonObject()
        .put("source", RunningSource.TIMES.copy().put("lease_ms", 600))
        .put("sources", new JsonObject().put(venue.exchange(), venue.config(symbols)));
  }

  private static SourceState state(CacheNode node) {
    return SourceStates.of(node.vertx(), "kraken").orElse(null);
  }

  private static void awaitState(CacheNode node, State expected) {
    await("the state " + expected)
        .atMost(Patience.LONG)
        .until(() -> state(node) != null && state(node).state() == expected);
  }

  private static FakeVenue live(FakeVenue venue, CacheNode node, String price) {
    await().atMost(Patience.LONG).until(() -> venue.subscribed().contains("BTC/USD"));
    venue.tick(0, price);
    awaitState(node, State.LIVE);
    return venue;
  }

  @Test
  void everybodyIsToldHowTheyAre() {
    try (FakeVenue venue = new FakeKraken();
        CacheNode node = CacheNode.start(config(venue, "BTC/USD"));
        FeedClient early = node.feed()) {
      // A heartbeat of the exchange makes it live, which may be before this one has come.
      JsonArray sources = early.next("welcome").getJsonArray("sources");
      live(venue, node, "5.10");
      JsonObject told = sources.isEmpty() ? early.next("source") : sources.getJsonObject(0);
      while (!told.getString("state").equals("live")) {
        told = early.next("source");
      }
      assertThat(told.getString("exchange")).isEqualTo("kraken");
      assertThat(told.getDouble("since")).isPositive();
      assertThat(told.getString("reason")).isEmpty();

      venue.silent = true;

      JsonObject silent = early.next("source");
      assertThat(silent.getString("state")).isEqualTo("silent");
      assertThat(silent.getString("reason")).contains("nothing comes");
      try (FeedClient late = node.feed()) {
        JsonObject known = late.next("welcome").getJsonArray("sources").getJsonObject(0);
        assertThat(known.fieldNames())
            .containsExactlyInAnyOrder("exchange", "state", "since", "reason");
        assertThat(known.getString("state")).isEqualTo("silent");
      }
      assertThat(new JsonArray(RawHttp.get(node.port(), "/api/sources").text()).getJsonObject(0))
          .isEqualTo(without(silent));
      RawHttp.Answer ready = RawHttp.get(node.port(), "/health/ready");
      assertThat(ready.status()).isEqualTo(200);
      assertThat(new JsonObject(ready.text()).getJsonObject("sources").getString("kraken"))
          .isEqualTo("silent");
    }
  }

  private static JsonObject without(JsonObject frame) {
    JsonObject state = frame.copy();
    state.remove("type");
    return state;
  }

  @Test
  void aTokenForOtherExchangesTellsNothingOfIt() {
    JsonObject web = Options.of("jwt_secret", Token.SECRET, "port", 0, "auth_within_ms", 60_000);
    try (FakeVenue venue = new FakeKraken();
        CacheNode node = CacheNode.start(config(venue, "BTC/USD").put("web", web))) {
      live(venue, node, "1");
      String other =
          "Authorization: Bearer "
              + Token.hs256(Token.expiring(600).put("exchanges", new JsonArray().add("okx")));
      String all = "Authorization: Bearer " + Token.hs256(Token.expiring(600));

      assertThat(RawHttp.get(node.port(), "/api/sources", other).text()).isEqualTo("[]");
      assertThat(RawHttp.get(node.port(), "/api/sources", all).text()).contains("kraken");
      assertThat(RawHttp.get(node.port(), "/api/sources").status()).isEqualTo(401);
      try (FeedClient client = node.feed()) {
        assertThat(client.next("welcome").getJsonArray("sources")).isEmpty();
        client.send(
            new JsonObject()
                .put("op", "auth")
                .put("req_id", 1)
                .put("token", Token.hs256(Token.expiring(600))));
        client.next("ack");
        assertThat(client.next("source").getString("exchange")).isEqualTo("kraken");
      }
    }
  }

  @Test
  void oneNodeRunsItAndAllKnowHowItIs() {
    try (FakeVenue venue = new FakeKraken();
        SharedRedis redis = new SharedRedis()) {
      CacheNode one = redis.node(config(venue, "BTC/USD"));
      live(venue, one, "1");
      CacheNode other = redis.node(config(venue, "BTC/USD"));
      CacheNode third = redis.node(new JsonObject());
      awaitState(other, State.LIVE);
      awaitState(third, State.LIVE);
      assertThat(state(third)).isEqualTo(state(one));
      assertThat(venue.accepted()).isEqualTo(1);
      Instant time = Instant.now();
      venue.tick(0, "2.50", "2", "3", "9", time);
      await().until(() -> "2.50".equals(price(third)));
      Long seq = tick(third).seq();

      one.undeploy();

      await().atMost(Patience.LONG).until(() -> venue.accepted() == 2 && venue.open() == 1);
      await().atMost(Patience.LONG).until(() -> venue.subscribed().contains("BTC/USD"));
      venue.tick(0, "2.50", "2", "3", "9", time); // what the first one has stored already
      venue.tick(0, "2.60", "2", "3", "9", time.minusSeconds(9));
      awaitState(third, State.LIVE);
      await().until(() -> "2.60".equals(price(third)));
      assertThat(tick(third).seq()).isEqualTo(seq + 1);
      assertThat(tick(third).time())
          .isEqualTo(tick(other).time())
          .isAfterOrEqualTo(time.minusMillis(1));
      assertThat(venue.violations()).isEmpty();
    }
  }

  private static Tick tick(CacheNode node) {
    return get(node.ticks().getTicker("BTC/USD", "kraken"));
  }

  private static String price(CacheNode node) {
    Tick tick = tick(node);
    return tick == null ? null : tick.price().toPlainString();
  }

  @Test
  void itIsAProcessOfTheNodeThatRunsIt() {
    try (FakeVenue venue = new FakeKraken();
        SharedRedis redis = new SharedRedis()) {
      CacheNode one = redis.node(config(venue, "BTC/USD"));
      live(venue, one, "1");
      CacheNode other = redis.node(config(venue, "BTC/USD"));
      ProcessCache processes = ProcessCache.proxy(other.vertx());
      await()
          .until(
              () ->
                  ofExchange(processes).stream()
                      .anyMatch(process -> process.getString("status").equals("running")));
      JsonObject first = ofExchange(processes).get(0);
      assertThat(first.getString("process_type")).isEqualTo("tick");
      assertThat(first.getString("message")).startsWith("live");
      assertThat(first.getJsonObject("params").getInteger("heartbeat_ms")).isEqualTo(10_000);

      one.undeploy();

      await()
          .until(
              () ->
                  ofExchange(processes).stream()
                      .noneMatch(
                          process ->
                              process
                                  .getString("process_id")
                                  .equals(first.getString("process_id"))));
      await().atMost(Patience.LONG).until(() -> ofExchange(processes).size() == 1);
      assertThat(get(processes.getProcess(first.getString("process_id"))).getString("status"))
          .isEqualTo("stopped");
    }
  }

  private static List<JsonObject> ofExchange(ProcessCache processes) {
    return get(processes.getActiveProcesses(ProcessType.TICK, "kraken", null, null));
  }

  @Test
  void withoutANodeThatRunsItItIsDown() {
    try (FakeVenue venue = new FakeKraken();
        SharedRedis redis = new SharedRedis()) {
      CacheNode one = redis.node(config(venue, "BTC/USD"));
      live(venue, one, "1");
      CacheNode other = redis.node("source", "lease_ms", 600);
      awaitState(other, State.LIVE);

      one.undeploy();

      awaitState(other, State.DOWN);
      assertThat(state(other).reason()).contains("has stopped");
    }
  }

  @Test
  void aSymbolThatIsMissingIsLoggedOnce() {
    try (LogLines log = LogLines.of(Source.class);
        FakeVenue venue = new FakeKraken();
        CacheNode node =
            CacheNode.start(
                config(venue, "BTC/USD", "FOO/BAR")
                    .put("source", RunningSource.TIMES.copy().put("instruments_ms", 20)))) {
      live(venue, node, "1");
      int lists = venue.lists();
      await().atMost(Patience.LONG).until(() -> venue.lists() > lists + 5);

      assertThat(log.lines()).filteredOn(line -> line.contains("FOO/BAR")).hasSize(1);
      assertThat(state(node).reason()).contains("FOO/BAR");
    }
  }

  @Test
  void whatIsListedLaterIsSubscribedToo() {
    try (FakeVenue venue = new FakeKraken();
        CacheNode node =
            CacheNode.start(
                config(venue, "*")
                    .put("source", RunningSource.TIMES.copy().put("instruments_ms", 20)))) {
      await().atMost(Patience.LONG).until(() -> venue.subscribed().size() == 3);
      venue.listed = 2;
      await().atMost(Patience.LONG).until(() -> venue.subscribed().size() == 2);
      venue.listed = 3;
      await().atMost(Patience.LONG).until(() -> venue.subscribed().size() == 3);

      assertThat(venue.accepted()).isEqualTo(1);
      assertThat(state(node).reason()).doesNotContain("DOGE");
      assertThat(venue.violations()).isEmpty();
    }
  }

  @Test
  void whatWasRefusedIsAskedForAgain() {
    try (FakeVenue venue = new FakeKraken()) {
      venue.refuse(1);
      JsonObject times = RunningSource.TIMES.copy().put("renew_ms", 50);
      try (CacheNode node =
          CacheNode.start(config(venue, "BTC/USD", "ETH/USD").put("source", times))) {
        live(venue, node, "1");
        await().atMost(Patience.LONG).until(() -> state(node).reason().contains("ETH/USD"));

        venue.accept(1);

        await().atMost(Patience.LONG).until(() -> venue.subscribed().contains("ETH/USD"));
        await().atMost(Patience.LONG).until(() -> state(node).reason().isEmpty());
        assertThat(venue.accepted()).isEqualTo(1);
        assertThat(venue.violations()).isEmpty();
      }
    }
  }

  @Test
  void whileRedisIsAwayTheLatestWaits() {
    try (FakeVenue venue = new FakeKraken();
        SharedRedis redis = new SharedRedis()) {
      CacheNode node = redis.node(config(venue, "BTC/USD"));
      live(venue, node, "1");
      Signals.freeze(redis.server());
      for (int i = 0; i < 50; i++) {
        venue.tick(0, "10" + i);
      }
      Signals.unfreeze(redis.server());

      await().atMost(Patience.LONG).until(() -> "1049".equals(price(node)));
      assertThat(venue.accepted()).isEqualTo(1);
    }
  }

  @Test
  void afterRedisHasLostItsDataTheyAreKnownAgain() {
    try (FakeVenue venue = new FakeKraken();
        SharedRedis redis = new SharedRedis()) {
      CacheNode one = redis.node(config(venue, "BTC/USD"));
      live(venue, one, "1");
      CacheNode other = redis.node("source", "lease_ms", 600);
      awaitState(other, State.LIVE);

      one.redis(Command.FLUSHALL);

      await()
          .until(() -> one.redis(Command.SMEMBERS, "fullon:sources").toString().contains("kraken"));
      awaitState(other, State.LIVE);
      venue.silent = true;
      awaitState(other, State.SILENT);
      awaitState(one, State.SILENT);
    }
  }

  /** Counts what is sent to an address, from now on. */
  private static AtomicInteger calls(CacheNode node, String address) {
    AtomicInteger calls = new AtomicInteger();
    node.vertx()
        .eventBus()
        .addOutboundInterceptor(
            context -> {
              if (context.message().address().equals(address)) {
                calls.incrementAndGet();
              }
              context.next();
            });
    return calls;
  }

  @Test
  void whatIsRefusedForAMomentIsAskedForAgainSoon() {
    try (FakeVenue venue = new FakeKraken()) {
      venue.refuse(1); // and connections are renewed after ten minutes
      try (CacheNode node = CacheNode.start(config(venue, "BTC/USD", "ETH/USD"))) {
        live(venue, node, "1");
        await().atMost(Patience.LONG).until(() -> state(node).reason().contains("ETH/USD"));

        venue.accept(1);

        await().until(() -> venue.subscribed().contains("ETH/USD"));
        await().until(() -> state(node).reason().isEmpty());
      }
    }
  }

  @Test
  void whatIsRefusedAgainAndAgainIsAskedForLessAndLessOften() {
    try (FakeVenue venue = new FakeKraken()) {
      venue.refuse(1);
      long start = System.nanoTime();
      try (CacheNode node = CacheNode.start(config(venue, "BTC/USD", "ETH/USD"))) {
        live(venue, node, "1");

        await().atMost(Patience.LONG).until(() -> venue.lists() >= 5);

        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .isGreaterThanOrEqualTo(Duration.ofMillis(100 + 200 + 400 + 800));
      }
    }
  }

  @Test
  void anExchangeThatLimitsListsIsNotAskedBeforeItSays() {
    try (FakeVenue venue = new FakeKraken()) {
      venue.listStatus = 429;
      venue.retryAfter = "3600";
      try (CacheNode node = CacheNode.start(config(venue, "*"))) {
        awaitState(node, State.LIMITED);

        assertThat(state(node).reason()).contains("429");
        await().during(Duration.ofMillis(500)).until(() -> venue.lists() == 1);
      }
    }
  }

  @Test
  void whileRedisTakesNothingNoTickCausesACall() {
    try (FakeVenue venue = new FakeKraken();
        CacheNode node =
            CacheNode.start(config(venue, "BTC/USD").put("source", RunningSource.TIMES.copy()))) {
      live(venue, node, "1");
      AtomicInteger calls = calls(node, "fullon.tick");
      node.redis(Command.CONFIG, "SET", "maxmemory", "1");
      venue.tick(0, "2");
      await().until(() -> calls.get() >= 2); // it has failed, and is tried again
      int before = calls.get();
      for (int i = 0; i < 100; i++) {
        venue.tick(0, "10" + i);
      }
      await().until(() -> calls.get() >= before + 2);

      assertThat(calls).hasValueLessThan(before + 50);
      node.redis(Command.CONFIG, "SET", "maxmemory", "0");
      await().until(() -> "1099".equals(price(node)));
    }
  }

  @Test
  void withoutAServiceOfSymbolsTheLatestListWaitsAlone() {
    try (LogLines log = LogLines.of(Source.class);
        FakeVenue venue = new FakeKraken();
        CacheNode node =
            CacheNode.start(
                config(venue, "BTC/USD")
                    .put("symbol", new JsonObject().put("enabled", false))
                    .put("source", RunningSource.TIMES.copy().put("instruments_ms", 20)))) {
      AtomicInteger calls = calls(node, "fullon.symbol");
      live(venue, node, "1");
      int lists = venue.lists();
      await().atMost(Patience.LONG).until(() -> venue.lists() > lists + 100);

      assertThat(calls).hasValueLessThan(20);
      assertThat(log.lines()).filteredOn(line -> line.contains("symbols")).hasSize(1);
    }
  }

  @Test
  void whyASourceDoesNotEvenBeginIsTold() {
    try (FakeVenue venue = new FakeKraken();
        CacheNode node =
            CacheNode.start(
                new JsonObject()
                    .put("tick", new JsonObject().put("enabled", false))
                    .put("web", new JsonObject().put("enabled", false)))) {
      JsonObject kraken = new JsonObject().put("kraken", venue.config("BTC/USD"));
      SourceOptions options = SourceOptions.from(Fields.of("sources", kraken)).get(0);
      DeploymentOptions deployment =
          new DeploymentOptions().setConfig(CacheNode.config(node.redis(), new JsonObject()));

      get(node.vertx().deployVerticle(new SourceVerticle(options), deployment));

      await()
          .atMost(Patience.LONG)
          .until(
              () ->
                  String.valueOf(node.redis(Command.HGET, "fullon:{source:kraken}:lease", "state"))
                      .contains("no node has the service"));
    }
  }

  @Test
  void theMarketOfADeletedTickerIsStoredAnew() {
    try (FakeVenue venue = new FakeKraken();
        CacheNode node = CacheNode.start(config(venue, "BTC/USD"))) {
      live(venue, node, "1");
      Instant time = Instant.now();
      venue.tick(0, "2", "2", "2", "9", time);
      await().until(() -> "2".equals(price(node)));
      get(node.ticks().deleteTicker("BTC/USD", "kraken"));
      await().until(() -> tick(node) == null);

      venue.tick(0, "2", "2", "2", "9", time);

      await().atMost(Patience.LONG).until(() -> "2".equals(price(node)));
    }
  }

  @Test
  void itsTicksAreNotEarlierThanThoseOfAnotherWriter() {
    try (FakeVenue venue = new FakeKraken();
        CacheNode node = CacheNode.start(config(venue, "BTC/USD"))) {
      live(venue, node, "1");
      Instant ahead = Instant.now().plusSeconds(20).truncatedTo(ChronoUnit.MICROS);
      Tick other = Tick.of("kraken", "BTC/USD", new BigDecimal("6"), ahead);
      assertThat(get(node.ticks().updateTicker("kraken", other))).isTrue();

      await()
          .atMost(Patience.LONG)
          .until(
              () -> {
                venue.tick(0, "7");
                return "7".equals(price(node));
              });

      assertThat(tick(node).time()).isEqualTo(ahead);
      venue.tick(0, "8");
      await().atMost(Patience.LONG).until(() -> "8".equals(price(node)));
    }
  }

  @Test
  void ticksWithoutAUsablePriceAreCounted() {
    try (FakeVenue venue = new FakeKraken();
        CacheNode node = CacheNode.start(config(venue, "BTC/USD"))) {
      live(venue, node, "1");
      double before = garbage(node);
      for (String price : List.of("1".repeat(80), "NaN", "\"x\"")) {
        venue.tick(0, price);
      }

      await().until(() -> garbage(node) >= before + 3);

      await()
          .atMost(Patience.LONG)
          .until(
              () -> {
                venue.tick(0, "\"x\"");
                return state(node).reason().contains("last: must be a decimal number");
              });
      venue.tick(0, "2");
      await().atMost(Patience.LONG).until(() -> state(node).reason().isEmpty());
      await().until(() -> "2".equals(price(node)));
    }
  }

  private static double garbage(CacheNode node) {
    return Scrape.of(node).value("fullon_cache_source_garbage_total", "exchange", "kraken");
  }

  @Test
  void allStatesHaveTheirNames() {
    assertThat(List.of(State.values()))
        .extracting(State::toString)
        .containsExactlyInAnyOrder(
            "connecting", "live", "silent", "maintenance", "limited", "down");
  }
}
