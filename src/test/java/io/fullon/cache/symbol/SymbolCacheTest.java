package io.fullon.cache.symbol;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SymbolCacheTest {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();

  @AutoClose private static final CacheNode node = CacheNode.start();

  private final String exchange = "exchange" + EXCHANGES.incrementAndGet();
  private final String other = exchange + "-other";

  private static SymbolCache symbols() {
    return node.symbols();
  }

  private static Symbol symbol(String exchange, String name, String tickSize) {
    return Symbol.of(exchange, name, 2, new BigDecimal(tickSize));
  }

  private static String key(String exchange) {
    return "symbols_list:" + exchange;
  }

  private void another(String symbol, String json) {
    node.redis(Command.HSET, key(exchange), symbol, json);
  }

  private static List<String> names(List<Symbol> symbols) {
    return symbols.stream().map(Symbol::symbol).toList();
  }

  @Test
  void givesBackWhatWasPut() {
    Symbol full =
        Symbol.builder(exchange, "BTC/USD:PERP")
            .base("BTC")
            .quote("USD")
            .precision(8)
            .tickSize(new BigDecimal("0.0100"))
            .margin(false)
            .leverage(new BigDecimal("1e2"))
            .contractSize(new BigDecimal("1.0"))
            .description("Perpetual")
            .build();

    get(symbols().putSymbol(full));

    assertThat(get(symbols().getSymbol("BTC/USD:PERP", exchange))).isEqualTo(full);
    assertThat(get(symbols().getSymbols(exchange))).containsExactly(full);
    assertThat(node.redis(Command.HGET, key(exchange), "BTC/USD:PERP").toString())
        .isEqualTo(full.encode());
  }

  @Test
  void replacesASymbolAsAWhole() {
    get(symbols().putSymbol(symbol(exchange, "A", "0.1")));
    Symbol bare = Symbol.of(exchange, "A", null, null);

    get(symbols().putSymbol(bare));

    assertThat(get(symbols().getSymbol("A", exchange))).isEqualTo(bare);
  }

  @Test
  void putsSymbolsOfSeveralExchangesTheLastOfOneNameWinning() {
    get(
        symbols()
            .putSymbols(
                List.of(
                    symbol(exchange, "B", "1"),
                    symbol(other, "C", "2"),
                    symbol(exchange, "A", "3"),
                    symbol(exchange, "B", "4"))));

    assertThat(get(symbols().getSymbols(exchange)))
        .extracting(symbol -> symbol.symbol() + symbol.tickSize())
        .containsExactly("A3", "B4");
    assertThat(names(get(symbols().getSymbols(other)))).containsExactly("C");
  }

  @Test
  void givesManyBySymbol() {
    List<Symbol> many =
        IntStream.range(0, 3_000).mapToObj(i -> symbol(exchange, "S" + i, "0.01")).toList();

    get(symbols().putSymbols(many));

    assertThat(get(symbols().getSymbols(exchange)))
        .hasSameSizeAs(many)
        .extracting(Symbol::symbol)
        .isSorted()
        .doesNotHaveDuplicates();
  }

  @Test
  void givesNothingForWhatIsUnknown() {
    assertThat(get(symbols().getSymbol("A", exchange))).isNull();
    assertThat(get(symbols().getSymbols(exchange))).isEmpty();
    assertThat(get(symbols().deleteSymbol("A", exchange))).isFalse();
    assertThat(get(symbols().putSymbols(List.of()))).isNull();
  }

  @Test
  void deletesASymbolAndNoOther() {
    get(
        symbols()
            .putSymbols(
                List.of(
                    symbol(exchange, "A", "1"),
                    symbol(exchange, "B", "1"),
                    symbol(other, "A", "1"))));

    assertThat(get(symbols().deleteSymbol("A", exchange))).isTrue();
    assertThat(get(symbols().deleteSymbol("A", exchange))).isFalse();

    assertThat(get(symbols().getSymbol("A", exchange))).isNull();
    assertThat(names(get(symbols().getSymbols(exchange)))).containsExactly("B");
    assertThat(get(symbols().getSymbol("A", other))).isNotNull();
  }

  @Test
  void speaksPlainJson() {
    JsonObject symbol =
        new JsonObject()
            .put("symbol", "A")
            .put("exchange", exchange)
            .put("tick_size", 0.5)
            .put("leverage", "1e2")
            .put("margin", true)
            .put("base", null)
            .put("unknown", new JsonArray());
    JsonObject which = new JsonObject().put("symbol", "A").put("exchange", exchange);

    Object put =
        get(node.call(SymbolCache.ADDRESS, "putSymbol", new JsonObject().put("symbol", symbol)));

    assertThat(put).isNull();
    assertThat(get(node.call(SymbolCache.ADDRESS, "getSymbol", which)))
        .isEqualTo(which.copy().put("tick_size", "0.5").put("leverage", "100").put("margin", true));
    assertThat(get(node.call(SymbolCache.ADDRESS, "deleteSymbol", which))).isEqualTo(true);
    assertThat(get(node.call(SymbolCache.ADDRESS, "getSymbol", which))).isNull();
  }

  @Test
  void oneBadSymbolRefusesAll() {
    JsonArray symbols =
        new JsonArray()
            .add(symbol(exchange, "A", "1").toJson())
            .add(symbol(exchange, "B", "1").toJson().put("tick_size", "abc"));

    Throwable failure =
        failure(
            node.call(SymbolCache.ADDRESS, "putSymbols", new JsonObject().put("symbols", symbols)));

    assertThat(failure)
        .matches(Failure.INVALID_ARGUMENT::matches)
        .hasMessage("symbols[1].tick_size: must be a decimal number, got \"abc\"");
    assertThat(node.redis(Command.EXISTS, key(exchange)).toInteger()).isZero();
  }

  // Other programs on the same Redis

  @Test
  void readsWhatPythonWrites() {
    another(
        "BTC/USDT",
        "{\"symbol_id\": 17, \"symbol\": \"BTC/USDT\", \"base\": \"BTC\", \"quote\": \"USDT\","
            + " \"precision\": 8, \"tick_size\": 1e-08, \"margin\": true, \"leverage\": 10.0,"
            + " \"contract_size\": 1.0, \"description\": null, \"updateframe\": \"1h\","
            + " \"backtest\": 365, \"only_ticker\": false, \"ex\": {\"name\": [1]}}");

    Symbol symbol = get(symbols().getSymbol("BTC/USDT", exchange));

    assertThat(symbol)
        .isEqualTo(
            Symbol.builder(exchange, "BTC/USDT")
                .base("BTC")
                .quote("USDT")
                .precision(8)
                .tickSize(new BigDecimal("0.00000001"))
                .margin(true)
                .leverage(new BigDecimal("10.0"))
                .contractSize(new BigDecimal("1.0"))
                .build());
    assertThat(get(symbols().getSymbols(exchange))).containsExactly(symbol);
  }

  @Test
  void anotherProgramsKindOfMarketThatIsNoneOfOursIsLeftOut() {
    another("A", "{\"type\": \"margin\", \"lot_size\": NaN, \"settle\": \"USDT\"}");

    assertThat(get(symbols().getSymbol("A", exchange)))
        .isEqualTo(Symbol.builder(exchange, "A").settle("USDT").build());
  }

  @Test
  void theKeyAndItsFieldSayWhichSymbolItIs() {
    another("A", "{\"symbol\": \"B\", \"exchange\": \"elsewhere\"}");
    another("C", "{}");

    assertThat(get(symbols().getSymbol("A", exchange)))
        .isEqualTo(Symbol.of(exchange, "A", null, null));
    assertThat(names(get(symbols().getSymbols(exchange)))).containsExactly("A", "C");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not json",
        "null",
        "5",
        "[]",
        "{\"tick_size\": nan}",
        "{\"tick_size\": true}",
        "{\"tick_size\": \"abc\"}",
        "{\"leverage\": -1}",
        "{\"margin\": \"yes\"}",
        "{\"precision\": 8.5}"
      })
  void skipsGarbageOfAnotherProgram(String garbage) {
    another("BAD", garbage);
    another("GOOD", "{\"tick_size\": 0.5}");

    assertThat(get(symbols().getSymbol("BAD", exchange))).isNull();
    assertThat(names(get(symbols().getSymbols(exchange)))).containsExactly("GOOD");
    get(symbols().putSymbol(symbol(exchange, "BAD", "1")));
    assertThat(names(get(symbols().getSymbols(exchange)))).containsExactly("BAD", "GOOD");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"NaN", "Infinity", "-Infinity", "1E9999999999", "1e64", "\"nan\"", "null"})
  void anOptionalNumberOfAnotherProgramThatIsNoneIsAbsent(String number) {
    another("A", "{\"tick_size\": " + number + ", \"precision\": 8.0}");

    assertThat(get(symbols().getSymbols(exchange)))
        .containsExactly(Symbol.of(exchange, "A", 8, null));
  }

  @Test
  void skipsANameThatIsNoSymbol() {
    another("NOT A SYMBOL", "{\"tick_size\": 0.5}");
    another("", "{\"tick_size\": 0.5}");

    assertThat(get(symbols().getSymbols(exchange))).isEmpty();
  }
}
