package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class ValuationTest {

  private static final String EXCHANGE = "binance";

  @AutoClose private static final CacheNode node = CacheNode.start();

  private static void price(String symbol, String price) {
    JsonObject tick =
        new JsonObject()
            .put("symbol", symbol)
            .put("exchange", EXCHANGE)
            .put("price", price)
            .put("time", Instant.now().getEpochSecond() - 5);
    get(TickCache.proxy(node.vertx()).updateTicker(EXCHANGE, Tick.fromJson(tick)));
  }

  private static Position position(String symbol, String size, String entryPrice) {
    return Position.of(symbol, new BigDecimal(size), new BigDecimal(entryPrice));
  }

  @Test
  void valuesPositionsByTheLatestPrices() {
    price("BTC/USDT", "60000");
    price("ETH/USDT", "90");
    price("BTC/USD:BTC", "50000");
    get(
        SymbolCache.proxy(node.vertx())
            .putSymbol(
                Symbol.builder(EXCHANGE, "BTC/USD:BTC")
                    .contractSize(new BigDecimal("100"))
                    .inverse(true)
                    .build()));
    get(
        AccountCache.proxy(node.vertx())
            .upsertPositions(
                1,
                List.of(
                    position("BTC/USDT", "2", "50000"),
                    position("ETH/USDT", "-10", "100"),
                    position("BTC/USD:BTC", "5", "40000"),
                    position("SOL/USDT", "1", "1"),
                    position("XRP/USDT:USDT", "1", "1"))));

    JsonObject valuation = get(FlowCache.proxy(node.vertx()).getValuation(EXCHANGE, 1));

    List<String> numbers =
        valuation.getJsonArray("positions").stream()
            .map(each -> (JsonObject) each)
            .map(
                each ->
                    each.getString("symbol")
                        + " "
                        + each.getString("mark_price")
                        + " "
                        + each.getString("notional")
                        + " "
                        + each.getString("unrealized_pnl"))
            .toList();
    assertThat(numbers)
        .containsExactly(
            "BTC/USD:BTC 50000 0.01 0.0025",
            "BTC/USDT 60000 120000 20000",
            "ETH/USDT 90 900 100",
            "SOL/USDT null null null",
            "XRP/USDT:USDT null null null");
    assertThat(valuation.getJsonArray("positions").getJsonObject(0).getLong("mark_age_ms"))
        .isBetween(4_000L, 600_000L);
    assertThat(valuation.getJsonObject("sums"))
        .isEqualTo(
            new JsonObject()
                .put(
                    "BTC", new JsonObject().put("notional", "0.01").put("unrealized_pnl", "0.0025"))
                .put(
                    "USDT",
                    new JsonObject().put("notional", "120900").put("unrealized_pnl", "20100")));
  }

  @Test
  void valuesAnyNumberOfPositions() {
    AccountCache accounts = AccountCache.proxy(node.vertx());
    for (int i = 0; i < 6; i++) {
      int part = i * 1_000;
      List<Position> positions =
          IntStream.range(part, part + 1_000)
              .mapToObj(each -> position("S" + each + "/X:X", "1", "1"))
              .toList();
      get(accounts.upsertPositions(2, positions));
    }

    JsonObject valuation = get(FlowCache.proxy(node.vertx()).getValuation(EXCHANGE, 2));

    assertThat(valuation.getJsonArray("positions")).hasSize(6_000);
  }
}
