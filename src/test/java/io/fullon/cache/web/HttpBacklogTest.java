package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.feed.Backlog;
import io.fullon.cache.feed.Feed;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Fields;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What answers to those who ask once take of the memory. */
class HttpBacklogTest {

  /** More than the system holds for one who does not read. */
  private static final int TICKERS = 5_000;

  private static final int SMALL_BUFFER = 4_096;
  private static final String BARS = "/api/ohlcv/any?symbol=A&timeframe=1m";

  @AutoClose private static final CacheNode node = CacheNode.start();

  private static Market market;
  private static String large;

  /** Has room for one. */
  private final Backlog backlog = new Backlog(1);

  private HttpServer server;

  @BeforeAll
  static void store() {
    market = new Market(node);
    market.store(IntStream.range(0, TICKERS).mapToObj(i -> market.tick("S" + i, "1")).toList());
    large = "/api/tickers/" + market.exchange();
  }

  @AfterAll
  static void close() {
    market.close();
  }

  @BeforeEach
  void listen() {
    Vertx vertx = node.vertx();
    server =
        CacheNode.get(
            new Loop(vertx)
                .call(
                    () ->
                        vertx
                            .createHttpServer(
                                new HttpServerOptions().setSendBufferSize(SMALL_BUFFER))
                            .requestHandler(resources(vertx))
                            .listen(0)));
  }

  @AfterEach
  void stop() {
    CacheNode.get(server.close());
  }

  private Resources resources(Vertx vertx) {
    WebOptions options = WebOptions.from(Fields.of("", new JsonObject()).section("web"));
    Resources resources = new Resources(vertx);
    new HttpApi(
            TickCache.proxy(vertx),
            OhlcvCache.proxy(vertx),
            ProcessCache.proxy(vertx),
            new Feed(vertx, options.feed(), backlog),
            backlog,
            new Access(null, true))
        .addTo(resources);
    return resources;
  }

  private RawHttp ask(String request) {
    return new RawHttp(server.actualPort()).send(RawHttp.head(request, "Connection: close"));
  }

  private int status(String path) {
    return RawHttp.request(server.actualPort(), "HEAD", path).status();
  }

  private void awaitSomethingWaits() {
    await("what waits").until(backlog::isHalfFull);
  }

  private void awaitNothingWaits() {
    await("that nothing waits").until(() -> !backlog.isHalfFull());
    backlog.add(1); // it is not less than nothing
    assertThat(backlog.isHalfFull()).isTrue();
    backlog.add(-1);
  }

  @Test
  void whatIsNotReadIsCountedUntilItsClientIsGone() {
    RawHttp http = ask("GET " + large + " HTTP/1.1");
    awaitSomethingWaits();
    http.take(1);
    assertThat(backlog.isHalfFull()).isTrue();

    http.close();

    awaitNothingWaits();
  }

  @Test
  void whatIsNotReadIsCountedUntilItIs() {
    try (RawHttp http = ask("GET " + large + " HTTP/1.1")) {
      awaitSomethingWaits();

      assertThat(http.untilEnd()).startsWith("HTTP/1.1 200").endsWith("]\r\n0\r\n\r\n");
    }
    awaitNothingWaits();
  }

  @ParameterizedTest
  @CsvSource({"GET, HTTP/1.0", "HEAD, HTTP/1.1"})
  void anAnswerInOnePieceIsCountedUntilItIsRead(String method, String version) {
    try (RawHttp http = ask(method + " " + large + " " + version)) {
      assertThat(http.untilEnd()).startsWith("HTTP/1.");
    }
    awaitNothingWaits();
  }

  @Test
  void whoIsGoneBeforeTheAnswerIsNotCounted() {
    for (int i = 0; i < 10; i++) {
      ask("GET " + large + " HTTP/1.1").close();
    }
    awaitNothingWaits();
    await("those that come late").until(() -> status(large) == 200);
    awaitNothingWaits();
  }

  @Test
  void nobodyGetsALongAnswerWhileTooMuchWaitsForOthers() {
    try (RawHttp http = ask("GET " + large + " HTTP/1.1")) {
      awaitSomethingWaits();

      RawHttp.Answer refused = RawHttp.get(server.actualPort(), large);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(new JsonObject(refused.text()).getString("message"))
          .isEqualTo("Too much waits for other clients");
      assertThat(status("/api/sources")).isEqualTo(200);
      assertThat(http.untilEnd()).startsWith("HTTP/1.1 200").endsWith("]\r\n0\r\n\r\n");
    }
    awaitNothingWaits();
    assertThat(status(large)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {BARS, "/api/tickers/any", "/api/processes"})
  void allThatMayBeLongIsRefused(String path) {
    backlog.add(1);
    assertThat(status(path)).isEqualTo(503);

    backlog.add(-1);
    assertThat(status(path)).isEqualTo(200);
  }
}
