package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

  @ParameterizedTest
  @ValueSource(strings = {"binance", "BINANCE_us-2", "0", "_", "-"})
  void takesAnExchange(String name) {
    assertThat(Names.exchange("exchange", name)).isEqualTo(name);
  }

  static Stream<Object> noExchanges() {
    return Stream.of(
        "",
        " ",
        "a b",
        "a:b",
        "a.b",
        "a*",
        "*",
        "bin\nance",
        "börse",
        "a/b",
        "a".repeat(65),
        5,
        true,
        List.of("a"),
        new JsonObject());
  }

  @ParameterizedTest
  @MethodSource("noExchanges")
  void refusesWhatIsNoExchange(Object value) {
    assertThatThrownBy(() -> Names.exchange("tick.exchange", value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("tick.exchange: must be an exchange's name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BTC/USDT",
        "ETH/USD_210924",
        "BTC/USD:PERP",
        "1000SHIB-USDT",
        "a.b",
        "{x}",
        "%",
        "~",
        "`",
        "币安人生/USDT",
        "ÉTH/USD",
        "E\u0301TH/USD",
        "\u0645\u0635\u0631/USD",
        "हिन्दी/USDT",
        "BTC/€",
        "“BTC”",
        "🐕/USDT",
        "❤\ufe0f/USDT"
      })
  void takesASymbol(String symbol) {
    assertThat(Names.symbol("symbol", symbol)).isEqualTo(symbol);
    assertThat(Names.isSymbol(symbol)).isTrue();
  }

  static Stream<Object> noSymbols() {
    return Stream.of(
        "",
        " ",
        "BTC USDT",
        "BTC/USDT ",
        "*",
        "BTC/*",
        "\"BTC\"",
        "'BTC'",
        "BTC\t",
        "BTC\u007f",
        "BTC\0",
        "BTC\\USDT",
        "\\",
        "BTC\u0085",
        "BTC\u00a0USDT",
        "BTC\u1680USDT",
        "BTC\u2003USDT",
        "BTC\u2028USDT",
        "BTC\u2029USDT",
        "BTC\u3000USDT",
        "BTC\u00ad",
        "BTC\u200b",
        "👨\u200d👩",
        "\u202eBTC",
        "\u2066BTC",
        "\ufeffBTC",
        "BTC\ud83d",
        "BTC\udc15",
        "\udc15\ud83d",
        "BTC\ue000",
        "BTC\u0378",
        "BTC\uffff",
        "BTC\ufffd",
        "币安 人生",
        "币安*",
        "币'安",
        "币\"安",
        "币\\安",
        "🐕".repeat(65),
        "B".repeat(65),
        "B".repeat(1_000_000),
        5,
        1.5,
        true,
        List.of("BTC"));
  }

  @ParameterizedTest
  @MethodSource("noSymbols")
  void refusesWhatIsNoSymbol(Object value) {
    assertThatThrownBy(() -> Names.symbol("symbols[2]", value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("symbols[2]: must be a symbol");
  }

  @Test
  void showsLittleOfALongSymbol() {
    assertThatThrownBy(() -> Names.symbol("symbol", "B".repeat(1_000_000)))
        .isInstanceOf(InvalidValueException.class)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(250));
  }

  @Test
  void takes64CharactersOfASymbolAndOfAnExchange() {
    String longest = "x".repeat(64);

    assertThat(Names.symbol("symbol", longest)).isEqualTo(longest);
    assertThat(Names.symbol("symbol", "🐕".repeat(64))).hasSize(128);
    assertThat(Names.exchange("exchange", longest)).isEqualTo(longest);
  }

  @Test
  void takesAnIntegerAsAnId() {
    assertThat(Names.id("uid", 5)).isEqualTo("5");
    assertThat(Names.id("uid", 4_294_967_297L)).isEqualTo("4294967297");
    BigInteger longest = BigInteger.TEN.pow(128).subtract(BigInteger.ONE);
    assertThat(Names.id("uid", longest)).isEqualTo("9".repeat(128));
    assertThat(Names.id("uid", "user 5 \"ü\"")).isEqualTo("user 5 \"ü\"");
    assertThat(Names.id("uid", "x".repeat(128))).hasSize(128);
    assertThat(Names.id("uid", "🐕".repeat(128))).hasSize(256);
  }

  static Stream<Object> noIds() {
    return Stream.of(
        "",
        "x".repeat(129),
        "🐕".repeat(129),
        "a\nb",
        "\0",
        "\ud800",
        "\u202e",
        1.5,
        true,
        List.of(),
        BigInteger.TEN.pow(128),
        BigInteger.TEN.pow(100_000));
  }

  @ParameterizedTest
  @MethodSource("noIds")
  void refusesWhatIsNoId(Object value) {
    assertThatThrownBy(() -> Names.id("order.uid", value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("order.uid: must be an id");
  }

  @Test
  void refusesNull() {
    assertThatThrownBy(() -> Names.exchange("exchange", null)).hasMessageContaining("got null");
    assertThatThrownBy(() -> Names.symbol("symbol", null)).hasMessageContaining("got null");
    assertThatThrownBy(() -> Names.id("uid", null)).hasMessageContaining("got null");
  }
}
