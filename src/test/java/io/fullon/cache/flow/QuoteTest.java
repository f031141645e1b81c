package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuoteTest {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();
  private static final String SYMBOL = "BTC/USD:PERP";
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00.000001Z");

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final FlowCache flow = FlowCache.proxy(node.vertx());

  private final String exchange = "exchange-" + EXCHANGES.incrementAndGet();

  private Symbol put(Integer precision, String tickSize) {
    Symbol symbol =
        Symbol.of(exchange, SYMBOL, precision, tickSize == null ? null : new BigDecimal(tickSize));
    get(node.symbols().putSymbol(symbol));
    return symbol;
  }

  private Tick update(String price) {
    Tick tick = Tick.of(exchange, SYMBOL, new BigDecimal(price), TIME);
    get(node.ticks().updateTicker(exchange, tick));
    return tick;
  }

  private Quote quote() {
    return get(flow.getQuote(SYMBOL, exchange));
  }

  @Test
  void givesSymbolAndTickTogether() {
    Symbol symbol = put(2, "0.01");
    Tick tick = update("50000.12");

    Quote quote = quote();

    assertThat(quote.symbol()).isEqualTo(symbol);
    assertThat(quote.tick().withSeq(null)).isEqualTo(tick);
    assertThat(quote.tick().seq()).isPositive();
  }

  @Test
  void givesNothingWhileOneOfThemIsNotKnown() {
    assertThat(quote()).isNull();

    put(2, "0.01");
    assertThat(quote()).isNull();

    update("1");
    assertThat(quote()).isNotNull();

    get(node.symbols().deleteSymbol(SYMBOL, exchange));
    assertThat(quote()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    // price, tick size, precision, aligned, aligned price, formatted price
    "50000.12,   0.01,   2, true,  50000.12, 50000.12",
    "50000.125,  0.01,   2, false, 50000.13, 50000.13",
    "50000.1249, 0.01,   2, false, 50000.12, 50000.12",
    "100.25,     0.5,    1, false, 100.5,    100.3",
    "100.24,     0.5,    1, false, 100.0,    100.2",
    "100.26,     0.5,    4, false, 100.5,    100.2600",
    "-100.25,    0.5,    2, false, -100.0,   -100.25",
    "9.9640,     0.0001, 8, true,  9.9640,   9.96400000",
    "0,          0.25,   2, true,  0,        0.00",
    "7,          5,      0, false, 5,        7",
    "7.5,        5,      0, false, 10,       8",
    "0.1,        0.3,    1, false, 0.0,      0.1",
    // without a tick size, or with one of 0
    "1.23456,    ,       2, true,  1.23456,  1.23",
    "1.23456,    0,      2, true,  1.23456,  1.23",
    // without a precision
    "0.00001230, 0.1,    ,  false, 0.0,      0.00001230",
    "1e3,        ,       ,  true,  1000,     1000",
    // digits that no binary fraction has
    "0.30000000000000000001, 0.1, 2, false, 0.3, 0.30",
  })
  void alignsAndFormatsTheRawPriceExactly(
      String price,
      String tickSize,
      Integer precision,
      boolean aligned,
      String alignedPrice,
      String formatted) {
    put(precision, tickSize);
    update(price);

    Quote quote = quote();

    assertThat(quote.aligned()).isEqualTo(aligned);
    assertThat(quote.alignedPrice().toPlainString()).isEqualTo(alignedPrice);
    assertThat(quote.formattedPrice()).isEqualTo(formatted);
  }

  @Test
  void speaksPlainJson() {
    put(2, "0.5");
    update("100.255");
    JsonObject call = new JsonObject().put("symbol", SYMBOL).put("exchange", exchange);

    JsonObject quote = (JsonObject) get(node.call(FlowCache.ADDRESS, "getQuote", call));

    JsonObject tick = quote.getJsonObject("tick");
    assertThat(tick.remove("seq")).isInstanceOf(Long.class);
    assertThat(quote)
        .isEqualTo(
            new JsonObject()
                .put(
                    "symbol",
                    new JsonObject()
                        .put("symbol", SYMBOL)
                        .put("exchange", exchange)
                        .put("precision", 2)
                        .put("tick_size", "0.5"))
                .put(
                    "tick",
                    new JsonObject()
                        .put("symbol", SYMBOL)
                        .put("exchange", exchange)
                        .put("price", "100.255")
                        .put("time", 1_767_225_600.000001))
                .put("aligned", false)
                .put("aligned_price", "100.5")
                .put("formatted_price", "100.26"));
    assertThat(get(node.call(FlowCache.ADDRESS, "getQuote", call.copy().put("symbol", "X"))))
        .isNull();
  }

  @Test
  void saysWhichServiceIsNotThere() {
    JsonObject withoutSymbols =
        new JsonObject().put("symbol", new JsonObject().put("enabled", false));
    try (CacheNode part = CacheNode.start(withoutSymbols)) {
      assertThat(
              assertFails(
                  FlowCache.proxy(part.vertx()).getQuote(SYMBOL, exchange), Failure.UNAVAILABLE))
          .hasMessageContaining("fullon.symbol");
    }
  }

  @Test
  void failsWhileRedisIsAwayRatherThanGiveHalf() {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode lonely = CacheNode.start(redis, new JsonObject())) {
      redis.close();

      await("the outage to be noticed")
          .until(
              () ->
                  get(
                      FlowCache.proxy(lonely.vertx())
                          .getQuote(SYMBOL, exchange)
                          .map(false)
                          .otherwise(Failure.UNAVAILABLE::matches)));
    }
  }
}
