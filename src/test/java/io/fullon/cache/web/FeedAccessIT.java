package io.fullon.cache.web;

import static io.fullon.cache.testing.Token.expiring;
import static io.fullon.cache.testing.Token.hs256;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Certificate;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.StuckClient;
import io.fullon.cache.testing.Token;
import io.vertx.core.http.UpgradeRejectedException;
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
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may connect, and what they may see. */
class FeedAccessIT {

  private static final int UNAUTHORIZED = 4401;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static CacheNode start(Object... options) {
    return CacheNode.start("web", options);
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

  private static void assertThatATokenIsWanted(CacheNode node, String... headers) {
    UpgradeRejectedException refused = FeedClient.refused(node.vertx(), node.port(), headers);
    assertThat(refused.getStatus()).isEqualTo(401);
    assertThat(refused.getHeaders().get("WWW-Authenticate")).isEqualTo("Bearer");
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"op\":\"auth\",\"token\":5}",
        "{\"op\":\"auth\"}",
        "{\"op\":\"auth\",\"token\":\"a.b.c\",\"req_id\":1.5}",
        "{\"op\":\"nope\"}",
        "{}",
        "x",
      })
  void aFirstMessageWithoutATokenIsTheLast(String message) {
    try (CacheNode node = startWithSecret("auth_within_ms", 600_000);
        FeedClient client = node.feed()) {
      client.next("welcome");

      client.send(message);

      client.next("error");
      assertThat(client.closeCode()).isEqualTo(UNAUTHORIZED);
    }
  }

  @Test
  void whatATokenAllowsIsSubscribedHoweverMuchElseIsAsked() {
    String token = hs256(expiring(60).put("symbols", new JsonArray().add("S7/EUR")));
    try (CacheNode node = startWithSecret();
        FeedClient client = connect(node, token)) {
      client.next("welcome");

      client.request(
          "subscribe",
          "binance",
          IntStream.range(0, 100).mapToObj(i -> "S" + i + "/EUR").toArray());

      client.next("ack");
      client.snapshot();
      client.send("{\"op\":\"subscriptions\"}");
      JsonArray there = client.next("subscriptions").getJsonArray("subscriptions");
      assertThat(there).hasSize(1);
      assertThat(there.getJsonObject(0).getString("symbol")).isEqualTo("S7/EUR");
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
      assertThatATokenIsWanted(node);
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
        hs256(expiring(-90)),
        hs256(new JsonObject()),
        hs256(new JsonObject().put("exp", "tomorrow")),
        hs256(new JsonObject().put("exp", Instant.now().toEpochMilli() + 60_000)),
        hs256(expiring(60).put("nbf", expiring(50).getLong("exp"))),
        hs256(expiring(60).put("nbf", "now")),
        hs256(expiring(60).put("iat", expiring(50).getLong("exp"))),
        hs256(expiring(60).put("exchanges", "binance")),
        hs256(expiring(60).putNull("exchanges")),
        hs256(expiring(60).put("symbols", new JsonArray().add(5))),
        good + ".",
        "." + good,
        Token.hs256(new JsonObject().put("crit", new JsonArray().add("exp")), expiring(60)),
        Token.hs256(new JsonObject().putNull("crit"), expiring(60)));
  }

  @ParameterizedTest
  @MethodSource("badTokens")
  void aBadTokenIsRefusedAtTheUpgradeAndAsAMessage(String token) {
    try (CacheNode node = startWithSecret();
        FeedClient client = node.feed()) {
      client.next("welcome");

      assertThatATokenIsWanted(node, "Authorization", "Bearer " + token);

      client.send(auth(token));
      JsonObject error = client.next("error");
      assertThat(error.getString("code")).isEqualTo("UNAUTHORIZED");
      assertThat(error.getInteger("req_id")).isEqualTo(7);
      assertThat(client.closeCode()).isEqualTo(UNAUTHORIZED);
    }
  }

  static Stream<Arguments> oddClaims() {
    return Stream.of(
        Arguments.of("{\"exp\":null}", "token.exp: is missing"),
        Arguments.of("{\"exp\":\"x\"}", "token.exp: must be a number of seconds"),
        Arguments.of("{\"exp\":true}", "token.exp: must be a number of seconds"),
        Arguments.of("{\"exp\":[]}", "token.exp: must be a number of seconds"),
        Arguments.of("{\"exp\":9,\"iat\":\"x\"}", "token: has run out"),
        Arguments.of("{\"exp\":9,\"sub\":5,\"scope\":7}", "token: has run out"),
        Arguments.of(
            "{\"a\":" + "9".repeat(3_000) + "}",
            "token: must be JSON (has a number of more than 1000 digits)"),
        Arguments.of("{\"a\":" + "[".repeat(40), "token: must be JSON (nested more than 32 deep)"),
        Arguments.of("{\"a\":" + "[".repeat(2_000), "token: must be JSON (nested more"),
        Arguments.of("{", "token: must be JSON (wrong at line 1, column "),
        Arguments.of("[]", "token: must be a JSON object"),
        Arguments.of("x", "token: must be JSON (wrong at line 1, column "));
  }

  @ParameterizedTest
  @MethodSource("oddClaims")
  void whatIsWrongWithClaimsIsSaidToWhoHasSignedThem(String claims, String words) {
    try (CacheNode node = startWithSecret();
        FeedClient client = node.feed();
        FeedClient other = node.feed()) {
      String signed = hs256(claims);
      client.next("welcome");
      other.next("welcome");

      client.send(auth(signed));
      other.send(auth(signed.replaceFirst("\\.[^.]*$", ".c2ln")));

      assertThat(client.next("error").getString("message")).startsWith(words);
      assertThat(other.next("error").getString("message"))
          .isEqualTo("token: is not signed with a key that is known here");
    }
  }

  @Test
  void aFileThatCannotBeReadIsNamedWithItsOption(@TempDir Path folder) {
    try (EmbeddedRedis redis = CacheNode.newRedis();
        Certificate certificate = Certificate.create()) {
      String cert = certificate.file().toString();
      String key = certificate.key().toString();
      for (String file : List.of("/none.pem", folder.toString())) {
        assertThatNoStart(redis, "web.jwt_keys: cannot read the file " + file, "jwt_keys", file);
        assertThatNoStart(
            redis, "web.tls_cert: cannot read the file " + file, "tls_cert", file, "tls_key", key);
        assertThatNoStart(
            redis, "web.tls_key: cannot read the file " + file, "tls_cert", cert, "tls_key", file);
      }
      assertThatNoStart(redis, "web.tls_key: ", "tls_cert", cert, "tls_key", cert);
      assertThatNoStart(redis, "web.tls_cert: ", "tls_cert", key, "tls_key", key);
    }
  }

  private static void assertThatNoStart(EmbeddedRedis redis, String words, Object... options) {
    assertThatThrownBy(() -> CacheNode.startWeb(redis, options).close())
        .hasMessageContaining(words);
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
  void clocksMayBeALittleApartAndTimesMayHaveFractions() {
    double now = Instant.now().toEpochMilli() / 1_000.0;
    try (CacheNode node = startWithSecret()) {
      for (JsonObject claims :
          List.of(
              expiring(-20),
              expiring(60).put("nbf", expiring(20).getLong("exp")),
              expiring(60).put("iat", expiring(20).getLong("exp")),
              new JsonObject().put("exp", now + 60.25).put("iat", now - 0.5).put("nbf", now))) {
        connect(node, hs256(claims)).close();
      }
    }
  }

  @Test
  void theLeewayIsWhatIsConfigured() {
    try (CacheNode node = startWithSecret("jwt_leeway_ms", 0)) {
      for (JsonObject claims :
          List.of(expiring(-2), expiring(60).put("nbf", expiring(20).getLong("exp")))) {
        assertThat(refusal(node, "Authorization", "Bearer " + hs256(claims))).isEqualTo(401);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exp | -90   | token: has run out",
        "nbf | 3600  | token: does not hold yet",
        "iat | 3600  | token: was issued in the future",
        "exp | 1e12  | token.exp: must be a number of seconds since the epoch",
        "alg | none  | token.alg: must be HS256, got \"none\"",
        "alg | RS256 | token.alg: must be HS256, got \"RS256\"",
        "key | other | token: is not signed with a key that is known here"
      })
  void whatIsWrongIsSaidInTheRightWords(String part, String value, String words) {
    JsonObject claims = expiring(60);
    String token =
        switch (part) {
          case "alg" -> Token.unsigned(value, null, claims) + ".c2ln";
          case "key" ->
              hs256(claims, "another secret of sufficient length".getBytes(StandardCharsets.UTF_8));
          default ->
              hs256(
                  claims.put(
                      part,
                      value.equals("1e12")
                          ? 1_000_000_000_000L
                          : Instant.now().getEpochSecond() + Long.parseLong(value)));
        };
    try (CacheNode node = startWithSecret()) {
      HttpResponse<String> answer = request(node, "/api/tickers/e", token);

      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
      assertThat(new JsonObject(answer.body()).getString("message")).startsWith(words);
    }
  }

  @Test
  void anotherSchemeThanBearerIsRefused() {
    try (CacheNode node = startWithSecret()) {
      assertThatATokenIsWanted(node, "Authorization", "Basic YTpi");
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

  /** Key sets in which no key can be used, with what must be said of them. */
  static Stream<Arguments> uselessKeySets() {
    KeyPair keys = Token.newKeys();
    JsonObject good = new JsonObject(Token.keySet("a", keys)).getJsonArray("keys").getJsonObject(0);
    String modulus = good.getString("n");
    return Stream.of(
        Arguments.of("{", "must be a JWK Set"),
        Arguments.of("{}", "must be a JWK Set"),
        Arguments.of("[]", "must be a JWK Set"),
        Arguments.of("{\"keys\":null}", "must be a JWK Set"),
        Arguments.of("{\"keys\":{}}", "must be a JWK Set"),
        Arguments.of("{\"keys\":[]}", "must have a key for RS256"),
        Arguments.of(set(5), "keys[0]: must be a JSON object"),
        Arguments.of(set(new JsonObject().put("kty", "EC")), "kty: must be \"RSA\", got \"EC\""),
        Arguments.of(set(good.copy().put("kty", "rsa")), "kid \"a\""),
        Arguments.of(set(good.copy().put("use", "enc")), "must have a key for RS256"),
        Arguments.of(set(good.copy().put("alg", "PS256")), "alg: must be \"RS256\""),
        Arguments.of(set(good.copy().put("key_ops", new JsonArray())), "key_ops"),
        Arguments.of(set(without(good, "n")), "n: is missing"),
        Arguments.of(set(without(good, "e")), "e: is missing"),
        Arguments.of(set(good.copy().put("n", "%%%")), "n: must be a number in base64url"),
        Arguments.of(set(good.copy().put("n", modulus + "==")), "n: must be a number in base64url"),
        Arguments.of(
            set(good.copy().put("n", modulus.substring(0, 76) + "\n" + modulus.substring(76))),
            "n: must be a number in base64url"),
        Arguments.of(
            set(good.copy().put("n", modulus.substring(1))), "n: must be a number in base64url"),
        Arguments.of(
            set(good.copy().put("n", "-----BEGIN PUBLIC KEY-----")),
            "n: must be a number in base64url"),
        Arguments.of(set(good.copy().put("n", "")), "n: must be a number in base64url"),
        Arguments.of(set(good.copy().put("n", modulus.substring(0, 80))), "at least 2048 bits"),
        Arguments.of(set(good.copy().put("e", 65537)), "e: must be a text"),
        Arguments.of(set(good.copy().put("e", "AA")), "e: makes no RSA key"),
        Arguments.of(
            set(
                good.copy().put("kid", "one").put("n", "%"),
                good.copy().put("kid", "two").put("e", "%")),
            "(kid \"two\")"));
  }

  private static JsonObject without(JsonObject key, String field) {
    JsonObject copy = key.copy();
    copy.remove(field);
    return copy;
  }

  private static String set(Object... keys) {
    return new JsonObject().put("keys", new JsonArray(List.of(keys))).encode();
  }

  @ParameterizedTest
  @MethodSource("uselessKeySets")
  void aFileWithoutAUsableKeyStopsTheStart(String content, String problem, @TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("keys.json");
    Files.writeString(file, content);
    try (EmbeddedRedis redis = CacheNode.newRedis()) {
      JsonObject config =
          new JsonObject()
              .put(
                  "web",
                  new JsonObject()
                      .put("jwt_keys", file.toString())
                      .put("jwt_secret", Token.SECRET));
      assertThatThrownBy(() -> CacheNode.start(redis, config))
          .hasMessageContaining("web.jwt_keys: must ")
          .hasMessageContaining("keys.json")
          .hasMessageContaining(problem);
    }
  }

  @Test
  void aKeyIsUsedWhateverCertificateIsBesideIt(@TempDir Path folder) throws IOException {
    KeyPair keys = Token.newKeys();
    JsonObject key = new JsonObject(Token.keySet("a", keys)).getJsonArray("keys").getJsonObject(0);
    Path file = folder.resolve("keys.json");
    for (JsonArray chain : List.of(new JsonArray(), new JsonArray().add("junk").add("leaf"))) {
      Files.writeString(file, set(key.copy().put("x5c", chain).put("x5t", "x")));
      try (CacheNode node = start("jwt_keys", file.toString())) {
        connect(node, Token.rs256(expiring(60), "a", keys)).close();
        expectUnsignedToBeRefused(node);
      }
    }
  }

  private static void expectUnsignedToBeRefused(CacheNode node) {
    for (String algorithm : List.of("none", "None", "NONE", "", "RS256", "HS256")) {
      String unsigned = Token.unsigned(algorithm, null, expiring(60));
      for (String token : List.of(unsigned, unsigned + ".", unsigned + ".c2ln")) {
        assertThat(refusal(node, "Authorization", "Bearer " + token)).as(token).isEqualTo(401);
        assertThat(request(node, "/api/tickers/e", token).statusCode()).as(token).isEqualTo(401);
      }
    }
  }

  @Test
  void anOddKeyBesideAGoodOneIsLeftOutAndNamed(@TempDir Path folder) throws IOException {
    KeyPair keys = Token.newKeys();
    JsonObject good =
        new JsonObject(Token.keySet("good", keys)).getJsonArray("keys").getJsonObject(0);
    Path file = folder.resolve("keys.json");
    Files.writeString(file, set(good.copy().put("kid", "odd").put("n", "%"), 7, good));
    try (LogLines log = LogLines.of(SigningKeys.class);
        CacheNode node = start("jwt_keys", file.toString())) {
      connect(node, Token.rs256(expiring(60), "good", keys)).close();

      assertThat(log.lines())
          .anyMatch(line -> line.contains("keys[0] (kid \"odd\"): n: must be"))
          .anyMatch(line -> line.contains("keys[1]: must be a JSON object"))
          .hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"keys\":[]}", "{", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"%\",\"e\":\"AQAB\"}]}"})
  void aReloadWithoutAUsableKeyKeepsTheKeysThereWereAndSaysSo(String content, @TempDir Path folder)
      throws IOException {
    KeyPair keys = Token.newKeys();
    Path file = folder.resolve("keys.json");
    Files.writeString(file, Token.keySet("a", keys));
    try (LogLines log = LogLines.of(WatchedFiles.class);
        CacheNode node = start("jwt_keys", file.toString())) {
      Files.writeString(file, content);

      await("the change is seen").until(() -> !log.lines().isEmpty());
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("the old ones stay in force: web.jwt_keys: must");
      connect(node, Token.rs256(expiring(60), "a", keys)).close();
      expectUnsignedToBeRefused(node);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jwt_issuer", "jwt_audience"})
  void whoAsksSomethingOfTokensNeedsAKeyForThem(String option) {
    try (EmbeddedRedis redis = CacheNode.newRedis()) {
      JsonObject config = new JsonObject().put("web", new JsonObject().put(option, "us"));
      assertThatThrownBy(() -> CacheNode.start(redis, config))
          .hasMessageContaining("web." + option + ": needs jwt_secret or jwt_keys");
    }
  }

  @Test
  void aTokenThatRunsOutEndsTheOpenConnection() {
    try (CacheNode node = startWithSecret("jwt_leeway_ms", 0);
        FeedClient client = connect(node, hs256(expiring(6)))) {
      client.next("welcome");
      client.subscribe("e", "A");

      assertThat(client.closeCode()).isEqualTo(UNAUTHORIZED);
    }
  }

  @Test
  void aTokenCanBeRenewedOnTheOpenConnection() {
    try (CacheNode node = startWithSecret("jwt_leeway_ms", 0);
        Market market = market(node);
        FeedClient client = connect(node, hs256(expiring(6)));
        FeedClient other = connect(node, hs256(expiring(8)))) {
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
  void ofARefusedOriginTheLogSaysWhichKeysWouldLetItIn() {
    String origin = "https://refused.example";
    try (CacheNode node = start();
        LogLines log = LogLines.of(FeedUpgrade.class)) {
      assertThat(refusal(node, "Origin", origin)).isEqualTo(403);

      assertThat(log.lines())
          .filteredOn(line -> line.contains(origin))
          .singleElement()
          .asString()
          .contains("web.allowed_origins", "web.public_origin");
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
    try (LogLines log = LogLines.of(WebVerticle.class);
        CacheNode node = start("host", host)) {
      assertThat(
              log.lines().stream()
                  .anyMatch(line -> line.contains("web.host " + host + " can be reached")))
          .isEqualTo(warned);
      node.feed().close();
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
  void aCertificateThatDoesNotFitItsKeyStopsTheStart() {
    try (EmbeddedRedis redis = CacheNode.newRedis();
        Certificate one = Certificate.create();
        Certificate other = Certificate.create()) {
      JsonObject web =
          new JsonObject()
              .put("tls_cert", one.file().toString())
              .put("tls_key", other.key().toString());
      assertThatThrownBy(() -> CacheNode.start(redis, new JsonObject().put("web", web)))
          .hasMessageContaining("web.tls_key: " + other.key() + " is not the key of")
          .hasMessageContaining(one.file().toString());
    }
  }

  @Test
  void aCertificateWithoutItsKeyIsNotTakenOverWhileItIsReplaced() throws IOException {
    try (Certificate certificate = Certificate.create();
        Certificate renewed = Certificate.create();
        LogLines log = LogLines.of(WatchedFiles.class);
        CacheNode node =
            start(
                "tls_cert",
                certificate.file().toString(),
                "tls_key",
                certificate.key().toString())) {
      Path old = Files.copy(certificate.file(), certificate.file().resolveSibling("old.pem"));
      Files.copy(renewed.file(), certificate.file(), StandardCopyOption.REPLACE_EXISTING);

      await("the change is seen").until(() -> !log.lines().isEmpty());
      assertThat(log.lines()).singleElement().asString().contains("is not the key of");
      FeedClient.connectTls(node.vertx(), node.port(), old).close();
      Files.delete(old);

      Files.copy(renewed.key(), certificate.key(), StandardCopyOption.REPLACE_EXISTING);

      await("the new certificate")
          .ignoreExceptions()
          .until(
              () -> {
                FeedClient.connectTls(node.vertx(), node.port(), renewed.file()).close();
                return true;
              });
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
