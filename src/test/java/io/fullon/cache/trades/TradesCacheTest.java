package io.fullon.cache.trades;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class TradesCacheTest {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USD:PERP";

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final TradesCache trades = node.trades();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static Trade trade(String symbol, String id) {
    return Trade.builder(id, symbol, Side.BUY)
        .volume(new BigDecimal("0.10"))
        .price(new BigDecimal("9.9640"))
        .build();
  }

  private static Trade trade(String id) {
    return trade(SYMBOL, id);
  }

  private static int push(String id) {
    return get(trades.pushTradeList(SYMBOL, EXCHANGE, trade(id)));
  }

  private static List<String> read(int max) {
    return ids(get(trades.getTradesList(SYMBOL, EXCHANGE, max)));
  }

  private static List<String> drain(int max) {
    return ids(get(trades.drainTradesList(SYMBOL, EXCHANGE, max)));
  }

  private static List<String> ids(List<Trade> some) {
    return some.stream().map(Trade::tradeId).toList();
  }

  private static Object call(String action, JsonObject body) {
    return get(node.call(TradesCache.ADDRESS, action, body));
  }

  private static JsonObject place() {
    return new JsonObject().put("symbol", SYMBOL).put("exchange", EXCHANGE);
  }

  @Test
  void givesBackATradeAsItWasPushed() {
    Trade full =
        Trade.builder("t:1", SYMBOL, Side.SELL)
            .volume(new BigDecimal("12345678901234567890.123456789012345678"))
            .price(new BigDecimal("9.9640"))
            .cost(new BigDecimal("0.00"))
            .fee(new BigDecimal("-0.000000000000000000001"))
            .exOrderId("o 1")
            .exId("7")
            .orderType("limit")
            .uid("u")
            .time(Instant.parse("2024-05-06T07:08:09.123456Z"))
            .build();

    get(trades.pushTradeList(SYMBOL, EXCHANGE, full));
    get(trades.pushMyTradesList("u", EXCHANGE, full));

    assertThat(get(trades.getTradesList(SYMBOL, EXCHANGE, 10))).containsExactly(full);
    assertThat(get(trades.drainTradesList(SYMBOL, EXCHANGE, 10))).containsExactly(full);
    assertThat(get(trades.popMyTrade("u", EXCHANGE, 0))).isEqualTo(full);
  }

  @Test
  void givesNothingWhereThereIsNone() {
    assertThat(read(10)).isEmpty();
    assertThat(drain(10)).isEmpty();
    assertThat(get(trades.popMyTrade("u", EXCHANGE, 0))).isNull();
    assertThat(get(trades.popMyTrade("u", EXCHANGE, 1))).isNull();
    assertThat(get(trades.getTradeStatus(EXCHANGE))).isNull();
    assertThat(node.keys()).isEmpty();
  }

  @Test
  void readsTheOldestAndLeavesThem() {
    assertThat(List.of(push("b"), push("a"), push("b"))).containsExactly(1, 2, 3);

    assertThat(read(2)).containsExactly("b", "a");
    assertThat(read(5_000)).containsExactly("b", "a", "b");
  }

  @Test
  void drainsTheOldestAndLeavesTheRest() {
    push("a");
    push("b");
    push("c");

    assertThat(drain(2)).containsExactly("a", "b");
    assertThat(push("d")).isEqualTo(2);
    assertThat(drain(5_000)).containsExactly("c", "d");
    assertThat(drain(1)).isEmpty();
  }

  @Test
  void givesAThousandWhenTheCallDoesNotSay() {
    for (int i = 0; i < 1_001; i++) {
      trades.pushTradeList(SYMBOL, EXCHANGE, trade(String.valueOf(i)));
    }
    push("last");

    assertThat((JsonArray) call("getTradesList", place())).hasSize(1_000);
    assertThat((JsonArray) call("drainTradesList", place().putNull("max"))).hasSize(1_000);
    assertThat(read(10)).containsExactly("1000", "last");
  }

  @Test
  void keepsListsApartWhateverTheirNames() {
    List<String> symbols = List.of("A", "A:B", "{A}", "A}:x", "%41", "status", "own:u");
    List<String> users = List.of("A", "A:B", "{A}", " ", "é漢😀", "'\"\\");
    for (String symbol : symbols) {
      get(trades.pushTradeList(symbol, EXCHANGE, trade(symbol, "of " + symbol)));
    }
    for (String user : users) {
      get(trades.pushMyTradesList(user, EXCHANGE, trade("of " + user)));
    }
    for (String symbol : symbols) {
      assertThat(ids(get(trades.getTradesList(symbol, EXCHANGE, 9))))
          .containsExactly("of " + symbol);
      assertThat(get(trades.getTradesList(symbol, "kraken", 9))).isEmpty();
    }
    for (String user : users) {
      assertThat(get(trades.popMyTrade(user, "kraken", 0))).isNull();
      assertThat(get(trades.popMyTrade(user, EXCHANGE, 0)).tradeId()).isEqualTo("of " + user);
    }
  }

  @Test
  void takesPlainJsonWithIntegersAsIdsAndIgnoresWhatItDoesNotKnow() {
    JsonObject trade =
        new JsonObject()
            .put("trade_id", 5)
            .put("symbol", SYMBOL)
            .put("side", "buy")
            .put("volume", 1e-5)
            .put("price", 9)
            .put("ex_order_id", 6L)
            .putNull("fee")
            .put("mine", "x");
    JsonObject mine = new JsonObject().put("uid", 8).put("exchange", EXCHANGE);

    assertThat(call("pushTradeList", place().put("trade", trade))).isEqualTo(1);
    assertThat(call("pushMyTradesList", mine.copy().put("trade", trade))).isEqualTo(1);

    JsonObject expected =
        new JsonObject()
            .put("trade_id", "5")
            .put("symbol", SYMBOL)
            .put("side", "buy")
            .put("volume", "0.000010")
            .put("price", "9")
            .put("ex_order_id", "6");
    assertThat(call("drainTradesList", place())).isEqualTo(new JsonArray().add(expected));
    assertThat(call("popMyTrade", mine.put("timeoutMs", 0))).isEqualTo(expected);
  }

  @Test
  void refusesATradeOfAnotherSymbol() {
    JsonObject call = place().put("trade", trade("OTHER", "1").toJson());
    assertThat(failure(node.call(TradesCache.ADDRESS, "pushTradeList", call)))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessage("trade.symbol: must be the call's BTC/USD:PERP, got \"OTHER\"");
    assertThat(node.keys()).isEmpty();
  }

  @Test
  void refusesATradeOfAnotherUser() {
    Trade of = trade("1").toBuilder().uid("other").build();

    assertRefused(trades.pushMyTradesList("u", EXCHANGE, of), "trade.uid");
    assertRefused(trades.pushMyTradesList("u", EXCHANGE, of, true), "trade.uid");

    assertThat(node.keys()).isEmpty();
    assertThat(get(trades.pushMyTradesList("other", EXCHANGE, of))).isEqualTo(1);
  }

  @Test
  void refusesToGiveMoreThanFiveThousand() {
    for (int max : List.of(5_001, 100_000, 0, -1)) {
      assertRefused(trades.getTradesList(SYMBOL, EXCHANGE, max), "max");
      assertRefused(trades.drainTradesList(SYMBOL, EXCHANGE, max), "max");
    }
  }

  @Test
  void givesFiveThousandAtOnce() {
    List<Future<Integer>> pushes = new ArrayList<>();
    for (int i = 0; i < 5_001; i++) {
      pushes.add(trades.pushTradeList(SYMBOL, EXCHANGE, trade(String.valueOf(i))));
    }
    get(Future.all(pushes));
    List<String> first = IntStream.range(0, 5_000).mapToObj(String::valueOf).toList();

    assertThat(read(5_000)).isEqualTo(first);
    assertThat(drain(5_000)).isEqualTo(first);
    assertThat(drain(5_000)).containsExactly("5000");
  }

  @Test
  void givesAsMuchAsGoesIntoOneAnswerWhereTradesAreVeryLong() {
    Map<String, BigDecimal> fees =
        IntStream.range(0, 1_000)
            .boxed()
            .collect(Collectors.toMap(i -> "c".repeat(100) + i, i -> BigDecimal.ONE));
    List<String> ids = IntStream.range(0, 60).mapToObj(String::valueOf).toList();
    for (String id : ids) {
      get(trades.pushTradeList(SYMBOL, EXCHANGE, trade(id).toBuilder().fees(fees).build()));
    }

    List<String> read = read(5_000);
    assertThat(read).isEqualTo(ids.subList(0, read.size())).hasSizeBetween(1, 59);

    List<String> given = new ArrayList<>();
    for (List<String> some = drain(5_000); !some.isEmpty(); some = drain(5_000)) {
      given.addAll(some);
    }
    assertThat(given).isEqualTo(ids);
  }

  @Test
  void givesAUsersTradesInTheirOrder() {
    for (String id : List.of("b", "a", "c")) {
      get(trades.pushMyTradesList("u", EXCHANGE, trade(id)));
    }
    List<String> popped = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      popped.add(get(trades.popMyTrade("u", EXCHANGE, 0)).tradeId());
    }
    assertThat(popped).containsExactly("b", "a", "c");
    assertThat(get(trades.popMyTrade("u", EXCHANGE, 0))).isNull();
  }

  @Test
  void tellsWhenTheExchangeLastHadATrade() {
    push("a");
    Instant first = get(trades.getTradeStatus(EXCHANGE));
    get(trades.pushTradeList(SYMBOL, EXCHANGE, trade("b"), true));
    Instant second = get(trades.getTradeStatus(EXCHANGE));
    get(trades.pushTradeList(SYMBOL, EXCHANGE, trade("b"), true));
    assertThat(get(trades.getTradeStatus(EXCHANGE))).as("it was there").isEqualTo(second);
    get(trades.pushMyTradesList("u", EXCHANGE, trade("a")));
    Instant third = get(trades.getTradeStatus(EXCHANGE));

    assertThat(List.of(first, second, third)).isSorted().doesNotHaveDuplicates();
    assertThat(first).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
    assertThat(get(trades.getTradeStatus("kraken"))).isNull();
    drain(10);
    assertThat(get(trades.getTradeStatus(EXCHANGE))).isEqualTo(third);
  }

  @Test
  void tellsTheTimeAsANumberInPlainJson() {
    push("a");

    Object time = call("getTradeStatus", new JsonObject().put("exchange", EXCHANGE));

    assertThat(time).isInstanceOf(Double.class);
  }

  private static int once(Trade trade) {
    return get(trades.pushTradeList(trade.symbol(), EXCHANGE, trade, true));
  }

  @Test
  void putsATradeThereOnceAlsoAfterItWasDrained() {
    assertThat(once(trade("a"))).isEqualTo(1);
    assertThat(once(trade("a").toBuilder().price(BigDecimal.TEN).build())).isEqualTo(1);

    assertThat(get(trades.drainTradesList(SYMBOL, EXCHANGE, 10))).containsExactly(trade("a"));
    assertThat(once(trade("a"))).isZero();
    assertThat(read(10)).isEmpty();
  }

  @Test
  void takesTradesOfOneIdForTheSameOnlyIfSymbolSideAndOrderAreTheSame() {
    Trade trade = trade("a");
    Side otherSide = trade.side() == Side.BUY ? Side.SELL : Side.BUY;
    List<Trade> all =
        List.of(
            trade,
            trade.toBuilder().set(Trade.SIDE, otherSide).build(),
            trade.toBuilder().exOrderId("1").build(),
            trade.toBuilder().exOrderId("2").build());
    for (int i = 0; i < 2; i++) {
      all.forEach(TradesCacheTest::once);
    }

    assertThat(get(trades.getTradesList(SYMBOL, EXCHANGE, 10))).isEqualTo(all);
  }

  @Test
  void putsTradesOfTheSameIdOfOtherSymbolsAndExchangesThere() {
    List<Trade> all = List.of(trade("A", "B:c"), trade("A:B", "c"), trade("A", "c"));
    for (Trade trade : all) {
      once(trade);
      get(trades.pushTradeList(trade.symbol(), "kraken", trade, true));
    }
    for (String exchange : List.of(EXCHANGE, "kraken")) {
      assertThat(get(trades.getTradesList("A", exchange, 10)))
          .containsExactly(all.get(0), all.get(2));
      assertThat(get(trades.getTradesList("A:B", exchange, 10))).containsExactly(all.get(1));
    }
  }

  @Test
  void putsAUsersOwnTradeThereOnce() {
    for (String uid : List.of("u", "v", "u")) {
      get(trades.pushMyTradesList(uid, EXCHANGE, trade("a"), true));
    }

    for (String uid : List.of("u", "v")) {
      assertThat(get(trades.popMyTrade(uid, EXCHANGE, 0))).isEqualTo(trade("a"));
      assertThat(get(trades.popMyTrade(uid, EXCHANGE, 0))).isNull();
    }
    assertThat(get(trades.pushMyTradesList("u", EXCHANGE, trade("a"), true))).isZero();
    assertThat(get(trades.pushMyTradesList("u", EXCHANGE, trade("a")))).isEqualTo(1);
  }

  @Test
  void putsATradeThereOnceThatMayBeThereTwice() {
    push("a");

    assertThat(once(trade("a"))).isEqualTo(1);
    assertThat(push("a")).isEqualTo(2);
    assertThat(once(trade("b"))).isEqualTo(3);

    assertThat(get(trades.pushMyTradesList("u", EXCHANGE, trade("a")))).isEqualTo(1);
    assertThat(get(trades.pushMyTradesList("u", EXCHANGE, trade("a"), true))).isEqualTo(1);
  }

  @Test
  void remembersWhatIsThereOnceForAsLongAsFillsAre() {
    get(trades.pushTradeList(SYMBOL, EXCHANGE, trade("a"), true));
    List<String> expiring = new ArrayList<>();
    node.redis(Command.KEYS, "fullon:*")
        .forEach(
            key -> {
              long lifetime = node.redis(Command.PTTL, key.toString()).toLong();
              if (lifetime > 0) {
                expiring.add(key.toString());
                assertThat(lifetime).isBetween(2_592_000_000L - 60_000, 2_592_000_000L);
                // There is one for each trade of a month.
                assertThat(node.redis(Command.STRLEN, key.toString()).toLong()).isZero();
              }
            });
    assertThat(expiring).hasSize(1);
  }
}
