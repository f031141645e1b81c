package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonObject;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the feed refuses. Only what cannot be answered ends the connection. */
class FeedErrorsTest {

  private static final int MAX_BYTES = 2_000;
  private static final int TOO_BIG = 1009;

  @AutoClose
  private static final CacheNode node = CacheNode.start("web", "max_message_bytes", MAX_BYTES);

  @AutoClose private final FeedClient client = node.feed();

  @BeforeEach
  void readTheWelcome() {
    client.next("welcome");
  }

  private void expectError(String code, String message) {
    JsonObject error = client.next("error");
    assertThat(error.getString("code")).isEqualTo(code);
    assertThat(error.getString("message")).contains(message);
    client.expectNothingElse();
  }

  static Stream<String> malformed() {
    return Stream.of(
        "",
        " ",
        "{",
        "{\"op\":",
        "ping",
        "null",
        "1",
        "\"ping\"",
        "[]",
        "[{\"op\":\"ping\"}]",
        "{\"op\":\"ping\"} x",
        "{\"op\":\"ping\"}{\"op\":\"ping\"}",
        "{'op':'ping'}",
        "{\"op\":\"ping\",\"req_id\":NaN}",
        "{\"op\":\"ping\",\"req_id\":01}",
        "{\"op\":\"a\nb\"}",
        "{\"op\":\"\\x\"}",
        "{\"op\":" + "[".repeat(900) + "]".repeat(900) + "}",
        "{\"a\":".repeat(300) + "1" + "}".repeat(300),
        "{\"op\":\"ping\",\"req_id\":" + "1".repeat(1_500) + "}");
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void whatIsNotOneJsonObjectIsAnswered(String text) {
    client.send(text);

    expectError("MALFORMED_MESSAGE", "");
  }

  @Test
  void aBinaryMessageIsAnswered() {
    get(client.socket().writeBinaryMessage(Buffer.buffer("{\"op\":\"ping\"}")));

    expectError("MALFORMED_MESSAGE", "text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "5", "\"\"", "\"Ping\"", "\"ping \"", "[\"ping\"]", "{}"})
  void anUnknownOperationIsAnswered(String op) {
    client.send("{\"req_id\":3,\"op\":" + op + "}");

    JsonObject error = client.next("error");
    assertThat(error.getString("code")).isEqualTo("UNKNOWN_OP");
    assertThat(error.getInteger("req_id")).isEqualTo(3);
    client.expectNothingElse();
  }

  @Test
  void aMissingOperationIsAnswered() {
    client.send("{}");

    expectError("UNKNOWN_OP", "op: ");
  }

  static Stream<String> badFields() {
    return Stream.of(
        "exchange: \"symbols\":[\"A\"]",
        "exchange: \"exchange\":5,\"symbols\":[\"A\"]",
        "exchange: \"exchange\":\"\",\"symbols\":[\"A\"]",
        "exchange: \"exchange\":\"a b\",\"symbols\":[\"A\"]",
        "exchange: \"exchange\":\"bin:ance\",\"symbols\":[\"A\"]",
        "exchange: \"exchange\":\"" + "x".repeat(65) + "\",\"symbols\":[\"A\"]",
        "exchange: \"exchange\":\"**\",\"symbols\":[\"A\"]",
        "exchange: \"exchange\":[\"*\"],\"symbols\":[\"A\"]",
        "symbols: \"exchange\":\"a\"",
        "symbols: \"exchange\":\"a\",\"symbols\":\"A\"",
        "symbols: \"exchange\":\"a\",\"symbols\":[]",
        "symbols: \"exchange\":\"a\",\"symbols\":{\"A\":1}",
        "symbols: \"exchange\":\"a\",\"symbols\":7");
  }

  @ParameterizedTest
  @MethodSource("badFields")
  void everyOperationOnSymbolsNamesTheFieldThatDoesNotFit(String fieldAndRequest) {
    String[] parts = fieldAndRequest.split(" ", 2);
    for (String op : new String[] {"subscribe", "unsubscribe", "get"}) {
      client.send("{\"op\":\"" + op + "\",\"req_id\":4," + parts[1] + "}");

      JsonObject error = client.next("error");
      assertThat(error.getString("code")).isEqualTo("INVALID_ARGUMENT");
      assertThat(error.getString("message")).startsWith(parts[0]);
      assertThat(error.getInteger("req_id")).isEqualTo(4);
    }
    client.send("{\"op\":\"subscriptions\"}");
    assertThat(client.next("subscriptions").getJsonArray("subscriptions")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"interval_ms\":-1",
        "\"interval_ms\":\"5\"",
        "\"interval_ms\":0.5",
        "\"interval_ms\":99999999999999999999",
        "\"since\":[]",
        "\"since\":{\"A\":\"1\"}",
        "\"since\":{\"A\":-1}",
        "\"since\":{\"A\":1.5}"
      })
  void aBadDetailOfASubscriptionRefusesAllOfIt(String detail) {
    client.send("{\"op\":\"subscribe\",\"exchange\":\"a\",\"symbols\":[\"A\"]," + detail + "}");

    expectError("INVALID_ARGUMENT", detail.substring(1, detail.indexOf("\"", 1)));
  }

  @Test
  void whatTheClientHasIsForOneExchangeOnly() {
    client.send(
        "{\"op\":\"subscribe\",\"exchange\":\"*\",\"symbols\":[\"A\"],\"since\":{\"A\":1}}");

    expectError("INVALID_ARGUMENT", "since");
  }

  @Test
  void credentialsMustBeAText() {
    client.send("{\"op\":\"auth\",\"token\":5}");
    expectError("INVALID_ARGUMENT", "token");

    client.send("{\"op\":\"auth\"}");
    expectError("INVALID_ARGUMENT", "token");
  }

  private static String ping(int bytes) {
    String ping = "{\"op\":\"ping\"}";
    return ping + " ".repeat(bytes - ping.length());
  }

  @Test
  void aMessageMayBeAsLongAsTheLimit() {
    client.send(ping(MAX_BYTES));

    assertThat(client.nextText()).isEqualTo("{\"type\":\"pong\"}");
  }

  @Test
  void aLongerMessageEndsTheConnection() {
    client.socket().writeTextMessage(ping(MAX_BYTES + 1));

    assertThat(client.closeCode()).isEqualTo(TOO_BIG);
  }

  @Test
  void aMessageInPiecesIsOneMessage() {
    client.socket().writeFrame(WebSocketFrame.textFrame("{\"op\":", false));
    client.socket().writePing(Buffer.buffer("between"));
    client.socket().writeFrame(WebSocketFrame.continuationFrame(Buffer.buffer(), false));
    client.socket().writeFrame(WebSocketFrame.continuationFrame(Buffer.buffer("\"ping\"}"), true));
    assertThat(client.nextText()).isEqualTo("{\"type\":\"pong\"}");

    client.send("{\"op\":\"ping\",\"req_id\":2}");
    assertThat(client.nextText()).isEqualTo("{\"type\":\"pong\",\"req_id\":2}");
  }

  @Test
  void aLongerMessageInSmallPiecesEndsTheConnectionToo() {
    client.socket().writeFrame(WebSocketFrame.textFrame(ping(MAX_BYTES / 2), false));
    client.socket().writeFrame(WebSocketFrame.continuationFrame(blanks(), false));
    client.socket().writeFrame(WebSocketFrame.continuationFrame(blanks(), true));

    assertThat(client.closeCode()).isEqualTo(TOO_BIG);
  }

  private static Buffer blanks() {
    return Buffer.buffer(" ".repeat(MAX_BYTES / 2 + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/feed/", "/feeds", "/Feed", "/api/tickers/a", "/metrics"})
  void thereIsNoFeedElsewhere(String path) {
    WebSocketClient other = node.vertx().createWebSocketClient();

    assertThat(failure(other.connect(node.port(), "127.0.0.1", path)))
        .isInstanceOfSatisfying(
            UpgradeRejectedException.class,
            rejected -> assertThat(rejected.getStatus()).isEqualTo(404));
    get(other.close());
  }
}
