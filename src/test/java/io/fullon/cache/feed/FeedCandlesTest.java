package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Candles on the feed. */
class FeedCandlesTest {

  private static final String EXCHANGE = "binance";
  private static final long DAY = 1_699_920_000;
  private static final AtomicInteger SYMBOLS = new AtomicInteger();

  @AutoClose
  private static final CacheNode node =
      CacheNode.start(
          new JsonObject()
              .put("ohlcv", new JsonObject().put("keep", 2_000))
              .put("web", new JsonObject().put("max_requests_per_second", 10_000)));

  private final String symbol = "S" + SYMBOLS.incrementAndGet();

  @AutoClose private final FeedClient client = node.feed();

  private static Future<Integer> bring(String symbol, int first, int last, String price) {
    BigDecimal decimal = new BigDecimal(price);
    List<Bar> bars =
        IntStream.rangeClosed(first, last)
            .mapToObj(
                i ->
                    Bar.builder(
                            EXCHANGE, symbol, Timeframe.M1, Instant.ofEpochSecond(DAY + 60L * i))
                        .prices(decimal, decimal, decimal, decimal)
                        .build())
            .toList();
    return OhlcvCache.proxy(node.vertx()).updateOhlcvBars(symbol, EXCHANGE, Timeframe.M1, bars);
  }

  private static JsonObject request(String op, Object... symbols) {
    return new JsonObject()
        .put("op", op)
        .put("req_id", 8)
        .put("channel", "ohlcv")
        .put("exchange", EXCHANGE)
        .put("symbols", new JsonArray(List.of(symbols)))
        .put("timeframe", "1m");
  }

  private static List<String> shown(JsonArray bars) {
    return bars.stream()
        .map(JsonObject.class::cast)
        .map(
            bar ->
                bar.getString("symbol")
                    + " "
                    + (bar.getDouble("time").longValue() - DAY) / 60
                    + " "
                    + bar.getString("close")
                    + (bar.getBoolean("final") ? "" : " running"))
        .toList();
  }

  /** Reads a snapshot, in however many frames it comes. */
  private static List<String> snapshot(FeedClient client) {
    JsonArray bars = new JsonArray();
    JsonObject frame;
    do {
      frame = client.next("ohlcv");
      assertThat(frame.getBoolean("snapshot")).isTrue();
      assertThat(frame.getInteger("req_id")).isEqualTo(8);
      bars.addAll(frame.getJsonArray("bars"));
    } while (frame.getBoolean("more", false));
    return shown(bars);
  }

  private List<String> subscribe(int count, Object... symbols) {
    client.send(request("subscribe", symbols).put("count", count)).next("ack");
    return snapshot(client);
  }

  @Test
  void beginsWithTheLatestBarsThenTellsChanges() {
    client.next("welcome");
    get(bring(symbol, 0, 9, "1"));

    client.send(request("subscribe", symbol).put("count", 3));

    assertThat(client.nextText())
        .isEqualTo(
            "{\"type\":\"ack\",\"req_id\":8,\"op\":\"subscribe\",\"interval_ms\":0,\"results\":"
                + "[{\"exchange\":\"binance\",\"symbol\":\""
                + symbol
                + "\",\"ok\":true}]}");
    assertThat(snapshot(client)).containsExactly(symbol + " 7 1", symbol + " 8 1", symbol + " 9 1");
    get(bring(symbol, 9, 10, "2"));
    List<String> changes = new ArrayList<>();
    while (changes.size() < 2) {
      JsonObject update = client.next("ohlcv");
      assertThat(update.fieldNames()).containsExactly("type", "timeframe", "bars");
      changes.addAll(shown(update.getJsonArray("bars")));
    }
    assertThat(changes).containsExactly(symbol + " 9 2", symbol + " 10 2");
    client.expectNothingElse();
  }

  @Test
  void noPieceIsLargeWhateverTheSymbolIsWrittenIn() {
    client.next("welcome");
    String wide = "\u5E02".repeat(50) + symbol;
    get(bring(wide, 0, 499, "1"));

    client.send(request("subscribe", wide).put("count", 500)).next("ack");

    String piece;
    do {
      piece = client.nextText();
      assertThat(piece.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(65_536);
    } while (new JsonObject(piece).getBoolean("more", false));
  }

  @Test
  void givesASnapshotInPiecesAndOfSeveralSymbolsInOne() {
    client.next("welcome");
    String other = symbol + "/other";
    get(bring(symbol, 0, 1_199, "1"));
    get(bring(other, 5, 5, "2"));

    List<String> bars = subscribe(1_000, symbol, other, symbol + "/none");

    assertThat(bars)
        .hasSize(1_001)
        .startsWith(symbol + " 200 1")
        .endsWith(symbol + " 1199 1", other + " 5 2");
    client.expectNothingElse();
  }

  @Test
  void givesAHundredBarsIfNothingIsSaidAndNoneIfSo() {
    client.next("welcome");
    get(bring(symbol, 0, 199, "1"));

    client.send(request("subscribe", symbol)).next("ack");
    assertThat(snapshot(client)).hasSize(100);
    assertThat(subscribe(0, symbol)).isEmpty();

    get(bring(symbol, 5, 5, "2"));
    assertThat(shown(client.next("ohlcv").getJsonArray("bars"))).containsExactly(symbol + " 5 2");
  }

  @Test
  void listsAndEndsSubscriptions() {
    client.next("welcome");
    subscribe(0, symbol);

    client.send("{\"op\":\"subscriptions\",\"req_id\":1}");
    assertThat(client.next("subscriptions").getJsonArray("subscriptions"))
        .containsExactly(
            new JsonObject()
                .put("exchange", EXCHANGE)
                .put("symbol", symbol)
                .put("interval_ms", 0)
                .put("channel", "ohlcv")
                .put("timeframe", "1m"));
    client.send(request("unsubscribe", symbol).put("timeframe", "5m"));
    assertThat(client.next("ack").getJsonArray("results").getJsonObject(0).getString("code"))
        .isEqualTo("NOT_SUBSCRIBED");
    client.send(request("unsubscribe", symbol));
    assertThat(client.next("ack").getJsonArray("results").getJsonObject(0).getBoolean("ok"))
        .isTrue();

    get(bring(symbol, 0, 0, "1"));
    client.expectNothingElse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "timeframe | '2m' | timeframe: must be 1m, 5m, 15m, 30m, 1h, 4h or 1d, got \"2m\"",
        "timeframe | null | timeframe: is missing",
        "count | 1001 | count: must be from 0 to 1000, got 1001",
        "exchange | '*' | exchange: ",
        "channel | 'x' | channel: must be ohlcv or absent, got \"x\"",
      })
  void refusesWhatDoesNotFit(String field, String value, String message) {
    client.next("welcome");
    Object bad = new JsonObject("{\"v\":" + value.replace('\'', '"') + "}").getValue("v");

    client.send(request("subscribe", symbol).put(field, bad));

    JsonObject error = client.next("error");
    assertThat(error.getString("code")).isEqualTo("INVALID_ARGUMENT");
    assertThat(error.getString("message")).startsWith(message);
    assertThat(error.getInteger("req_id")).isEqualTo(8);
  }

  @Test
  void hasNoSubscriptionToAllSymbols() {
    client.next("welcome");

    client.send(request("subscribe", "*", symbol));

    JsonArray results = client.next("ack").getJsonArray("results");
    assertThat(results.getJsonObject(0).getString("code")).isEqualTo("INVALID_SYMBOL");
    assertThat(results.getJsonObject(0).getString("message"))
        .isEqualTo("Must be 1 to 64 printable characters without spaces, quotes, \\ and *");
    assertThat(results.getJsonObject(1).getBoolean("ok")).isTrue();
    assertThat(snapshot(client)).isEmpty();
  }

  @Test
  void tellsTheLatestOfEachBarOnceInAnInterval() {
    client.next("welcome");
    client.send(request("subscribe", symbol).put("interval_ms", 400)).next("ack");
    snapshot(client);
    get(bring(symbol, 0, 0, "1"));
    client.next("ohlcv");
    long begin = System.nanoTime();

    for (int i = 2; i < 10; i++) {
      get(bring(symbol, i / 5, i / 5, "" + i));
    }

    assertThat(shown(client.next("ohlcv").getJsonArray("bars")))
        .containsExactly(symbol + " 0 4", symbol + " 1 9");
    assertThat(System.nanoTime() - begin).isGreaterThan(300_000_000);
    client.expectNothingElse();
  }

  @Test
  void whatRestsForLongHoldsBackNothingThatRestsForLess() {
    String slow = symbol + "/SLOW";
    client.next("welcome");
    client
        .send(request("subscribe", slow).put("count", 0).put("interval_ms", 3_600_000))
        .next("ack");
    assertThat(snapshot(client)).isEmpty();
    client.send(request("subscribe", symbol).put("count", 0).put("interval_ms", 300)).next("ack");
    assertThat(snapshot(client)).isEmpty();
    get(bring(slow, 1, 1, "1"));
    assertThat(shown(client.next("ohlcv").getJsonArray("bars"))).containsExactly(slow + " 1 1");
    get(bring(slow, 1, 1, "2"));

    get(bring(symbol, 1, 1, "1"));
    assertThat(shown(client.next("ohlcv").getJsonArray("bars"))).containsExactly(symbol + " 1 1");
    get(bring(symbol, 1, 1, "2"));

    assertThat(shown(client.next("ohlcv").getJsonArray("bars"))).containsExactly(symbol + " 1 2");
  }

  @Test
  void betweenSnapshotAndUpdatesNothingIsMissingAndNothingGoesBack() {
    client.next("welcome");
    int rounds = 300;
    List<Future<?>> brought = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      brought.add(bring(symbol, round / 50, round / 50 + 1, "" + round));
      if (round % 30 == 10) {
        client.send(request("subscribe", symbol).put("count", 2));
      }
    }
    get(Future.join(brought));

    TreeMap<Long, Integer> seen = new TreeMap<>();
    String last = symbol + " " + (rounds - 1) / 50 + " " + (rounds - 1);
    int snapshots = 0;
    while (snapshots < rounds / 30 || !seen.containsValue(rounds - 1)) {
      JsonObject frame = client.next();
      if (frame.getString("type").equals("ack")) {
        continue;
      }
      snapshots += frame.getBoolean("snapshot", false) ? 1 : 0;
      for (Object one : frame.getJsonArray("bars")) {
        JsonObject bar = (JsonObject) one;
        int price = Integer.parseInt(bar.getString("close"));
        Integer before = seen.put(bar.getDouble("time").longValue(), price);
        assertThat(before == null ? -1 : before).as(last).isLessThanOrEqualTo(price);
      }
    }
    assertThat(seen.values()).endsWith(rounds - 1, rounds - 1);
  }

  @Test
  void aClientThatDoesNotReadGetsTheLatestOfEachBar() {
    try (FeedClient slow = FeedClient.connectSmall(node.vertx(), node.port())) {
      slow.next("welcome");
      slow.send(request("subscribe", symbol).put("count", 0)).next("ack");
      snapshot(slow);
      slow.socket().pause();

      int rounds = 80;
      for (int round = 2; round < rounds; round++) {
        get(bring(symbol, 0, 900, "" + round));
      }
      slow.socket().resume();

      TreeMap<Long, Integer> seen = new TreeMap<>();
      int sent = 0;
      while (seen.size() < 901 || seen.values().stream().anyMatch(price -> price < rounds - 1)) {
        for (Object one : slow.next("ohlcv").getJsonArray("bars")) {
          JsonObject bar = (JsonObject) one;
          int price = Integer.parseInt(bar.getString("close"));
          Integer before = seen.put(bar.getDouble("time").longValue(), price);
          assertThat(before == null ? -1 : before).isLessThan(price);
          sent++;
        }
      }
      assertThat(sent).as("conflated").isLessThan(901 * (rounds - 2));
      slow.expectNothingElse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void aServerWithoutCandlesSaysSo(int count) {
    try (CacheNode without = CacheNode.start("ohlcv", "enabled", false);
        FeedClient other = without.feed()) {
      other.next("welcome");

      other.send(request("subscribe", symbol).put("count", count));

      JsonObject error = other.next("error");
      assertThat(error.getString("message")).isEqualTo("channel: this server has no candles");
      assertThat(error.getInteger("req_id")).isEqualTo(8);
      other.send("{\"op\":\"subscriptions\"}");
      assertThat(other.next("subscriptions").getJsonArray("subscriptions")).isEmpty();
    }
  }
}
