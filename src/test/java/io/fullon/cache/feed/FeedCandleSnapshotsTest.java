package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.EventState;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Candles on the feed of a node that Redis answers late, or that misses messages. */
class FeedCandleSnapshotsTest {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final long DAY = 1_699_920_000;

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final RedisProxy proxy = redis.proxy();
  private final CacheNode node = node(100);
  private final CacheNode writer = redis.node(new JsonObject());
  @AutoClose private final FeedClient client = node.feed();
  private volatile boolean isCut;
  private volatile String state = EventState.LIVE;

  /** The closing prices that the client has now, by minute. */
  private final Map<Integer, String> seen = new TreeMap<>();

  @BeforeEach
  void listen() {
    proxy.rewrite(
        command ->
            isCut && command.get(0).equalsIgnoreCase("subscribe") ? List.of("NOTNOW") : command);
    node.vertx()
        .eventBus()
        .<String>localConsumer(OhlcvCache.STATE, message -> state = message.body());
    client.next("welcome");
  }

  private CacheNode node(int heartbeatMs) {
    JsonObject link = new JsonObject().put("uri", proxy.uri()).put("heartbeat_ms", heartbeatMs);
    return redis.node(new JsonObject().put("redis", link));
  }

  private void bring(int first, int last, String price) {
    BigDecimal decimal = new BigDecimal(price);
    List<Bar> bars =
        IntStream.rangeClosed(first, last)
            .mapToObj(i -> Instant.ofEpochSecond(DAY + 60L * i))
            .map(
                time ->
                    Bar.builder(EXCHANGE, SYMBOL, Timeframe.M1, time)
                        .prices(decimal, decimal, decimal, decimal)
                        .build())
            .toList();
    get(OhlcvCache.proxy(writer.vertx()).updateOhlcvBars(SYMBOL, EXCHANGE, Timeframe.M1, bars));
  }

  private void subscribe(int reqId, int count) {
    subscribe(client, reqId, count);
  }

  private static void subscribe(FeedClient client, int reqId, int count) {
    client.send(
        new JsonObject()
            .put("op", "subscribe")
            .put("req_id", reqId)
            .put("channel", "ohlcv")
            .put("exchange", EXCHANGE)
            .put("symbols", new JsonArray().add(SYMBOL))
            .put("timeframe", "1m")
            .put("count", count));
    assertThat(next(client, "ack").getInteger("req_id")).isEqualTo(reqId);
  }

  /** The next frame that is not of the feed's state, which must be of that type. */
  private static JsonObject next(FeedClient client, String type) {
    JsonObject frame;
    do {
      frame = client.next();
    } while (frame.getString("type").equals("feed"));
    assertThat(frame.getString("type")).isEqualTo(type);
    return frame;
  }

  /** How many bars the snapshot of a request has, which is the next one. */
  private int snapshot(int reqId) {
    return snapshot(client, reqId);
  }

  private int snapshot(FeedClient client, int reqId) {
    int bars = 0;
    JsonObject frame;
    do {
      frame = next(client, "ohlcv");
      assertThat(frame.getBoolean("snapshot")).isTrue();
      assertThat(frame.getInteger("req_id")).isEqualTo(reqId);
      bars += see(frame);
    } while (frame.getBoolean("more", false));
    return bars;
  }

  private int see(JsonObject frame) {
    JsonArray bars = frame.getJsonArray("bars");
    for (Object one : bars) {
      JsonObject bar = (JsonObject) one;
      int minute = (int) (bar.getDouble("time").longValue() - DAY) / 60;
      seen.put(minute, bar.getString("close"));
    }
    return bars.size();
  }

  private void seeUntil(int minute, String price) {
    while (!price.equals(seen.get(minute))) {
      see(next(client, "ohlcv"));
    }
  }

  private void cut() {
    isCut = true;
    writer.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");
    await().until(() -> state.equals(EventState.STALE));
  }

  private void holdSnapshots() {
    proxy.holdAnswers(command -> command.get(0).equalsIgnoreCase("zrange"));
  }

  private void awaitHeld() {
    await().until(() -> proxy.isHolding(command -> true));
  }

  // One after the other

  @Test
  void eachOfTwoRequestsGetsItsBars() {
    bring(0, 499, "1");
    holdSnapshots();
    subscribe(1, 500);
    awaitHeld();
    subscribe(2, 2);
    proxy.letGo();

    assertThat(snapshot(1)).isEqualTo(500);
    assertThat(snapshot(2)).isEqualTo(2);
    client.expectNothingElse();
  }

  @Test
  void anotherIntervalTakesNoSnapshotAway() {
    bring(0, 99, "1");
    holdSnapshots();
    subscribe(1, 50);
    awaitHeld();
    subscribe(2, 0);
    proxy.letGo();

    assertThat(snapshot(1)).isEqualTo(50);
    assertThat(snapshot(2)).isZero();
    bring(99, 99, "2");
    seeUntil(99, "2");
  }

  @Test
  void whatIsToldMeanwhileComesOnceHoweverMuchItIs() {
    // One that misses nothing, however busy the machine is.
    CacheNode patient = node(60_000);
    Set<Instant> told = ConcurrentHashMap.newKeySet();
    patient
        .vertx()
        .eventBus()
        .<Bar>localConsumer(
            OhlcvCache.UPDATES,
            message -> {
              if (message.body().timeframe() == Timeframe.M1) {
                told.add(message.body().time());
              }
            });
    try (FeedClient other = patient.feed()) {
      other.next("welcome");
      holdSnapshots();
      subscribe(other, 1, 1_000);
      awaitHeld();
      bring(0, 1_199, "1");
      await().until(() -> told.size() == 1_200);
      proxy.letGo();

      assertThat(snapshot(other, 1)).isEqualTo(1_000);
      assertThat(seen).containsKeys(200, 1_199);
      other.expectNothingElse();
    }
  }

  // Gaps

  @Test
  void aBarThatTheClientHasIsToldWhenItChangedInAGap() {
    bring(0, 9, "1");
    subscribe(1, 7);
    assertThat(snapshot(1)).isEqualTo(7);
    bring(10, 11, "2");
    seeUntil(11, "2");

    cut();
    bring(3, 3, "777");
    isCut = false;

    seeUntil(3, "777");
  }

  @Test
  void aRequestInAGapForFewBarsHidesNoneThatChanged() {
    bring(0, 9, "1");
    subscribe(1, 10);
    assertThat(snapshot(1)).isEqualTo(10);

    cut();
    bring(0, 0, "777");
    bring(10, 14, "2");
    subscribe(2, 2);
    isCut = false;

    assertThat(snapshot(2)).isEqualTo(2);
    seeUntil(0, "777");
    assertThat(seen).hasSize(15).containsEntry(10, "2");
  }

  @Test
  void aRequestInAGapForNoBarsHidesNoneThatChanged() {
    bring(0, 9, "1");
    subscribe(1, 10);
    assertThat(snapshot(1)).isEqualTo(10);

    cut();
    bring(0, 0, "777");
    subscribe(2, 0);
    assertThat(snapshot(2)).isZero();
    isCut = false;

    seeUntil(0, "777");
  }
}
