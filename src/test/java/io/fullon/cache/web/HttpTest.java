package io.fullon.cache.web;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What is served over HTTP beside the feed. */
class HttpTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @AutoClose private static final CacheNode node = CacheNode.start();

  private static HttpResponse<String> request(CacheNode on, String method, String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + on.port() + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static HttpResponse<String> request(String path) {
    return request(node, "GET", path);
  }

  private static int status(CacheNode on, String path) {
    return request(on, "GET", path).statusCode();
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse(null);
  }

  // The page

  @ParameterizedTest
  @CsvSource({
    "/, text/html; charset=utf-8, <title>Live tickers",
    "/index.html, text/html; charset=utf-8, <title>Live tickers",
    "/page.css, text/css; charset=utf-8, :root",
    "/page.js, text/javascript; charset=utf-8, import",
    "/ticker-feed.js, text/javascript; charset=utf-8, export class TickerFeed",
    "/ticker-feed.d.ts, text/plain; charset=utf-8, export class TickerFeed",
    "/favicon.svg, image/svg+xml, <svg",
    "/favicon.ico, image/svg+xml, <svg"
  })
  void thePageAndItsPartsAreServed(String path, String type, String content) {
    HttpResponse<String> response = request(path);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).isEqualTo(type);
    assertThat(response.body()).contains(content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/ticker-feed.js"})
  void thePageMayLoadAndReachItsOwnServerOnly(String path) {
    HttpResponse<String> response = request(path);

    assertThat(header(response, "Content-Security-Policy"))
        .contains("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
        .doesNotContain("unsafe", "ws:", "data:");
    assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(response, "Referrer-Policy")).isEqualTo("no-referrer");
    assertThat(header(response, "Cache-Control")).isEqualTo("no-cache");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/unknown",
        "/page",
        "/webroot/index.html",
        "/%2e%2e/pom.xml",
        "/lua/tick-update.lua",
        "/api",
        "/api/tickers",
        "/api/tickers/",
        "/api/tickers/a/b",
        "/health",
        "/%ff"
      })
  void nothingElseIsThere(String path) {
    HttpResponse<String> response = request(path);

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).isEqualTo("{\"message\":\"Not Found\"}");
  }

  // Methods

  @ParameterizedTest
  @ValueSource(strings = {"/", "/api/tickers/binance", "/metrics", "/feed"})
  void thereIsNothingToWriteTo(String path) {
    HttpResponse<String> response = request(node, "POST", path);

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(header(response, "Allow")).isEqualTo("GET, HEAD, OPTIONS");
    assertThat(new JsonObject(response.body()).getString("message")).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/index.html",
        "/ticker-feed.js",
        "/echarts-5.3.1.js",
        "/favicon.ico",
        "/api/tickers/binance",
        "/api/tickers/%20",
        "/health/live",
        "/health/ready",
        "/feed",
        "/unknown"
      })
  void headTellsWhatGetWouldBring(String path) {
    for (String encoding : List.of("identity", "gzip")) {
      String accept = "Accept-Encoding: " + encoding;
      RawHttp.Answer get = RawHttp.get(node.port(), path, accept);
      try (RawHttp http = new RawHttp(node.port())) {
        RawHttp.Answer head =
            http.send(RawHttp.head("HEAD " + path + " HTTP/1.1", accept)).answer("HEAD");
        assertThat(head.status()).isEqualTo(get.status());
        assertThat(head.headers()).isEqualTo(get.headers());
        assertThat(head.header("Content-Length")).isEqualTo("" + get.body().length());

        // No body came with it: the next answer begins at once.
        RawHttp.Answer next = http.send(RawHttp.head("GET /health/live HTTP/1.1")).answer("GET");
        assertThat(next.text()).isEqualTo("{\"status\":\"UP\"}");
      }
    }
  }

  @Test
  void headOfTheMetricsHasNoBody() {
    RawHttp.Answer head = RawHttp.request(node.port(), "HEAD", "/metrics");

    assertThat(head.status()).isEqualTo(200);
    assertThat(Integer.parseInt(head.header("Content-Length"))).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/api/tickers/binance", "/metrics", "/health/live", "/feed"})
  void optionsTellsWhatIsAllowed(String path) {
    RawHttp.Answer answer = RawHttp.request(node.port(), "OPTIONS", path);

    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
  }

  @Test
  void theFeedWantsAnUpgrade() {
    RawHttp.Answer answer = RawHttp.get(node.port(), "/feed");

    assertThat(answer.status()).isEqualTo(426);
    assertThat(answer.header("Upgrade")).isEqualTo("websocket");
    assertThat(answer.header("Connection")).isEqualToIgnoringCase("upgrade");
  }

  // What all answers have

  @ParameterizedTest
  @CsvSource({
    "GET, /unknown, 404",
    "GET, /%zz, 400",
    "POST, /, 405",
    "OPTIONS, /, 204",
    "GET, /api/tickers/binance, 200",
    "GET, /api/tickers/%20, 400",
    "GET, /metrics, 200",
    "GET, /health/live, 200",
    "GET, /feed, 426",
    "GET, no path, 400",
    "TRACE, /, 405",
    "CONNECT, localhost:80, 404",
    "OPTIONS, *, 404"
  })
  void noOtherPageGetsHoldOfAnyAnswer(String method, String path, int status) {
    RawHttp.Answer answer = RawHttp.request(node.port(), method, path);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
    assertThat(answer.header("Content-Security-Policy"))
        .isEqualTo("default-src 'none'; frame-ancestors 'none'");
    assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
    assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%zz",
        "/%",
        "/%4",
        "/?x=%zz",
        "/unknown?%",
        "/api/tickers/%ZZ",
        "/api/tickers/a?x=%a",
        "/feed?%g0",
        "/metrics?%%20",
        "/health/live?a=%e"
      })
  void aBadEscapeIsToldAndNotLogged(String path) {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger("io.vertx.ext.web");
    Logger ours = (Logger) LoggerFactory.getLogger("io.fullon.cache.web");
    logger.setLevel(Level.INFO);
    ours.setLevel(Level.INFO);
    logger.addAppender(log);
    ours.addAppender(log);
    try {
      RawHttp.Answer answer = RawHttp.get(node.port(), path);

      assertThat(answer.status()).isEqualTo(400);
      assertThat(new JsonObject(answer.text()).getString("message")).contains("%");
      assertThat(log.list).filteredOn(event -> event.getMessage().contains("nhandled")).isEmpty();
    } finally {
      logger.detachAppender(log);
      ours.detachAppender(log);
      logger.setLevel(null);
      ours.setLevel(null);
    }
  }

  // Tickers

  @Test
  void theTickersOfAnExchangeAreThoseOfTheFeed() {
    try (Market market = new Market(node)) {
      Tick b = market.store("B", "9.9640");
      Tick a = market.store("A/USD:PERP", "0.00001");
      String exchange = ",\"exchange\":\"" + market.exchange() + "\"";

      HttpResponse<String> response = request("/api/tickers/" + market.exchange());

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(header(response, "Content-Type")).isEqualTo("application/json");
      assertThat(header(response, "Cache-Control")).isEqualTo("no-store");
      assertThat(response.body())
          .isEqualTo(
              "[{\"symbol\":\"A/USD:PERP\""
                  + exchange
                  + ",\"price\":\"0.00001\",\"time\":2.000000,\"seq\":"
                  + a.seq()
                  + "},{\"symbol\":\"B\""
                  + exchange
                  + ",\"price\":\"9.9640\",\"time\":1.000000,\"seq\":"
                  + b.seq()
                  + "}]");
    }
  }

  @Test
  void manyTickersComeInPieces() {
    try (Market market = new Market(node)) {
      market.store(IntStream.range(0, 3_000).mapToObj(i -> market.tick("S" + i, "1")).toList());

      HttpResponse<String> response = request("/api/tickers/" + market.exchange());

      assertThat(new JsonArray(response.body())).hasSize(3_000);
      assertThat(header(response, "Content-Type")).isEqualTo("application/json");
      assertThat(header(response, "Transfer-Encoding")).isEqualTo("chunked");
      assertThat(request(node, "HEAD", "/api/tickers/" + market.exchange()).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void anUnknownExchangeHasNoTickers() {
    HttpResponse<String> response = request("/api/tickers/unknown");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "a%20b", "a%2Fb", "bin:ance", "a%00", "%C3%A9"})
  void whatIsNoExchangesNameIsRefused(String name) {
    HttpResponse<String> response = request("/api/tickers/" + name);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(new JsonObject(response.body()).getString("message")).startsWith("exchange: ");
  }

  // Health and metrics

  @Test
  void aHealthyNodeSaysSo() {
    assertThat(request("/health/live").body()).isEqualTo("{\"status\":\"UP\"}");
    assertThat(request("/health/ready").body()).isEqualTo("{\"status\":\"UP\",\"redis\":\"UP\"}");
  }

  @Test
  void theMetricsAreThoseOfPrometheus() {
    get(node.ticks().getTicker("A", "any"));

    HttpResponse<String> response = request("/metrics");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).startsWith("text/plain; version=0.0.4");
    assertThat(response.body()).contains("# TYPE fullon_cache_");
  }

  @Test
  void anOutageIsToldUntilItIsOver() throws IOException {
    JsonObject noStaleReads = new JsonObject().put("stale_reads_ms", 0);
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode other = CacheNode.start(redis, new JsonObject().put("tick", noStaleReads))) {
      assertThat(status(other, "/health/ready")).isEqualTo(200);
      redis.close();

      await().until(() -> status(other, "/health/ready") == 503);
      assertThat(request(other, "GET", "/health/ready").body())
          .isEqualTo("{\"status\":\"DOWN\",\"redis\":\"DOWN\"}");
      assertThat(status(other, "/health/live")).isEqualTo(200);
      assertThat(status(other, "/")).isEqualTo(200);
      HttpResponse<String> tickers = request(other, "GET", "/api/tickers/any");
      assertThat(tickers.statusCode()).isEqualTo(503);
      assertThat(new JsonObject(tickers.body()).getString("message")).isNotBlank();

      try (EmbeddedRedis back = EmbeddedRedis.start(redis.port(), null, Map.of())) {
        await().until(() -> status(other, "/health/ready") == 200);
        assertThat(status(other, "/api/tickers/any")).isEqualTo(200);
        assertThat(back.port()).isEqualTo(redis.port());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"maxmemory,1,0", "min-replicas-to-write,1,0"})
  void aRedisThatTakesNoWritesIsToldUntilItDoes(String setting, String bad, String good) {
    JsonObject beats = new JsonObject().put("heartbeat_ms", 200);
    try (CacheNode other = CacheNode.start(new JsonObject().put("redis", beats))) {
      assertThat(status(other, "/health/ready")).isEqualTo(200);
      other.redis(Command.CONFIG, "SET", setting, bad);

      await().until(() -> status(other, "/health/ready") == 503);
      assertThat(request(other, "GET", "/health/ready").body())
          .isEqualTo("{\"status\":\"DOWN\",\"redis\":\"DOWN\"}");
      assertThat(status(other, "/health/live")).isEqualTo(200);

      other.redis(Command.CONFIG, "SET", setting, good);
      await().until(() -> status(other, "/health/ready") == 200);
    }
  }
}
