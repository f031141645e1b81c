package io.fullon.cache.web;

import static io.fullon.cache.testing.Token.expiring;
import static io.fullon.cache.testing.Token.hs256;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Certificate;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.StuckClient;
import io.fullon.cache.testing.Token;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Who may connect, and what they may see. */
class FeedAccessTest {

  private static final int UNAUTHORIZED = 4401;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static CacheNode start(Object... options) {
    JsonObject web = new JsonObject();
    for (int i = 0; i < options.length; i += 2) {
      web.put((String) options[i], options[i + 1]);
    }
    return CacheNode.start(new JsonObject().put("web", web));
  }

  private static CacheNode startWithSecret(Object... options) {
    return start(
        Stream.concat(Stream.of("jwt_secret", Token.SECRET), Stream.of(options)).toArray());
  }

  private static FeedClient connect(CacheNode node, String token) {
    return FeedClient.connectWith(node.vertx(), node.port(), "Authorization", "Bearer " + token);
  }

  private static int refusal(CacheNode node, String... headers) {
    return FeedClient.refusal(node.vertx(), node.port(), headers);
  }

  private static JsonObject auth(String token) {
    return new JsonObject().put("op", "auth").put("req_id", 7).put("token", token);
  }

  // Tokens

  @Test
  void aTokenAtTheUpgradeLetsIn() {
    try (CacheNode node = startWithSecret();
        FeedClient client = connect(node, hs256(expiring(60)))) {
      client.next("welcome");
      client.subscribe("e", "A");
    }
  }

  @Test
  void aTokenAsTheFirstMessageLetsIn() {
    try (CacheNode node = startWithSecret();
        FeedClient client = node.feed()) {
      client.next("welcome");

      client.send(auth(hs256(expiring(60))));

      assertThat(client.nextText())
          .isEqualTo("{\"type\":\"ack\",\"req_id\":7,\"op\":\"auth\",\"results\":[]}");
      client.subscribe("e", "A");
    }
  }

  @Test
  void nothingElseMayBeAskedBefore() {
    try (CacheNode node = startWithSecret();
        FeedClient client = node.feed()) {
      client.next("welcome");

      client.request("subscribe", "e", "A");

      assertThat(client.next("error").getString("code")).isEqualTo("UNAUTHORIZED");
      assertThat(client.closeCode()).isEqualTo(UNAUTHORIZED);
    }
  }

  @Test
  void whoNeverSendsATokenIsClosed() {
    try (CacheNode node = startWithSecret("auth_within_ms", 200);
        FeedClient client = node.feed()) {
      assertThat(client.closeCode()).isEqualTo(UNAUTHORIZED);
    }
  }

  @Test
  void whereTheFirstMessageIsTooLateTheUpgradeIsRefused() {
    try (CacheNode node = startWithSecret("auth_first_message", false)) {
      assertThat(refusal(node)).isEqualTo(401);
      connect(node, hs256(expiring(60))).close();
    }
  }

  static Stream<String> badTokens() {
    String good = hs256(expiring(60));
    return Stream.of(
        "x",
        "a.b.c",
        good + "x",
        good.substring(0, good.lastIndexOf('.')),
        Token.unsigned("none", null, expiring(60)) + ".",
        Token.unsigned("none", null, expiring(60)),
        hs256(expiring(60), "another secret of sufficient length".getBytes(StandardCharsets.UTF_8)),
        Token.unsigned("HS256", null, expiring(600)) + good.substring(good.lastIndexOf('.')),
        Token.unsigned("RS256", null, expiring(60)) + good.substring(good.lastIndexOf('.')),
        hs256(expiring(-60)),
        hs256(new JsonObject()),
        hs256(new JsonObject().put("exp", "tomorrow")),
        hs256(expiring(60).put("nbf", expiring(50).getLong("exp"))),
        hs256(expiring(60).put("exchanges", "binance")),
        hs256(expiring(60).put("symbols", new JsonArray().add(5))));
  }

  @ParameterizedTest
  @MethodSource("badTokens")
  void aBadTokenIsRefusedAtTheUpgradeAndAsAMessage(String token) {
    try (CacheNode node = startWithSecret();
        FeedClient client = node.feed()) {
      client.next("welcome");

      assertThat(refusal(node, "Authorization", "Bearer " + token)).isEqualTo(401);

      client.send(auth(token));
      JsonObject error = client.next("error");
      assertThat(error.getString("code")).isEqualTo("UNAUTHORIZED");
      assertThat(error.getInteger("req_id")).isEqualTo(7);
      assertThat(client.closeCode()).isEqualTo(UNAUTHORIZED);
    }
  }

  @Test
  void issuerAndAudienceMustBeTheConfiguredOnes() {
    try (CacheNode node = startWithSecret("jwt_issuer", "us", "jwt_audience", "feed")) {
      JsonObject claims = expiring(60).put("iss", "us").put("aud", "feed");
      connect(node, hs256(claims)).close();
      connect(node, hs256(claims.copy().put("aud", new JsonArray().add("x").add("feed")))).close();

      for (JsonObject bad :
          List.of(
              expiring(60),
              claims.copy().put("iss", "them"),
              claims.copy().put("aud", "mail"),
              expiring(60).put("aud", "feed"),
              expiring(60).put("iss", "us"))) {
        assertThat(refusal(node, "Authorization", "Bearer " + hs256(bad)))
            .as(bad.encode())
            .isEqualTo(401);
      }
    }
  }

  @Test
  void anotherSchemeThanBearerIsRefused() {
    try (CacheNode node = startWithSecret()) {
      assertThat(refusal(node, "Authorization", "Basic YTpi")).isEqualTo(401);
      FeedClient.connectWith(
              node.vertx(), node.port(), "authorization", "bearer " + hs256(expiring(60)))
          .close();
    }
  }

  @Test
  void aKeySetIsReadAgainWhenItChanges(@TempDir Path folder) throws IOException {
    KeyPair old = Token.newKeys();
    KeyPair renewed = Token.newKeys();
    Path file = folder.resolve("keys.json");
    Files.writeString(file, Token.keySet("one", old));
    try (CacheNode node = start("jwt_keys", file.toString())) {
      connect(node, Token.rs256(expiring(60), "one", old)).close();
      String token = "Bearer " + Token.rs256(expiring(60), "two", renewed);
      assertThat(refusal(node, "Authorization", token)).isEqualTo(401);
      assertThat(refusal(node, "Authorization", "Bearer " + hs256(expiring(60)))).isEqualTo(401);
      byte[] publicKey = old.getPublic().getEncoded();
      assertThat(refusal(node, "Authorization", "Bearer " + hs256(expiring(60), publicKey)))
          .isEqualTo(401);

      Files.writeString(file, "{\"keys\":["); // half written
      Files.writeString(file, Token.keySet("two", renewed));

      await("the new key")
          .ignoreExceptions()
          .until(
              () -> {
                connect(node, Token.rs256(expiring(60), "two", renewed)).close();
                return true;
              });
      assertThat(refusal(node, "Authorization", "Bearer " + Token.rs256(expiring(60), "one", old)))
          .isEqualTo(401);
    }
  }

  @ParameterizedTest
  @CsvSource({"{", "{}", "'{\"keys\":[]}'", "'{\"keys\":[{\"kty\":\"EC\"}]}'", "[]"})
  void aFileWithoutAKeyStopsTheStart(String content, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("keys.json");
    Files.writeString(file, content);
    try (EmbeddedRedis redis = CacheNode.newRedis()) {
      JsonObject config =
          new JsonObject().put("web", new JsonObject().put("jwt_keys", file.toString()));
      assertThatThrownBy(() -> CacheNode.start(redis, config))
          .hasMessageContaining("web.jwt_keys: must ");
    }
  }

  @Test
  void aTokenThatRunsOutEndsTheOpenConnection() {
    try (CacheNode node = startWithSecret();
        FeedClient client = connect(node, hs256(expiring(2)))) {
      client.next("welcome");
      client.subscribe("e", "A");

      assertThat(client.closeCode()).isEqualTo(UNAUTHORIZED);
    }
  }

  @Test
  void aTokenCanBeRenewedOnTheOpenConnection() {
    try (CacheNode node = startWithSecret();
        Market market = market(node);
        FeedClient client = connect(node, hs256(expiring(2)));
        FeedClient other = connect(node, hs256(expiring(3)))) {
      client.next("welcome");
      client.subscribe(market.exchange(), "A");

      client.send(auth(hs256(expiring(600)))).next("ack");

      assertThat(other.closeCode()).isEqualTo(UNAUTHORIZED); // later than the first would have been
      market.store("A", "1");
      client.next("update");
    }
  }

  @Test
  void aBadRenewalIsRefusedAndTheOldTokenHolds() {
    try (CacheNode node = startWithSecret();
        FeedClient client = connect(node, hs256(expiring(60)))) {
      client.next("welcome");

      client.send(auth("x"));

      assertThat(client.next("error").getString("code")).isEqualTo("UNAUTHORIZED");
      client.subscribe("e", "A");
    }
  }

  private static Market market(CacheNode node) {
    return new Market(node, connect(node, hs256(expiring(600))));
  }

  @Test
  void claimsLimitWhatMayBeSeen() {
    try (CacheNode node = startWithSecret();
        Market market = market(node);
        FeedClient client =
            connect(
                node,
                hs256(
                    expiring(60)
                        .put("exchanges", new JsonArray().add(market.exchange()))
                        .put("symbols", new JsonArray().add("A").add("B"))))) {
      client.next("welcome");
      market.store("A", "1");
      market.store("C", "1");

      client.request("subscribe", market.exchange(), "A", "C", "*");
      assertThat(results(client)).isEqualTo("A=ok C=UNAUTHORIZED *=UNAUTHORIZED");
      assertThat(client.snapshot()).hasSize(1);
      client.request("subscribe", "another", "A");
      assertThat(results(client)).isEqualTo("A=UNAUTHORIZED");
      assertThat(client.snapshot()).isEmpty();
      client.request("subscribe", "*", "A");
      assertThat(results(client)).isEqualTo("A=UNAUTHORIZED");
      client.snapshot();
      client.request("get", market.exchange(), "A", "C");
      assertThat(client.next("error").getString("code")).isEqualTo("UNAUTHORIZED");
      client.request("get", market.exchange(), "A");
      assertThat(client.next("ticks").getJsonArray("ticks")).hasSize(1);
    }
  }

  private static String results(FeedClient client) {
    StringBuilder results = new StringBuilder();
    for (Object result : client.next("ack").getJsonArray("results")) {
      JsonObject one = (JsonObject) result;
      results.append(results.isEmpty() ? "" : " ");
      results.append(one.getString("symbol")).append('=').append(one.getString("code", "ok"));
    }
    return results.toString();
  }

  @Test
  void aRenewalWithNarrowerClaimsEndsWhatTheyDoNotAllow() {
    try (CacheNode node = startWithSecret();
        Market market = market(node);
        FeedClient client = connect(node, hs256(expiring(60)))) {
      client.next("welcome");
      client.subscribe(market.exchange(), "A", "B");

      client.send(auth(hs256(expiring(60).put("symbols", new JsonArray().add("A")))));

      client.next("ack");
      assertThat(client.next("error").getString("code")).isEqualTo("UNAUTHORIZED");
      market.store("B", "1");
      client.expectNothingElse();
      market.store("A", "1");
      client.next("update");
    }
  }

  @Test
  void whatIsServedOverHttpNeedsTheTokenToo() {
    try (CacheNode node = startWithSecret();
        Market market = market(node)) {
      market.store("A", "1");
      market.store("B", "1");
      String path = "/api/tickers/" + market.exchange();
      String all = hs256(expiring(60));
      String one = hs256(expiring(60).put("symbols", new JsonArray().add("A")));

      assertThat(request(node, path, null).statusCode()).isEqualTo(401);
      assertThat(request(node, path, "x").statusCode()).isEqualTo(401);
      assertThat(new JsonArray(request(node, path, all).body())).hasSize(2);
      assertThat(new JsonArray(request(node, path, one).body())).hasSize(1);
      assertThat(request(node, "/health/ready", null).statusCode()).isEqualTo(200);
    }
  }

  private static HttpResponse<String> request(CacheNode node, String path, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aSecretThatIsTooShortStopsTheStart() {
    try (EmbeddedRedis redis = CacheNode.newRedis()) {
      JsonObject config = new JsonObject().put("web", new JsonObject().put("jwt_secret", "short"));
      assertThatThrownBy(() -> CacheNode.start(redis, config))
          .hasMessageContaining("web.jwt_secret: must have at least 32 bytes")
          .hasMessageNotContaining("short");
    }
  }

  // Origins

  @Test
  void aPageOfAnotherOriginIsRefused() {
    try (CacheNode node = start()) {
      String own = "127.0.0.1:" + node.port();
      FeedClient.connectWith(node.vertx(), node.port(), "Origin", "http://" + own).close();

      for (String origin :
          List.of(
              "http://example.com",
              "http://127.0.0.1",
              "http://127.0.0.1:1",
              "http://" + own + ".example.com",
              "http://example.com/" + own,
              "null",
              "")) {
        assertThat(refusal(node, "Origin", origin)).as(origin).isEqualTo(403);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"localhost", "127.0.0.1", "[::1]"})
  void aPageOfTheServerItselfIsLetInByWhateverNameOfThisMachine(String name) {
    try (CacheNode node = start()) {
      String host = name + ":" + node.port();

      FeedClient.connectWith(node.vertx(), node.port(), "Host", host, "Origin", "http://" + host)
          .close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 0", "X-None: 13"})
  void draftsOfWebSocketAreRefusedAndLeaveNoConnectionBehind(String version) throws IOException {
    try (CacheNode node = start("max_connections", 1)) {
      for (int i = 0; i < 2; i++) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
          socket
              .getOutputStream()
              .write(StuckClient.upgrade(version).getBytes(StandardCharsets.US_ASCII));

          String status =
              new BufferedReader(
                      new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                  .readLine();
          assertThat(status).startsWith("HTTP/1.1 426");
        }
      }
      FeedClient.connect(node.vertx(), node.port()).close();
    }
  }

  @Test
  void anOriginThatIsAllowedIsLetIn() {
    try (CacheNode node = start("allowed_origins", "https://example.com, http://localhost:3000")) {
      for (String origin : List.of("https://example.com", "http://localhost:3000")) {
        FeedClient.connectWith(node.vertx(), node.port(), "Origin", origin).close();
      }
      assertThat(refusal(node, "Origin", "http://example.com")).isEqualTo(403);
      assertThat(refusal(node, "Origin", "https://example.com:444")).isEqualTo(403);
    }
  }

  @Test
  void allOriginsCanBeAllowed() {
    try (CacheNode node = start("allowed_origins", new JsonArray().add("*"))) {
      FeedClient.connectWith(node.vertx(), node.port(), "Origin", "https://any.example").close();
    }
  }

  @Test
  void anAttackersNameForThisMachineIsNotItsOwnOrigin() {
    try (CacheNode node = start()) {
      String name = "attacker.example:" + node.port();

      assertThat(refusal(node, "Origin", "http://" + name, "Host", name)).isEqualTo(403);
    }
  }

  @ParameterizedTest
  @CsvSource({"example.com", "https://example.com/", "ftp://example.com", "''", "https://*.a"})
  void whatIsNoOriginStopsTheStart(String origin) {
    try (EmbeddedRedis redis = CacheNode.newRedis()) {
      JsonObject config =
          new JsonObject().put("web", new JsonObject().put("allowed_origins", origin));
      assertThatThrownBy(() -> CacheNode.start(redis, config))
          .hasMessageContaining("web.allowed_origins: must be origins such as");
    }
  }

  // Everyone

  @ParameterizedTest
  @CsvSource({"0.0.0.0, true", "127.0.0.1, false"})
  void itIsSaidWhenEveryoneMayConnectFromEverywhere(String host, boolean warned) {
    Logger logger = (Logger) LoggerFactory.getLogger(WebVerticle.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.setLevel(Level.WARN);
    logger.addAppender(log);
    try (CacheNode node = start("host", host)) {
      assertThat(
              List.copyOf(log.list).stream()
                  .map(ILoggingEvent::getFormattedMessage)
                  .anyMatch(message -> message.contains("web.host " + host + " can be reached")))
          .isEqualTo(warned);
      node.feed().close();
    } finally {
      logger.detachAppender(log);
      logger.setLevel(null);
    }
  }

  // TLS

  @Test
  void theCertificateIsReadAgainWhenItChangesAndOpenConnectionsLiveOn() {
    try (Certificate certificate = Certificate.create();
        Certificate renewed = Certificate.create();
        CacheNode node =
            start(
                "tls_cert",
                certificate.file().toString(),
                "tls_key",
                certificate.key().toString());
        FeedClient client = FeedClient.connectTls(node.vertx(), node.port(), certificate.file())) {
      client.next("welcome");

      certificate.replaceBy(renewed);

      await("the new certificate")
          .ignoreExceptions()
          .until(
              () -> {
                FeedClient.connectTls(node.vertx(), node.port(), renewed.file()).close();
                return true;
              });
      client.subscribe("e", "A");
    }
  }

  @Test
  void aCertificateThatCannotBeReadStopsTheStart() {
    try (EmbeddedRedis redis = CacheNode.newRedis()) {
      JsonObject config =
          new JsonObject()
              .put("web", new JsonObject().put("tls_cert", "/none.pem").put("tls_key", "/no.pem"));
      assertThatThrownBy(() -> CacheNode.start(redis, config)).hasMessageContaining("/no");
    }
  }
}
