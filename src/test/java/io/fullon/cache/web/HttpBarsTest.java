package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.RawHttp;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code GET /api/ohlcv/EXCHANGE}. */
class HttpBarsTest {

  private static final long DAY = 1_699_920_000;
  private static final int BARS = 1_200;
  private static final String MARKET = "/api/ohlcv/binance?symbol=BTC/USDT";

  @AutoClose private static final CacheNode node = CacheNode.start();

  @BeforeAll
  static void bring() {
    List<Bar> bars =
        IntStream.range(0, BARS)
            .mapToObj(
                i ->
                    Bar.builder(
                            "binance",
                            "BTC/USDT",
                            Timeframe.M1,
                            Instant.ofEpochSecond(DAY + 60L * i))
                        .prices(
                            new BigDecimal(i),
                            new BigDecimal("9.90"),
                            BigDecimal.ONE,
                            BigDecimal.ONE)
                        .build())
            .toList();
    CacheNode.get(
        OhlcvCache.proxy(node.vertx()).updateOhlcvBars("BTC/USDT", "binance", Timeframe.M1, bars));
  }

  private static JsonArray bars(String rest) {
    return new JsonArray(get(MARKET + rest));
  }

  private static String get(String path) {
    URI uri = URI.create("http://127.0.0.1:" + node.port() + path);
    try {
      return HttpClient.newHttpClient()
          .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void givesTheLatestBarsOldestFirst() {
    JsonArray bars = bars("&timeframe=1m&count=2");

    assertThat(bars).hasSize(2);
    assertThat(bars.getJsonObject(1))
        .isEqualTo(
            new JsonObject()
                .put("exchange", "binance")
                .put("symbol", "BTC/USDT")
                .put("timeframe", "1m")
                .put("time", (double) (DAY + 60 * (BARS - 1)))
                .put("open", "" + (BARS - 1))
                .put("high", "9.90")
                .put("low", "1")
                .put("close", "1")
                .put("final", true));
  }

  @Test
  void givesFiveHundredIfNothingIsSaidAndAllThereAreInPieces() {
    assertThat(bars("&timeframe=1m")).hasSize(500);
    assertThat(bars("&timeframe=1m&count=10000")).hasSize(BARS);
    assertThat(bars("&timeframe=1d")).hasSize(1);
    assertThat(get("/api/ohlcv/none?symbol=A&timeframe=1m")).isEqualTo("[]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/ohlcv/binance?timeframe=1m | symbol: is missing",
        "/api/ohlcv/binance?symbol=A%20A&timeframe=1m | symbol: ",
        "/api/ohlcv/binance?symbol=A | timeframe: is missing",
        "/api/ohlcv/binance?symbol=A&timeframe=2m | timeframe: must be 1m, ",
        "/api/ohlcv/binance?symbol=A&timeframe=1m&count=0 | count: must be from 1 to 10000, got 0",
        "/api/ohlcv/binance?symbol=A&timeframe=1m&count=10001 | count: must be from 1 to 10000",
        "/api/ohlcv/binance?symbol=A&timeframe=1m&count=x | count: must be an integer",
        "/api/ohlcv/%20?symbol=A&timeframe=1m | exchange: ",
      })
  void namesWhatDoesNotFit(String path, String message) {
    RawHttp.Answer answer = RawHttp.get(node.port(), path);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(new JsonObject(answer.text()).getString("message")).startsWith(message);
  }
}
