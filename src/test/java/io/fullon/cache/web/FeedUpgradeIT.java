package io.fullon.cache.web;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.feed.Backlog;
import io.fullon.cache.feed.Feed;
import io.fullon.cache.feed.FeedLimits;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.testing.RawWebSocket;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.value.Fields;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests become connections to the feed. */
class FeedUpgradeIT {

  private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  private static final String VERSION = "Sec-WebSocket-Version: 13";

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode node = redis.node("web", "deflate", true);

  /** Has room for one, so that any that is counted and never comes to be is noticed. */
  private static final CacheNode small = redis.node("web", "max_connections", 1);

  private static String request(String line, String... headers) {
    List<String> all = new ArrayList<>(List.of("Upgrade: websocket", "Connection: Upgrade"));
    all.addAll(List.of(headers));
    return RawHttp.head(line, all.toArray(String[]::new));
  }

  private static RawHttp.Answer ask(CacheNode on, String request) {
    try (RawHttp http = new RawHttp(on.port())) {
      return http.send(request).answer(request.split(" ", 2)[0]);
    }
  }

  private static void assertThatNoneIsCounted() {
    await("the last one to be gone")
        .ignoreExceptions()
        .until(
            () -> {
              small.feed().close();
              return true;
            });
  }

  /** A target that Vert.x itself refuses, when the connection was counted already. */
  @Test
  void oneThatFailsTakesNoPlaceAndTheNextOnItsConnectionIsAsGoodAsAny() {
    for (int i = 0; i < 3; i++) {
      try (RawHttp http = new RawHttp(small.port())) {
        http.send(request("GET /feed?a=| HTTP/1.1", VERSION, KEY));
        assertThat(http.answer("GET").status()).isEqualTo(400);

        http.send(request("GET /feed HTTP/1.1", VERSION, KEY));

        assertThat(http.answer("GET").status()).isEqualTo(101);
      }
      assertThatNoneIsCounted();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sec-WebSocket-Key: ",
        "Sec-WebSocket-Key: YWJj",
        "Sec-WebSocket-Key: no base64, but of 24 l==",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTEyMzQ1Ng==",
        "X-Key: dGhlIHNhbXBsZSBub25jZQ==",
        KEY + "\r\n" + KEY
      })
  void aKeyThatIsNone(String key) {
    RawHttp.Answer answer = ask(small, request("GET /feed HTTP/1.1", VERSION, key));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(new JsonObject(answer.text()).getString("message")).startsWith("Sec-WebSocket-Key:");
    assertThatNoneIsCounted();
  }

  @ParameterizedTest
  @CsvSource({
    "GET /feed HTTP/1.0, X-None: 1",
    "HEAD /feed HTTP/1.1, X-None: 1",
    "GET /feed HTTP/1.1, Content-Length: 5",
    "GET /feed HTTP/1.1, Content-Length: 100000",
    "GET /feed HTTP/1.1, Transfer-Encoding: chunked"
  })
  void whatIsNoUpgrade(String line, String header) {
    assertThat(ask(small, request(line, VERSION, KEY, header)).status()).isEqualTo(400);
    assertThatNoneIsCounted();
  }

  @Test
  void theFeedIsAPathLikeTheOthers() {
    RawHttp.Answer answer = ask(node, request("POST /feed HTTP/1.1", VERSION, KEY));

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
  }

  @Test
  void theConnectionHeaderMustSaySo() {
    String request =
        RawHttp.head(
            "GET /feed HTTP/1.1", "Upgrade: websocket", "Connection: keep-alive", VERSION, KEY);

    assertThat(ask(node, request).status()).isEqualTo(400);
  }

  @Test
  void anUpgradeMayComeBehindAnotherRequest() {
    try (RawHttp http = new RawHttp(node.port())) {
      http.send(
          RawHttp.head("GET /metrics HTTP/1.1") + request("GET /feed HTTP/1.1", VERSION, KEY));

      assertThat(http.answer("GET").status()).isEqualTo(200);
      assertThat(http.answer("GET").status()).isEqualTo(101);
    }
  }

  /** No client may send them before it is answered (RFC 6455, section 4.1). */
  @Test
  void framesThatComeInOnePacketWithTheRequestAreLostAndNoOthers() {
    try (RawHttp http = new RawHttp(node.port())) {
      http.send(request("GET /feed HTTP/1.1", VERSION, KEY) + ping("early") + ping("early"));
      assertThat(http.answer("GET").status()).isEqualTo(101);

      http.send(ping("late") + ascii(RawWebSocket.close(1_000)));

      assertThat(http.untilEnd()).contains("\"pong\",\"req_id\":\"late\"").doesNotContain("early");
    }
  }

  private static String ping(String reqId) {
    return ascii(RawWebSocket.text("{\"op\":\"ping\",\"req_id\":\"" + reqId + "\"}"));
  }

  private static String ascii(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource({"Sec-WebSocket-Version: 8", "X-Version: 13", "'Sec-WebSocket-Version: 13, 8'"})
  void anotherVersionLearnsWhichThereIs(String version) {
    RawHttp.Answer answer = ask(node, request("GET /feed HTTP/1.1", version, KEY));

    assertThat(answer.status()).isEqualTo(426);
    assertThat(answer.header("Sec-WebSocket-Version")).isEqualTo("13");
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ";;;",
        ",,,",
        ";",
        "=",
        "permessage-deflate; client_max_window_bits=abc",
        "permessage-deflate; server_max_window_bits=",
        "permessage-deflate;;;"
      })
  void anExtensionThatCannotBeReadIsDeclined(String extension) {
    RawHttp.Answer answer =
        ask(
            node,
            request("GET /feed HTTP/1.1", VERSION, KEY, "Sec-WebSocket-Extensions: " + extension));

    assertThat(answer.status()).isEqualTo(101);
  }

  @Test
  void anExtensionThatCanBeReadIsAgreedOn() {
    RawHttp.Answer answer =
        ask(
            node,
            request(
                "GET /feed HTTP/1.1",
                VERSION,
                KEY,
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"));

    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.header("Sec-WebSocket-Extensions")).startsWith("permessage-deflate");
  }

  @Test
  void itSaysWhyItRefuses() {
    RawHttp.Answer answer =
        ask(node, request("GET /feed HTTP/1.1", VERSION, KEY, "Origin: http://evil.com"));

    assertThat(answer.status()).isEqualTo(403);
    assertThat(new JsonObject(answer.text()).getString("message")).startsWith("Origin: ");
    assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
  }

  /** The server's connections are not what the feed expects: nobody has prepared them. */
  @Test
  void aConnectionThatCannotBeTakenOverIsClosedAndNotCounted() {
    Connections connections =
        Connections.of(
            node.vertx(), "test", FeedLimits.from(Fields.of("", new JsonObject())), 1_000);
    try (LogLines log = LogLines.of("io.fullon.cache.web.FeedUpgrade", Level.ERROR)) {
      HttpServer unprepared = server(connections, new Backlog(1));
      try (RawHttp http = new RawHttp(unprepared.actualPort())) {
        http.send(request("GET /feed HTTP/1.1", VERSION, KEY));

        assertThat(http.untilEnd()).startsWith("HTTP/1.1 101");
      }
      assertThat(connections.all()).isZero();
      assertThat(log.lines()).hasSize(1);
    }
  }

  private static HttpServer server(Connections connections, Backlog backlog) {
    WebOptions options = WebOptions.from(Fields.of("", new JsonObject()).section("web"));
    Resources resources = new Resources(node.vertx());
    new FeedUpgrade(
            new Feed(node.vertx(), options.feed(), backlog),
            new Origins(List.of(), List.of()),
            new Access(null, true),
            connections)
        .addTo(resources);
    return get(node.vertx().createHttpServer().requestHandler(resources).listen(0));
  }

  @Test
  void nobodyIsTakenInWhileTooMuchWaitsForOthers() {
    Backlog backlog = new Backlog(1);
    backlog.add(2);
    HttpServer server = server(null, backlog);

    try (RawHttp http = new RawHttp(server.actualPort())) {
      http.send(request("GET /feed HTTP/1.1", VERSION, KEY));
      assertThat(http.answer("GET").status()).isEqualTo(503);
    }
  }

  @Test
  void aGatewayIsNotDeployedAsAWorker() {
    DeploymentOptions worker = new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER);

    assertThat(failure(node.vertx().deployVerticle(new WebVerticle(), worker)))
        .hasMessage("web: must be deployed on an event loop, not as a worker");
  }
}
