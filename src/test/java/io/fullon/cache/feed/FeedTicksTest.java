package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.testing.TickLog;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client of the feed is sent: snapshots, updates, removals, heartbeats. */
class FeedTicksTest {

  @AutoClose private static final CacheNode node = CacheNode.start("web", "heartbeat_ms", 200);

  @AutoClose private final Market market = new Market(node);
  @AutoClose private final FeedClient client = node.feed();

  @BeforeEach
  void readTheWelcome() {
    client.next("welcome");
  }

  private static List<String> prices(JsonArray ticks) {
    return ticks.stream()
        .map(JsonObject.class::cast)
        .map(tick -> tick.getString("symbol") + "=" + tick.getString("price"))
        .toList();
  }

  private List<String> nextPrices(String type) {
    return prices(client.next(type).getJsonArray("ticks"));
  }

  private long seqOfStored(Tick tick) {
    market.store(List.of(tick));
    return get(node.ticks().getTicker(tick.symbol(), market.exchange())).seq();
  }

  @Test
  void everyDigitArrives() {
    Tick tick =
        new Tick(
            "BTC/USD:PERP",
            market.exchange(),
            new BigDecimal("9.9640"),
            Instant.parse("2021-07-22T01:13:23.872Z"),
            new BigDecimal("1e3"),
            new BigDecimal("0.00000000000000000000000000000000000001"),
            new BigDecimal("12345678901234567890.12345678901234567890"),
            new BigDecimal("-0.10"),
            null);
    client.subscribe(market.exchange(), "BTC/USD:PERP");

    String json =
        "{\"symbol\":\"BTC/USD:PERP\",\"exchange\":\""
            + market.exchange()
            + "\",\"price\":\"9.9640\",\"volume\":\"1000\","
            + "\"bid\":\"0.00000000000000000000000000000000000001\","
            + "\"ask\":\"12345678901234567890.12345678901234567890\",\"last\":\"-0.10\","
            + "\"time\":1626916403.872000,\"seq\":"
            + seqOfStored(tick)
            + "}";

    assertThat(client.nextText()).isEqualTo("{\"type\":\"update\",\"ticks\":[" + json + "]}");
    client.request("subscribe", market.exchange(), "BTC/USD:PERP").next("ack");
    assertThat(client.nextText())
        .isEqualTo("{\"type\":\"snapshot\",\"req_id\":1,\"ticks\":[" + json + "]}");
  }

  @Test
  void theSnapshotIsFollowedByEveryLaterTick() {
    market.store("A", "1");
    market.store("A", "2");

    assertThat(prices(client.subscribe(market.exchange(), "A", "B"))).containsExactly("A=2");
    market.store("B", "3");
    market.store("A", "4");
    market.store("C", "5");
    market.store("A", "6");

    assertThat(nextPrices("update")).containsExactly("B=3");
    assertThat(nextPrices("update")).containsExactly("A=4");
    assertThat(nextPrices("update")).containsExactly("A=6");
    client.expectNothingElse();
  }

  @Test
  void aTickThatIsNotStoredIsNotSent() {
    market.store("A", "1");
    Tick late = Tick.of(market.exchange(), "A", new BigDecimal("2"), Instant.EPOCH);
    client.subscribe(market.exchange(), "A");

    assertThat(get(node.ticks().updateTicker(market.exchange(), late))).isFalse();
    market.store("A", "3");

    assertThat(nextPrices("update")).containsExactly("A=3");
  }

  @Test
  void anAsteriskCoversWhatAppearsLater() {
    client.subscribe("*", "*");
    try (Market later = new Market(node)) {
      later.store("NEW", "1");

      JsonObject tick = client.next("update").getJsonArray("ticks").getJsonObject(0);
      assertThat(tick.getString("exchange")).isEqualTo(later.exchange());
    }
  }

  @Test
  void aSymbolMayBeFollowedOnAllExchanges() {
    try (Market other = new Market(node)) {
      market.store("ONLY", "1");
      assertThat(prices(client.subscribe("*", "ONLY"))).containsExactly("ONLY=1");

      other.store("ELSE", "2");
      other.store("ONLY", "3");

      assertThat(nextPrices("update")).containsExactly("ONLY=3");
    }
  }

  @Test
  void whatSeveralSubscriptionsMatchIsSentOnce() {
    market.store("A", "1");

    client.subscribe(market.exchange(), "A");
    client.subscribe("*", "A");
    client.subscribe("*", "*");
    assertThat(prices(client.subscribe(market.exchange(), "*", "A"))).containsExactly("A=1");
    market.store("A", "2");

    assertThat(nextPrices("update")).containsExactly("A=2");
    client.expectNothingElse();
  }

  @Test
  void aTickOfAnotherProgramIsForwardedWithoutNumber() {
    client.subscribe(market.exchange(), "A");
    String json = "{\"price\": 1e-05, \"time\": 1626916403.8720001, \"volume\": 12.0}";
    node.redis(Command.HSET, "tickers:" + market.exchange(), "A", json);
    node.redis(Command.PUBLISH, "ticker_updates:" + market.exchange() + ":A", json);

    assertThat(client.nextText())
        .isEqualTo(
            "{\"type\":\"update\",\"ticks\":[{\"symbol\":\"A\",\"exchange\":\""
                + market.exchange()
                + "\",\"price\":\"0.00001\",\"volume\":\"12.0\",\"time\":1626916403.872000}]}");
  }

  // What the client has already

  private void subscribeSince(String symbols, long seq) {
    client.send(
        "{\"op\":\"subscribe\",\"exchange\":\""
            + market.exchange()
            + "\",\"symbols\":"
            + symbols
            + ",\"since\":{\"A\":"
            + seq
            + ",\"B\":null}}");
    client.next("ack");
  }

  @Test
  void theSnapshotLeavesOutWhatTheClientHas() {
    market.store("B", "1");
    long seq = market.store("A", "2").seq();

    subscribeSince("\"*\"", seq);
    assertThat(prices(client.snapshot())).containsExactly("B=1");
    market.store("A", "3");
    assertThat(nextPrices("update")).containsExactly("A=3");
  }

  @Test
  void whatTheClientHasAndDoesNotExistAnyMoreIsRemoved() {
    market.store("B", "1");

    subscribeSince("\"*\"", 5);

    assertThat(prices(client.snapshot())).containsExactly("B=1");
    assertThat(client.next("removed").getJsonArray("symbols"))
        .isEqualTo(
            new JsonArray()
                .add(new JsonObject().put("exchange", market.exchange()).put("symbol", "A")));
    client.expectNothingElse();
  }

  @Test
  void theSnapshotHasWhatTheClientHasAnotherNumberOf() {
    long seq = market.store("A", "2").seq();

    subscribeSince("[\"A\"]", seq - 1);
    assertThat(prices(client.snapshot())).containsExactly("A=2");
    subscribeSince("[\"A\"]", seq + 1);
    assertThat(prices(client.snapshot())).containsExactly("A=2");
  }

  // Removals

  @Test
  void aDeletedTickerIsRemovedForThoseWhoFollowIt() {
    market.store("A", "1");
    market.store("B", "1");
    client.subscribe(market.exchange(), "A");
    client.subscribe("*", "A");

    market.delete("B");
    market.delete("A");

    assertThat(client.nextText())
        .isEqualTo(
            "{\"type\":\"removed\",\"symbols\":[{\"exchange\":\""
                + market.exchange()
                + "\",\"symbol\":\"A\"}]}");
    client.request("get", market.exchange(), "*");
    assertThat(client.next("ticks").getJsonArray("ticks")).isEmpty();
  }

  @Test
  void aTickerThatComesBackIsSentWhateverItsTime() {
    Tick first = market.tick("A", "1");
    client.subscribe(market.exchange(), "A");
    market.store("A", "2");
    market.delete("A");
    market.store(List.of(first));

    assertThat(nextPrices("update")).containsExactly("A=2");
    client.next("removed");
    assertThat(nextPrices("update")).containsExactly("A=1");
  }

  @Test
  void aDeletedExchangeIsRemovedAtOnce() {
    market.store("A", "1");
    market.store("B", "1");
    client.subscribe("*", "A", "B");

    get(node.ticks().deleteExchangeTickers(market.exchange()));

    assertThat(client.next("removed").getJsonArray("symbols")).hasSize(2);
    client.expectNothingElse();
  }

  // Frames

  @Test
  void aLargeSnapshotComesInSeveralFrames() {
    List<Tick> ticks =
        IntStream.range(0, 1_100).mapToObj(i -> market.tick("S" + i, "1." + i)).toList();
    market.store(ticks);

    client.request("subscribe", market.exchange(), "*").next("ack");

    int frames = 0;
    String frame;
    do {
      frame = client.nextText();
      frames++;
      assertThat(frame).startsWith("{\"type\":\"snapshot\",\"req_id\":1,\"ticks\":[");
      assertThat(frame.length()).isLessThan(70_000);
    } while (frame.endsWith("],\"more\":true}"));
    assertThat(frames).isGreaterThan(1);
    client.expectNothingElse();
    assertThat(client.subscribe(market.exchange(), "*")).hasSize(1_100);
  }

  @Test
  void aLargeSnapshotAndTheTicksThatComeMeanwhileMissNothing() {
    List<Tick> ticks = IntStream.range(0, 5_000).mapToObj(i -> market.tick("S" + i, "1")).toList();
    market.store(ticks);
    TickLog log = new TickLog();

    for (int round = 0; round < 10; round++) {
      client.request("subscribe", market.exchange(), "*");
      for (int i = round; i < 5_000; i += 250) {
        get(node.ticks().updateTicker(market.exchange(), market.tick("S" + i, "2")));
      }
      boolean more = true;
      while (more) {
        JsonObject frame = client.next();
        log.add(frame);
        more = !frame.getString("type").equals("snapshot") || frame.getBoolean("more", false);
      }
    }

    log.readUntil(client, market.settle());
    assertThat(log.skipped()).isZero();
  }

  @Test
  void aClientThatHearsNothingElseGetsHeartbeats() {
    String heartbeat = client.poll(Patience.SECONDS, TimeUnit.SECONDS);

    assertThat(heartbeat)
        .matches("\\{\"type\":\"heartbeat\",\"time\":[0-9]+\\.[0-9]{6},\"feed\":\"live\"}");
    assertThat(new JsonObject(heartbeat).getDouble("time")).isGreaterThan(1.7e9);
  }
}
