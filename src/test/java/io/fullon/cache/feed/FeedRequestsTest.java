package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Market;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client may ask for on the feed, and the answers. */
class FeedRequestsTest {

  @AutoClose private static final CacheNode node = CacheNode.start("web", "max_subscriptions", 5);

  @AutoClose private final Market market = new Market(node);
  @AutoClose private final FeedClient client = node.feed();

  @BeforeEach
  void readTheWelcome() {
    client.next("welcome");
  }

  private static JsonObject ok(String exchange, String symbol) {
    return new JsonObject().put("exchange", exchange).put("symbol", symbol).put("ok", true);
  }

  private static String results(JsonObject ack) {
    StringBuilder results = new StringBuilder();
    for (Object result : ack.getJsonArray("results")) {
      JsonObject one = (JsonObject) result;
      results.append(one.getString("symbol")).append('=');
      results.append(one.getBoolean("ok") ? "ok" : one.getString("code")).append(' ');
    }
    return results.toString().trim();
  }

  @Test
  void isGreetedFirst() {
    try (FeedClient newcomer = node.feed()) {
      assertThat(newcomer.nextText())
          .matches(
              "\\{\"type\":\"welcome\",\"protocol\":1,\"session\":\"[0-9a-f-]{36}\","
                  + "\"heartbeat_ms\":1000,\"feed\":\"live\",\"sources\":\\[],\"limits\":"
                  + "\\{\"message_bytes\":65536,\"requests_per_second\":50,\"subscriptions\":5,"
                  + "\"symbols\":1000,\"connections\":20000,\"connections_per_address\":null,"
                  + "\"subscribe_within_ms\":null,\"stall_ms\":30000}}");
    }
  }

  @Test
  void subscribingIsAcknowledgedThenComesWhatIsKnownEvenIfThatIsNothing() {
    client.send(
        "{\"op\":\"subscribe\",\"req_id\":1,\"exchange\":\"none\","
            + "\"symbols\":[\"BTC/USDT\",\"ETH/USD_210924\"],\"interval_ms\":0}");

    assertThat(client.nextText())
        .isEqualTo(
            "{\"type\":\"ack\",\"req_id\":1,\"op\":\"subscribe\",\"interval_ms\":0,\"results\":["
                + "{\"exchange\":\"none\",\"symbol\":\"BTC/USDT\",\"ok\":true},"
                + "{\"exchange\":\"none\",\"symbol\":\"ETH/USD_210924\",\"ok\":true}]}");
    assertThat(client.nextText()).isEqualTo("{\"type\":\"snapshot\",\"req_id\":1,\"ticks\":[]}");
  }

  @Test
  void eachSymbolIsAcceptedOrRefusedByItself() {
    Tick stored = market.store("BTC/USDT", "1.50");

    client.request(
        "subscribe", market.exchange(), "A B", "BTC/USDT", "", "*x", 5, null, "x".repeat(65), "*");

    JsonObject ack = client.next("ack");
    assertThat(results(ack))
        .isEqualTo(
            "A B=INVALID_SYMBOL BTC/USDT=ok =INVALID_SYMBOL *x=INVALID_SYMBOL 5=INVALID_SYMBOL"
                + " null=INVALID_SYMBOL \""
                + "x".repeat(60)
                + "…\" (65 characters)=INVALID_SYMBOL *=ok");
    assertThat(ack.getJsonArray("results").getJsonObject(0).getString("message")).isNotBlank();
    assertThat(client.snapshot()).hasSize(1);
    assertThat(market.store("BTC/USDT", "1.60").seq()).isEqualTo(stored.seq() + 1);
    assertThat(client.next("update").getJsonArray("ticks")).hasSize(1);
  }

  @Test
  void nothingButBadSymbolsIsAnsweredLikeAnySubscribe() {
    client.request("subscribe", "none", "A B");

    assertThat(results(client.next("ack"))).isEqualTo("A B=INVALID_SYMBOL");
    assertThat(client.snapshot()).isEmpty();
    client.send("{\"op\":\"subscriptions\"}");
    assertThat(client.nextText()).isEqualTo("{\"type\":\"subscriptions\",\"subscriptions\":[]}");
  }

  @Test
  void anAsteriskMayStandAloneForAllSymbols() {
    market.store("A", "1");
    client.send(
        "{\"op\":\"subscribe\",\"exchange\":\"" + market.exchange() + "\",\"symbols\":\"*\"}");

    assertThat(client.next("ack").getJsonArray("results"))
        .isEqualTo(new JsonArray().add(ok(market.exchange(), "*")));
    assertThat(client.snapshot()).hasSize(1);
  }

  @Test
  void unsubscribingRemovesExactlyThatEntry() {
    client.subscribe(market.exchange(), "A", "B", "*");

    client.request("unsubscribe", market.exchange(), "A", "*", "C", "B B", "A");

    assertThat(client.nextText())
        .startsWith("{\"type\":\"ack\",\"req_id\":1,\"op\":\"unsubscribe\",\"results\":[")
        .doesNotContain("interval_ms");
    market.store("A", "1");
    market.store("C", "1");
    client.expectNothingElse();
    market.store("B", "2");
    assertThat(client.next("update").getJsonArray("ticks")).hasSize(1);
  }

  @Test
  void unsubscribingFromAnEntryThatIsNotThereFails() {
    client.subscribe(market.exchange(), "*");
    client.request("unsubscribe", market.exchange(), "A", "A B", "*", "*");

    assertThat(results(client.next("ack")))
        .isEqualTo("A=NOT_SUBSCRIBED A B=INVALID_SYMBOL *=ok *=NOT_SUBSCRIBED");
    client.request("unsubscribe", "*", "*");
    assertThat(results(client.next("ack"))).isEqualTo("*=NOT_SUBSCRIBED");
  }

  @Test
  void anEntryForOneSymbolOutlivesTheOneForAll() {
    client.subscribe(market.exchange(), "A", "*");
    client.request("unsubscribe", market.exchange(), "*").next("ack");

    market.store("B", "1");
    market.store("A", "2");

    assertThat(client.nextText()).contains("\"symbol\":\"A\"").doesNotContain("\"B\"");
  }

  @Test
  void getGivesWhatIsKnownWithoutSubscribing() {
    market.store("B", "1.10");
    market.store("A", "2.20");

    client.request("get", market.exchange(), "A", "unknown");
    assertThat(client.nextText())
        .startsWith(
            "{\"type\":\"ticks\",\"req_id\":1,\"ticks\":[{\"symbol\":\"A\",\"exchange\":\""
                + market.exchange()
                + "\",\"price\":\"2.20\",\"time\":2.000000,\"seq\":")
        .endsWith("}]}");
    client.request("get", market.exchange(), "A", "*");
    assertThat(client.next("ticks").getJsonArray("ticks")).hasSize(2);
    client.request("get", "*", "unknown");
    assertThat(client.nextText()).isEqualTo("{\"type\":\"ticks\",\"req_id\":1,\"ticks\":[]}");
    market.store("A", "3");
    client.expectNothingElse();
  }

  @Test
  void getRefusesABadSymbol() {
    client.request("get", market.exchange(), "A", "A B");

    JsonObject error = client.next("error");
    assertThat(error.getString("code")).isEqualTo("INVALID_SYMBOL");
    assertThat(error.getInteger("req_id")).isEqualTo(1);
    assertThat(error.getString("message")).contains("\"A B\"");
  }

  @Test
  void subscriptionsListsWhatIsSubscribed() {
    client.subscribe("one", "A", "*", "A");
    client.subscribe("*", "A");
    client.request("unsubscribe", "one", "*").next("ack");

    client.send("{\"op\":\"subscriptions\",\"req_id\":\"s\"}");

    JsonObject frame = client.next("subscriptions");
    assertThat(frame.getString("req_id")).isEqualTo("s");
    assertThat(frame.getJsonArray("subscriptions"))
        .containsExactlyInAnyOrder(entry("one", "A"), entry("*", "A"));
  }

  private static JsonObject entry(String exchange, String symbol) {
    return new JsonObject().put("exchange", exchange).put("symbol", symbol).put("interval_ms", 0);
  }

  @Test
  void credentialsAreAcknowledgedWhereNoneAreRequired() {
    client.send("{\"op\":\"auth\",\"req_id\":7,\"token\":\"t\"}");

    assertThat(client.nextText())
        .isEqualTo("{\"type\":\"ack\",\"req_id\":7,\"op\":\"auth\",\"results\":[]}");
  }

  static Stream<String> requestIds() {
    return Stream.of(
        "0",
        "-1",
        "9007199254740993",
        "\"\"",
        "\"a \\\"quoted\\\" é\"",
        "\"" + "x".repeat(64) + "\"",
        "\"" + "😀".repeat(64) + "\"");
  }

  @ParameterizedTest
  @MethodSource("requestIds")
  void theAnswerCarriesTheRequestsId(String id) {
    client.send("{\"op\":\"ping\",\"req_id\":" + id + "}");

    assertThat(client.nextText()).isEqualTo("{\"type\":\"pong\",\"req_id\":" + id + "}");
  }

  @ParameterizedTest
  @CsvSource({"1.0,1", "1e2,100", "-20.00,-20"})
  void anIntegerMayBeWrittenWithAPoint(String id, String integer) {
    client.send("{\"op\":\"ping\",\"req_id\":" + id + "}");

    assertThat(client.nextText()).isEqualTo("{\"type\":\"pong\",\"req_id\":" + integer + "}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"op\":\"ping\"}", "{\"op\":\"ping\",\"req_id\":null}"})
  void theAnswerToARequestWithoutIdHasNone(String request) {
    client.send(request);

    assertThat(client.nextText()).isEqualTo("{\"type\":\"pong\"}");
  }

  static Stream<String> badRequestIds() {
    return Stream.of(
        "\"" + "x".repeat(65) + "\"",
        "\"" + "😀".repeat(65) + "\"",
        "1.5",
        "1e-3",
        "1e99",
        "true",
        "[1]",
        "{}",
        "1".repeat(30));
  }

  @ParameterizedTest
  @MethodSource("badRequestIds")
  void anotherRequestIdIsRefused(String id) {
    client.send("{\"op\":\"ping\",\"req_id\":" + id + "}");

    JsonObject error = client.next("error");
    assertThat(error.getString("code")).isEqualTo("INVALID_ARGUMENT");
    assertThat(error.getString("message")).startsWith("req_id: ");
    assertThat(error.containsKey("req_id")).isFalse();
    client.expectNothingElse();
  }

  // At the limit of subscriptions

  @Test
  void subscriptionsBeyondTheLimitAreRefusedOneByOne() {
    Object[] six = IntStream.range(0, 6).mapToObj(i -> "S" + i).toArray();
    client.request("subscribe", market.exchange(), six);

    assertThat(results(client.next("ack")))
        .isEqualTo("S0=ok S1=ok S2=ok S3=ok S4=ok S5=TOO_MANY_SUBSCRIPTIONS");
    client.snapshot();
    assertThat(client.next("error").getString("code")).isEqualTo("TOO_MANY_SUBSCRIPTIONS");
    market.store("S5", "1");
    client.expectNothingElse();
  }

  @Test
  void atTheLimitWhatIsThereMayBeSubscribedAgainAndRoomCanBeMade() {
    client.subscribe(market.exchange(), "A", "B", "C", "D", "E");

    client.request("subscribe", market.exchange(), "A", "F");
    assertThat(results(client.next("ack"))).isEqualTo("A=ok F=TOO_MANY_SUBSCRIPTIONS");
    client.snapshot();
    client.next("error");
    client.request("unsubscribe", market.exchange(), "B").next("ack");
    client.request("subscribe", market.exchange(), "F");
    assertThat(results(client.next("ack"))).isEqualTo("F=ok");
  }

  @Test
  void whereWhyWouldBeTooLongItIsLeftOut() {
    client.request(
        "subscribe",
        market.exchange(),
        IntStream.range(0, 100).mapToObj(i -> "S" + i + "/USDT").toArray());

    JsonObject ack = client.next("ack");
    assertThat(results(ack))
        .startsWith("S0/USDT=ok ")
        .contains("S4/USDT=ok S5/USDT=TOO_MANY_SUBSCRIPTIONS ")
        .endsWith(" S99/USDT=TOO_MANY_SUBSCRIPTIONS");
    assertThat(ack.getJsonArray("results").getJsonObject(99).containsKey("message")).isFalse();
    client.snapshot();
    assertThat(client.next("error").getString("code")).isEqualTo("TOO_MANY_SUBSCRIPTIONS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"subscribe", "unsubscribe", "get"})
  void aRequestForTooManySymbolsIsRefusedAsAWhole(String op) {
    client.request(op, "e", IntStream.range(0, 1_001).mapToObj(i -> "S" + i).toArray());

    assertThat(client.next("error").getString("code")).isEqualTo("TOO_MANY_SUBSCRIPTIONS");
    client.send("{\"op\":\"subscriptions\"}");
    assertThat(client.next("subscriptions").getJsonArray("subscriptions")).isEmpty();
    client.expectNothingElse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "\"\"", "{}", "\"a b\"", "\"A\"", "\"S100\"", "\"*\""})
  void noAnswerIsFarLongerThanItsRequest(String entry) {
    for (String op : new String[] {"subscribe", "unsubscribe", "get"}) {
      for (int entries : new int[] {1, 3, 10, 30, 100, 1_000}) {
        String request =
            "{\"op\":\"%s\",\"exchange\":\"%s\",\"symbols\":[%s]}"
                .formatted(op, "e".repeat(64), (entry + ",").repeat(entries - 1) + entry);
        try (FeedClient asking = node.feed()) {
          asking.next("welcome");
          asking.send(request);
          assertThat(asking.nextText()).hasSizeLessThanOrEqualTo(10 * request.length());
        }
      }
    }
  }

  @Test
  void whatIsTooMuchForAFrameIsGivenInParts() {
    market.store(IntStream.range(0, 1_500).mapToObj(i -> market.tick("S" + i, "1")).toList());

    client.request("get", market.exchange(), "*");

    int frames = 0;
    int ticks = 0;
    JsonObject part;
    do {
      String text = client.nextText();
      assertThat(text).hasSizeLessThan(65_536);
      part = new JsonObject(text);
      assertThat(part.getString("type")).isEqualTo("ticks");
      assertThat(part.getInteger("req_id")).isEqualTo(1);
      ticks += part.getJsonArray("ticks").size();
      frames++;
    } while (part.getBoolean("more", false));
    assertThat(ticks).isEqualTo(1_500);
    assertThat(frames).isGreaterThan(1);
    client.expectNothingElse();
  }
}
