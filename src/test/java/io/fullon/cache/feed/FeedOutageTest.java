package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.testing.Signals;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickSnapshot;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The feed while Redis is away, and when it is back. */
class FeedOutageTest {

  private static final String EXCHANGE = "exchange";
  private static final String STALE = "{\"type\":\"feed\",\"state\":\"stale\"}";
  private static final String LIVE = "{\"type\":\"feed\",\"state\":\"live\"}";

  private static final JsonObject CONFIG =
      new JsonObject().put("web", new JsonObject().put("heartbeat_ms", 100));

  private static Tick tick(String symbol, String price, long second) {
    return Tick.of(EXCHANGE, symbol, new BigDecimal(price), Instant.ofEpochSecond(second));
  }

  private static List<String> prices(JsonArray ticks) {
    return ticks.stream()
        .map(JsonObject.class::cast)
        .map(tick -> tick.getString("symbol") + "=" + tick.getString("price"))
        .toList();
  }

  /** A client that has seen three tickers, each with the price 1. */
  private static FeedClient client(CacheNode node) {
    FeedClient client = node.feed();
    client.next("welcome");
    client.subscribe("*", "*");
    get(
        node.ticks()
            .updateTickers(List.of(tick("A", "1", 1), tick("B", "1", 1), tick("C", "1", 1))));
    int seen = 0;
    while (seen < 3) {
      seen += client.next("update").getJsonArray("ticks").size();
    }
    return client;
  }

  /** Changes what the data folder holds: B is updated, C is deleted. */
  private static void changeElsewhere(Path data) throws IOException {
    try (EmbeddedRedis other = EmbeddedRedis.start(0, data, Map.of());
        CacheNode elsewhere = CacheNode.start(other, new JsonObject())) {
      get(elsewhere.ticks().updateTicker(EXCHANGE, tick("B", "2", 2)));
      get(elsewhere.ticks().deleteTicker("C", EXCHANGE));
    }
  }

  @Test
  void whatChangedWhileRedisWasAwayIsToldWhenItIsBack(@TempDir Path data) throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start(0, data, Map.of());
    try (CacheNode node = CacheNode.start(redis, CONFIG);
        FeedClient client = client(node)) {

      redis.close();
      assertThat(client.nextText()).isEqualTo(STALE);

      changeElsewhere(data);
      try (EmbeddedRedis back = EmbeddedRedis.start(redis.port(), data, Map.of())) {
        assertThat(client.nextText()).isEqualTo(LIVE);
        assertThat(client.nextText())
            .isEqualTo(
                "{\"type\":\"removed\",\"symbols\":[{\"exchange\":\"exchange\",\"symbol\":\"C\"}]}");
        JsonObject snapshot = client.next("snapshot");
        assertThat(snapshot.containsKey("req_id")).isFalse();
        assertThat(prices(snapshot.getJsonArray("ticks"))).containsExactly("B=2");
        client.expectNothingElse();
        assertThat(back.port()).isEqualTo(redis.port());
      }
    } finally {
      redis.close();
    }
  }

  @Test
  void aClientThatComesDuringTheOutageIsToldAndServedWhatIsKnown(@TempDir Path data)
      throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start(0, data, Map.of());
    try (CacheNode node = CacheNode.start(redis, CONFIG);
        FeedClient first = client(node)) {
      redis.close();
      first.next("feed");

      try (FeedClient second = node.feed()) {
        assertThat(second.next("welcome").getString("feed")).isEqualTo("stale");
        assertThat(prices(second.subscribe(EXCHANGE, "B", "C"))).containsExactly("B=1", "C=1");
        assertThat(second.poll(Patience.SECONDS, TimeUnit.SECONDS))
            .contains("heartbeat", "\"feed\":\"stale\"");

        changeElsewhere(data);
        try (EmbeddedRedis back = EmbeddedRedis.start(redis.port(), data, Map.of())) {
          assertThat(second.nextText()).isEqualTo(LIVE);
          assertThat(second.next("removed").getJsonArray("symbols")).hasSize(1);
          assertThat(prices(second.snapshot())).containsExactly("B=2");
          assertThat(back.port()).isEqualTo(redis.port());
        }
      }
    } finally {
      redis.close();
    }
  }

  @Test
  void aRedisThatIsMerelySilentIsNoticed() {
    JsonObject config = new JsonObject().put("redis", new JsonObject().put("heartbeat_ms", 500));
    try (CacheNode node = CacheNode.start(config);
        FeedClient client = client(node)) {
      Signals.freeze(node.redis());
      try {
        assertThat(client.nextText()).isEqualTo(STALE);
      } finally {
        Signals.unfreeze(node.redis());
      }
      assertThat(client.nextText()).isEqualTo(LIVE);
      assertThat(client.snapshot()).isEmpty();
    }
  }

  @Test
  void aRedisThatLostItsDataIsBelieved() throws IOException {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode node = CacheNode.start(redis, CONFIG);
        FeedClient client = client(node)) {
      redis.close();
      client.next("feed");
      try (EmbeddedRedis empty = EmbeddedRedis.start(redis.port(), null, Map.of())) {
        assertThat(client.nextText()).isEqualTo(LIVE);
        assertThat(client.next("removed").getJsonArray("symbols")).hasSize(3);
        assertThat(client.snapshot()).isEmpty();
        assertThat(empty.port()).isEqualTo(redis.port());
      }
    }
  }

  /** As the node tells of an exchange whose server of a Cluster is away, and no other. */
  private static void tell(CacheNode node, String state, String exchange) {
    node.vertx()
        .eventBus()
        .publish(
            TickCache.STATE,
            state,
            new DeliveryOptions().setLocalOnly(true).addHeader(TickCache.STATE_EXCHANGE, exchange));
  }

  @Test
  void anExchangeThatIsAwayAloneIsStaleForThoseWhoAskForIt() {
    try (CacheNode node = CacheNode.start(CONFIG);
        FeedClient all = node.feed();
        FeedClient one = node.feed();
        FeedClient other = node.feed()) {
      for (FeedClient client : List.of(all, one, other)) {
        client.next("welcome");
      }
      all.subscribe("*", "A");
      one.subscribe("away", "A");
      other.subscribe("here", "A");

      tell(node, TickCache.STALE, "away");

      assertThat(all.nextText()).isEqualTo(STALE);
      assertThat(one.nextText()).isEqualTo(STALE);
      other.subscribe("here", "B");
      other.expectNothingElse();
      other.subscribe("away", "B");
      assertThat(other.nextText()).isEqualTo(STALE);

      tell(node, TickCache.LIVE, "away");

      for (FeedClient client : List.of(all, one, other)) {
        assertThat(client.nextText()).isEqualTo(LIVE);
      }
    }
  }

  /**
   * What waits for its interval joins the snapshot, which gets longer by it than a socket takes.
   */
  @Test
  void aLongSnapshotForOneKeepsNobodyFromTheEndOfAnOutage() {
    try (CacheNode node = CacheNode.start()) {
      List<Tick> ticks = pieceful(node);
      try (FeedClient paced = node.feed()) {
        paced.next("welcome");
        paced.send(
            "{\"op\":\"subscribe\",\"exchange\":\"*\",\"symbols\":\"*\",\"interval_ms\":3600000}");
        paced.next("ack");
        paced.snapshot();
        List<FeedClient> others = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          FeedClient other = node.feed();
          others.add(other);
          other.next("welcome");
          other.subscribe("*", "*");
        }
        storeAndAwait(node, others.get(0), later(ticks, 1));
        others.subList(1, others.size()).forEach(other -> read(other, ticks.size()));

        tell(node, TickCache.STALE);
        others.forEach(other -> assertThat(other.nextText()).isEqualTo(STALE));
        List<Tick> latest = later(ticks, 2);
        get(node.ticks().updateTickers(latest));
        await("all to be published").until(() -> published(node, latest.get(0)) == latest.size());
        tell(node, TickCache.LIVE);

        for (FeedClient other : others) {
          assertThat(other.nextText()).isEqualTo(LIVE);
          assertThat(other.snapshot()).hasSize(ticks.size());
          other.close();
        }
        assertThat(paced.nextText()).isEqualTo(STALE);
        assertThat(paced.nextText()).isEqualTo(LIVE);
        assertThat(paced.snapshot()).hasSize(ticks.size());
        paced.expectNothingElse();
      }
    }
  }

  /** Stores ticks that fill one frame but for a few bytes. */
  private static List<Tick> pieceful(CacheNode node) {
    List<Tick> ticks = new ArrayList<>();
    get(node.ticks().updateTicker(EXCHANGE, tick("S0", "1", 1)));
    Tick first = get(node.ticks().getTicker("S0", EXCHANGE));
    int each = new Ticker(new TickerKey(EXCHANGE, "S0"), 0).update(first).bytes() + 2;
    for (int i = 0; i < Frames.PIECE / each; i++) {
      ticks.add(tick("S" + i, "1", 1));
    }
    get(node.ticks().updateTickers(ticks));
    await("all to be published").until(() -> published(node, ticks.get(0)) == ticks.size());
    return ticks;
  }

  private static List<Tick> later(List<Tick> ticks, int seconds) {
    return ticks.stream().map(tick -> tick(tick.symbol(), "1", 1 + seconds)).toList();
  }

  /** How many tickers were published with the time of this one. */
  private static long published(CacheNode node, Tick of) {
    return get(TickSnapshot.request(node.vertx())).ticks().stream()
        .filter(tick -> tick.time().equals(of.time()))
        .count();
  }

  private static void storeAndAwait(CacheNode node, FeedClient watcher, List<Tick> ticks) {
    get(node.ticks().updateTickers(ticks));
    read(watcher, ticks.size());
  }

  private static void read(FeedClient client, int ticks) {
    for (int seen = 0; seen < ticks; ) {
      seen += client.next("update").getJsonArray("ticks").size();
    }
  }

  /** As the node tells of the link to Redis. */
  private static void tell(CacheNode node, String state) {
    node.vertx()
        .eventBus()
        .publish(TickCache.STATE, state, new DeliveryOptions().setLocalOnly(true));
  }
}
