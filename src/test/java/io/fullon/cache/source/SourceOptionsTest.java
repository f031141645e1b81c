package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.CacheOptions;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceOptionsTest {

  /** How many addresses its ticks come from. */
  static int urls(FakeVenue venue) {
    return venue.venue().urls().size();
  }

  private static List<SourceOptions> read(String exchange, JsonObject source) {
    return SourceOptions.from(Fields.of("sources", new JsonObject().put(exchange, source)));
  }

  private static JsonObject btc() {
    return new JsonObject().put("symbols", new JsonArray().add("BTC/USD"));
  }

  @Test
  void allExchangesAreThere() {
    FakeVenues.all()
        .forEach(
            maker ->
                assertThat(read(maker.name(), btc()))
                    .singleElement()
                    .satisfies(one -> assertThat(one.venue().exchange()).isEqualTo(maker.name())));
  }

  @Test
  void withoutAddressesTheyAreTheExchanges() {
    SourceOptions options = read("kraken", btc()).get(0);

    assertThat(options.urls()).containsExactly("wss://ws.kraken.com/v2");
    assertThat(options.restUrl()).isEqualTo("https://api.kraken.com");
  }

  @Test
  void anAddressReplacesThatOfTickersAndTheOriginOfOthers() {
    SourceOptions options =
        read("binance-usdm", btc().put("url", "ws://localhost:1234/here?x=1")).get(0);

    assertThat(options.urls())
        .containsExactly("ws://localhost:1234/here?x=1", "ws://localhost:1234/public/ws");
  }

  @Test
  void candlesAreNotWantedUnlessSaid() {
    assertThat(read("kraken", btc()).get(0).candles()).isFalse();
    assertThat(read("kraken", btc().put("candles", true)).get(0).candles()).isTrue();
  }

  @Test
  void candlesComeOverTheirOwnAddressOnTheSameOrigin() {
    assertThat(read("okx", btc()).get(0).candlesUrl())
        .isEqualTo("wss://ws.okx.com:8443/ws/v5/business");
    assertThat(read("okx", btc().put("url", "ws://localhost:1234/here")).get(0).candlesUrl())
        .isEqualTo("ws://localhost:1234/ws/v5/business");
    assertThat(read("coinbase", btc().put("url", "ws://localhost:1234")).get(0).candlesUrl())
        .isNull();
  }

  @Test
  void candlesNeedTheServiceThatHasThem() {
    JsonObject config =
        new JsonObject()
            .put("ohlcv", new JsonObject().put("enabled", false))
            .put("sources", new JsonObject().put("okx", btc().put("candles", true)));

    assertThatThrownBy(() -> CacheOptions.from(config))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("ohlcv.enabled:")
        .hasMessageContaining("sources.okx.candles");
  }

  @Test
  void aHostMayHaveAnUnderscore() {
    JsonObject source =
        btc().put("url", "ws://fake_kraken:8080/v2").put("rest_url", "http://fake_kraken:8080/");

    SourceOptions options = read("kraken", source).get(0);

    assertThat(options.urls()).containsExactly("ws://fake_kraken:8080/v2");
    assertThat(options.restUrl()).isEqualTo("http://fake_kraken:8080");
  }

  @Test
  void whatIsNullIsNotThere() {
    assertThat(read("kraken", null)).isEmpty();
  }

  @Test
  void anUnknownExchangeIsNamedWithThoseThatThereAre() {
    assertThatThrownBy(() -> read("krakn", btc()))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("sources.krakn")
        .hasMessageContaining("bitget, bybit, bybit-linear, coinbase, kraken, okx");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                     | sources.kraken.symbols
          {"symbols":[]}                         | sources.kraken.symbols
          {"symbols":"BTC/USD"}                  | sources.kraken.symbols
          {"symbols":["B C"]}                    | sources.kraken.symbols
          {"symbols":["*"],"url":"http://x"}     | sources.kraken.url
          {"symbols":["*"],"url":"x"}            | sources.kraken.url
          {"symbols":["*"],"rest_url":"ws://x"}  | sources.kraken.rest_url
          {"symbols":["*"],"candles":"yes"}      | sources.kraken.candles
          {"symbols":["*"],"symbol":["X"]}       | sources.kraken.symbol
          """)
  void aBadValueIsNamed(String source, String key) {
    assertThatThrownBy(() -> read("kraken", new JsonObject(source)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith(key + ":");
  }
}
