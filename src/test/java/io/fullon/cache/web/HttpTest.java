package io.fullon.cache.web;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is served over HTTP beside the feed. */
class HttpTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static CacheNode node;

  @BeforeAll
  static void startNode() {
    node = CacheNode.start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

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
    "/favicon.svg, image/svg+xml, <svg"
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
        "/feed"
      })
  void nothingElseIsThere(String path) {
    assertThat(request(path).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/api/tickers/binance", "/metrics"})
  void thereIsNothingToWriteTo(String path) {
    assertThat(request(node, "POST", path).statusCode()).isEqualTo(405);
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
}
