package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.testing.Token;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** By which names the gateway may be asked, and what pages of other servers may read. */
class HttpAccessTest {

  private static final List<String> PATHS =
      List.of("/", "/ticker-feed.js", "/api/tickers/a", "/metrics", "/health/live", "/unknown");

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode local = redis.node("web", "enabled", true);

  private static CacheNode start(Object... options) {
    return CacheNode.startWeb(redis.server(), options);
  }

  private static int status(CacheNode node, String path, String host) {
    return RawHttp.get(node.port(), path, "Host: " + host).status();
  }

  /** The status of an attempt to connect to the feed. */
  private static int feed(CacheNode node, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.addAll(
        List.of(
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
    return RawHttp.get(node.port(), "/feed", all.toArray(String[]::new)).status();
  }

  // Hosts

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LocalHost:1",
        "localhost.",
        "127.0.0.1",
        "127.9.9.9:8080",
        "[::1]",
        "[::1]:80",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:7f00:1]",
        "[::ffff:127.0.0.1]",
        "[::FFFF:127.0.0.1]:80"
      })
  void aLocalGatewayIsAskedByNamesOfItsMachine(String host) {
    for (String path : List.of("/", "/api/tickers/a", "/health/live")) {
      assertThat(status(local, path, host)).as(path).isEqualTo(200);
    }
    assertThat(feed(local, "Host: " + host)).isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.com",
        "localhost.evil.com",
        "127.0.0.1.evil.com",
        "evil.com:8080",
        "10.0.0.1",
        "0.0.0.0",
        "[::]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "[::10.0.0.1]:80",
        "localhost..",
        ".localhost",
        "evil_host",
        ""
      })
  void aLocalGatewayRefusesEveryOtherNameEverywhere(String host) {
    for (String path : PATHS) {
      assertThat(status(local, path, host)).as(path).isEqualTo(403);
    }
    assertThat(RawHttp.request(local.port(), "POST", "/", "Host: " + host).status()).isEqualTo(403);
    assertThat(feed(local, "Host: " + host)).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "HTTP", "hTTps", "ws", "a+b-c.1"})
  void theHostInTheTargetCounts(String scheme) {
    assertThat(status(local, scheme + "://evil.com/", "localhost")).isEqualTo(403);
    assertThat(status(local, scheme + "://localhost/", "localhost")).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: localhost\r\nHost: evil.com\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.1]x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:99999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.256]\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [127.0.0.1]\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost:x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost, evil.com\r\n\r\n",
        "GET http://a@b/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
      })
  void aRequestThatDoesNotNameOneHostIsBad(String request) {
    try (RawHttp http = new RawHttp(local.port())) {
      RawHttp.Answer answer = http.send(request).answer("GET");

      assertThat(answer.status()).isEqualTo(400);
      assertThat(new JsonObject(answer.text()).getString("message")).startsWith("Host: ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.2", "GET / HTTP/0.9", "PRI * HTTP/2.0", "GET / HTTP/9.9"})
  void anAnswerToAnotherVersionIsProtectedToo(String line) {
    try (RawHttp http = new RawHttp(local.port())) {
      RawHttp.Answer answer = http.send(RawHttp.head(line)).answer("GET");

      assertThat(answer.status()).isEqualTo(501);
      assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
      assertThat(http.untilEnd()).isEmpty();
    }
  }

  @Test
  void inTheOldHttpThereMayBeNoHostButNotOnALocalGateway() {
    try (CacheNode open = start("host", "0.0.0.0");
        RawHttp there = new RawHttp(open.port());
        RawHttp here = new RawHttp(local.port())) {
      assertThat(there.send("GET / HTTP/1.0\r\n\r\n").answer("GET").status()).isEqualTo(200);
      assertThat(here.send("GET / HTTP/1.0\r\n\r\n").answer("GET").status()).isEqualTo(403);
    }
  }

  @Test
  void whatStandsForALoopbackAddressIsLocalToo() {
    try (CacheNode node = start("host", "localhost.")) {
      assertThat(status(node, "/", "evil.com")).isEqualTo(403);
      assertThat(status(node, "/", "localhost")).isEqualTo(200);
    }
  }

  @Test
  void aGatewayForOthersIsAskedByAnyNameUnlessTheyAreConfigured() {
    try (CacheNode any = start("host", "0.0.0.0");
        CacheNode some =
            start("host", "0.0.0.0", "allowed_hosts", "Feed.example.com, 10.0.0.1, [fe80::1]")) {
      for (String host : List.of("10.1.2.3:8080", "any.example", "localhost", "")) {
        assertThat(status(any, "/health/ready", host)).as(host).isEqualTo(200);
        assertThat(feed(any, "Host: " + host)).as(host).isEqualTo(101);
        assertThat(status(some, "/health/ready", host)).as(host).isEqualTo(403);
        assertThat(feed(some, "Host: " + host)).as(host).isEqualTo(403);
      }
      for (String host : List.of("feed.EXAMPLE.com.:1", "10.0.0.1:80", "[fe80:0::1]:80")) {
        assertThat(status(some, "/", host)).as(host).isEqualTo(200);
        assertThat(feed(some, "Host: " + host)).as(host).isEqualTo(101);
      }
    }
  }

  @Test
  void moreNamesOfALocalGatewayCanBeAllowed() {
    try (CacheNode node = start("allowed_hosts", new JsonArray().add("gateway.internal"));
        CacheNode all = start("allowed_hosts", "*")) {
      assertThat(status(node, "/", "gateway.internal:8080")).isEqualTo(200);
      assertThat(status(node, "/", "localhost")).isEqualTo(200);
      assertThat(status(node, "/", "evil.com")).isEqualTo(403);
      assertThat(status(all, "/", "evil.com")).isEqualTo(200);
    }
  }

  // Behind a proxy

  static Stream<Object> publicOrigins() {
    return Stream.of(
        "https://market.example.com",
        "https://Market.example.com:443, https://other.example.com:8443",
        new JsonArray().add("https://other.example.com:8443").add("https://market.example.com"));
  }

  @ParameterizedTest
  @MethodSource("publicOrigins")
  void thePageOfThePublicOriginMayConnect(Object origins) {
    try (CacheNode node = start("public_origin", origins)) {
      String origin = "https://market.example.com";

      // With the proxy's own name for the server, and with the browser's.
      assertThat(feed(node, "Origin: " + origin)).isEqualTo(101);
      assertThat(feed(node, "Origin: " + origin, "Host: market.example.com")).isEqualTo(101);
      assertThat(status(node, "/", "market.example.com")).isEqualTo(200);
      assertThat(status(node, "/metrics", "market.example.com:443")).isEqualTo(200);

      for (String other : List.of("https://example.com", "https://market.example.com:444")) {
        assertThat(feed(node, "Origin: " + other)).as(other).isEqualTo(403);
      }
      assertThat(status(node, "/", "evil.com")).isEqualTo(403);
    }
  }

  @ParameterizedTest
  @CsvSource({"https://a.example, a.example:443", "http://a.example:80, a.example"})
  void theUsualPortMayBeToldOrNot(String origin, String host) {
    try (CacheNode node = start("host", "0.0.0.0")) {
      assertThat(feed(node, "Origin: " + origin, "Host: " + host)).isEqualTo(101);
    }
  }

  // Pages of other servers

  private static final String PAGE = "https://page.example";

  private static RawHttp.Answer preflight(CacheNode node, String path, String origin) {
    return RawHttp.request(
        node.port(),
        "OPTIONS",
        path,
        "Origin: " + origin,
        "Access-Control-Request-Method: GET",
        "Access-Control-Request-Headers: authorization");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/tickers/a", "/ticker-feed.js", "/ticker-feed.d.ts"})
  void aPageOfAnAllowedOriginMayRead(String path) {
    try (CacheNode node = start("allowed_origins", PAGE + ", https://other.example")) {
      RawHttp.Answer answer = RawHttp.get(node.port(), path, "Origin: " + PAGE);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
      assertThat(answer.header("Access-Control-Allow-Credentials")).isNull();
      assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("cross-origin");
      assertThat(answer.header("Vary")).contains("Origin");

      RawHttp.Answer preflight = preflight(node, path, PAGE);
      assertThat(preflight.status()).isEqualTo(204);
      assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
      assertThat(preflight.header("Access-Control-Allow-Methods")).isEqualTo("GET, HEAD");
      assertThat(preflight.header("Access-Control-Allow-Headers")).isEqualTo("Authorization");
      assertThat(preflight.header("Vary")).contains("Origin");
    }
  }

  @Test
  void otherPagesMayReadNothing() {
    try (CacheNode node = start("allowed_origins", PAGE)) {
      for (String path : List.of("/api/tickers/a", "/ticker-feed.js")) {
        for (String origin : List.of("https://evil.com", "null", PAGE + ".evil.com", "*")) {
          RawHttp.Answer answer = RawHttp.get(node.port(), path, "Origin: " + origin);
          assertThat(answer.header("Access-Control-Allow-Origin")).as(origin).isNull();
          assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
          assertThat(answer.header("Vary")).contains("Origin");
          assertThat(preflight(node, path, origin).header("Access-Control-Allow-Origin")).isNull();
        }
        assertThat(RawHttp.get(node.port(), path).header("Vary")).contains("Origin");
      }
      for (String path : List.of("/", "/page.js", "/metrics", "/health/live", "/unknown")) {
        RawHttp.Answer answer = RawHttp.get(node.port(), path, "Origin: " + PAGE);
        assertThat(answer.header("Access-Control-Allow-Origin")).as(path).isNull();
        assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
      }
      assertThat(
              RawHttp.get(local.port(), "/api/tickers/a", "Origin: " + PAGE)
                  .header("Access-Control-Allow-Origin"))
          .isNull();
    }
  }

  @Test
  void anyPageMayReadWhereAllAreAllowed() {
    try (CacheNode node = start("allowed_origins", "*")) {
      for (String origin : List.of(PAGE, "null")) {
        RawHttp.Answer answer = RawHttp.get(node.port(), "/api/tickers/a", "Origin: " + origin);
        assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(answer.header("Access-Control-Allow-Credentials")).isNull();
      }
      // The same for all, so that a cache may keep it for all.
      RawHttp.Answer other = RawHttp.get(node.port(), "/ticker-feed.js");
      assertThat(other.header("Access-Control-Allow-Origin")).isEqualTo("*");
      assertThat(other.header("Vary")).isEqualTo("Accept-Encoding");
    }
  }

  @Test
  void anAllowedPageLearnsWhyItsTokenIsRefused() {
    try (CacheNode node = start("allowed_origins", PAGE, "jwt_secret", Token.SECRET)) {
      String path = "/api/tickers/a";

      RawHttp.Answer refused = RawHttp.get(node.port(), path, "Origin: " + PAGE);
      assertThat(refused.status()).isEqualTo(401);
      assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
      assertThat(refused.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
      assertThat(preflight(node, path, PAGE).status()).isEqualTo(204); // comes without the token
      String bearer = "Authorization: Bearer " + Token.hs256(Token.expiring(60));
      assertThat(RawHttp.get(node.port(), path, "Origin: " + PAGE, bearer).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "allowed_hosts, 'http://a', must be host names",
    "allowed_hosts, 'a:80', must be host names",
    "allowed_hosts, 'a b', must be host names",
    "allowed_hosts, '', must be host names",
    "public_origin, 'market.example.com', must be origins",
    "public_origin, '*', must be origins",
    "public_origin, 'null', must be origins",
    "public_origin, 'https://a/market', must be origins",
    "admin_host, ' ', must be a host's name"
  })
  void whatCannotBeReadIsNamed(String key, String value, String rule) {
    assertThat(CacheNode.failure(tryToStart(key, value)))
        .hasMessageContaining("web." + key + ": " + rule);
  }

  private static Future<?> tryToStart(String key, String value) {
    return local
        .vertx()
        .deployVerticle(
            new FullonCacheVerticle(),
            new DeploymentOptions()
                .setConfig(
                    CacheNode.config(
                        redis.server(),
                        new JsonObject().put("web", new JsonObject().put(key, value)))));
  }
}
