package io.fullon.cache.trades;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TakenTradesTest {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final String UID = "u 1";
  private static final long LONG_MS = 20_000;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode node = redis.node(new JsonObject());
  private static final CacheNode other = redis.node(new JsonObject());
  private static final CacheNode impatient = redis.node("trades", "visibility_timeout_ms", 50);
  private static final TradesCache trades = node.trades();

  /** The two kinds of lists, which are taken from alike. */
  enum Kind {
    LIST("list:" + SYMBOL) {
      @Override
      int push(Trade trade, boolean once) {
        return get(trades.pushTradeList(SYMBOL, EXCHANGE, trade, once));
      }

      @Override
      Future<TradesClaim> take(TradesCache from, String consumer, int max, long timeoutMs) {
        return from.takeTrades(SYMBOL, EXCHANGE, consumer, max, timeoutMs);
      }

      @Override
      boolean ack(String receipt) {
        return get(trades.ackTrades(SYMBOL, EXCHANGE, receipt));
      }

      @Override
      List<Trade> drain() {
        return get(trades.drainTradesList(SYMBOL, EXCHANGE, 1));
      }
    },
    OWN("own:" + UID) {
      @Override
      int push(Trade trade, boolean once) {
        return get(trades.pushMyTradesList(UID, EXCHANGE, trade, once));
      }

      @Override
      Future<TradesClaim> take(TradesCache from, String consumer, int max, long timeoutMs) {
        return from.takeMyTrades(UID, EXCHANGE, consumer, max, timeoutMs);
      }

      @Override
      boolean ack(String receipt) {
        return get(trades.ackMyTrades(UID, EXCHANGE, receipt));
      }

      @Override
      List<Trade> drain() {
        Trade popped = get(trades.popMyTrade(UID, EXCHANGE, 0));
        return popped == null ? List.of() : List.of(popped);
      }
    };

    final String ends;

    Kind(String name) {
      this.ends = "fullon:{trades:" + EXCHANGE + "}:ends:" + name;
    }

    abstract int push(Trade trade, boolean once);

    abstract Future<TradesClaim> take(TradesCache from, String consumer, int max, long timeoutMs);

    abstract boolean ack(String receipt);

    /** Takes the oldest one out for good. */
    abstract List<Trade> drain();

    int push(String id) {
      return push(trade(id), false);
    }

    TradesClaim take(int max) {
      return get(take(trades, "consumer", max, 0));
    }

    /** As if the visibility timeout of all claims were over. */
    void endClaims() {
      for (Response position : node.redis(Command.ZRANGE, ends, "0", "-1")) {
        node.redis(Command.ZADD, ends, "XX", "1", position.toString());
      }
    }
  }

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static Trade trade(String id) {
    return Trade.builder(id, SYMBOL, Side.BUY)
        .volume(new BigDecimal("0.10"))
        .price(new BigDecimal("9.9640"))
        .build();
  }

  private static List<String> ids(List<Trade> some) {
    return some.stream().map(Trade::tradeId).toList();
  }

  private static List<String> ids(TradesClaim claim) {
    return ids(claim.trades());
  }

  private static List<String> read(int max) {
    return ids(get(trades.getTradesList(SYMBOL, EXCHANGE, max)));
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(String::valueOf).toList();
  }

  @ParameterizedTest
  @EnumSource
  void claimsTheOldestTrades(Kind kind) {
    List.of("b", "a", "c").forEach(kind::push);

    TradesClaim claim = kind.take(2);

    assertThat(claim.trades()).containsExactly(trade("b"), trade("a"));
    assertThat(claim.deliveries()).isEqualTo(1);
    assertThat(ids(kind.take(2))).containsExactly("c");
    assertThat(kind.take(2)).isNull();
    assertThat(kind.drain()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void givesNullWhereThereIsNoneAndLeavesNothing(Kind kind) {
    assertThat(kind.take(10)).isNull();
    assertThat(get(kind.take(trades, "consumer", 10, 1))).isNull();
    assertThat(node.keys()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void acknowledgedTradesAreGoneForGood(Kind kind) {
    kind.push("a");
    TradesClaim claim = kind.take(1);

    assertThat(kind.ack(claim.receipt())).isTrue();
    assertThat(kind.ack(claim.receipt())).isFalse();

    kind.endClaims();
    assertThat(kind.take(1)).isNull();
    assertThat(node.keys())
        .filteredOn(key -> !key.contains("recorded:"))
        .containsExactly("fullon:{trades:binance}:status");
  }

  @ParameterizedTest
  @EnumSource
  void deliversAgainBeforeNewerOnesWhatWasNotAcknowledged(Kind kind) {
    List.of("a", "b", "c").forEach(kind::push);
    TradesClaim first = kind.take(2);
    kind.endClaims();

    TradesClaim again = kind.take(10);

    assertThat(ids(again)).containsExactly("a", "b");
    assertThat(again.deliveries()).isEqualTo(2);
    assertThat(ids(kind.take(10))).containsExactly("c");
    assertThat(kind.ack(first.receipt())).as("the first delivery is over").isFalse();
    assertThat(kind.ack(again.receipt())).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void anAcknowledgementThatComesTooLateChangesNothing(Kind kind) {
    kind.push("a");
    TradesClaim claim = kind.take(1);
    kind.endClaims();

    assertThat(kind.ack(claim.receipt())).isFalse();
    assertThat(ids(kind.take(1))).containsExactly("a");
  }

  @ParameterizedTest
  @EnumSource
  void deliversClaimsAgainInTheOrderOfTheirTradesWheneverTheyEnd(Kind kind) {
    List.of("a", "b", "c").forEach(kind::push);
    kind.take(1);
    kind.endClaims();
    kind.take(1); // a again, so that its time is over after that of b
    kind.take(1);
    kind.endClaims();

    assertThat(ids(kind.take(1))).containsExactly("a");
    assertThat(ids(kind.take(1))).containsExactly("b");
    assertThat(ids(kind.take(1))).containsExactly("c");
  }

  @ParameterizedTest
  @EnumSource
  void deliversAClaimInPartsToWhoWantsFewer(Kind kind) {
    numbers(0, 250).forEach(kind::push);
    assertThat(ids(kind.take(240))).isEqualTo(numbers(0, 240));
    kind.endClaims();

    TradesClaim part = kind.take(3);
    TradesClaim rest = kind.take(5_000);

    assertThat(ids(part)).isEqualTo(numbers(0, 3));
    assertThat(ids(rest)).isEqualTo(numbers(3, 240));
    assertThat(List.of(part.deliveries(), rest.deliveries())).containsExactly(2, 2);
    assertThat(ids(kind.take(5_000))).isEqualTo(numbers(240, 250));
    assertThat(kind.ack(part.receipt())).isTrue();
    assertThat(kind.ack(rest.receipt())).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void partsOfAClaimThatEndBeforeItsRestWasTakenComeFirst(Kind kind) {
    numbers(0, 6).forEach(kind::push);
    kind.take(4);
    kind.endClaims();
    assertThat(ids(kind.take(2))).isEqualTo(numbers(0, 2));
    kind.endClaims();

    TradesClaim first = kind.take(10);

    assertThat(ids(first)).isEqualTo(numbers(0, 2));
    assertThat(first.deliveries()).isEqualTo(3);
    assertThat(ids(kind.take(10))).isEqualTo(numbers(2, 4));
    assertThat(ids(kind.take(10))).isEqualTo(numbers(4, 6));
  }

  @ParameterizedTest
  @EnumSource
  void whoTakesOutForGoodGetsWhatWasNotAcknowledgedFirst(Kind kind) {
    List.of("a", "b", "c").forEach(kind::push);
    kind.take(2);
    kind.endClaims();

    assertThat(ids(kind.drain())).containsExactly("a");
    assertThat(ids(kind.drain())).containsExactly("b");
    assertThat(ids(kind.drain())).containsExactly("c");
    assertThat(kind.drain()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aPushTellsHowManyWaitWithoutThoseThatAreClaimed(Kind kind) {
    List.of("a", "b", "c").forEach(kind::push);
    kind.take(2);
    assertThat(kind.push("d")).isEqualTo(2);
    kind.endClaims();
    assertThat(kind.push("e")).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource
  void whoWaitsGetsATradeAsSoonAsItIsThere(Kind kind) {
    Future<TradesClaim> waiting = kind.take(trades, "consumer", 10, LONG_MS);
    Future<TradesClaim> elsewhere = kind.take(other.trades(), "other", 10, LONG_MS);
    kind.push("a");
    await().until(() -> waiting.isComplete() || elsewhere.isComplete());
    kind.push("b");

    assertThat(List.of(ids(get(waiting)), ids(get(elsewhere))))
        .containsExactlyInAnyOrder(List.of("a"), List.of("b"));
  }

  @ParameterizedTest
  @EnumSource
  void whoWaitsGetsWhatSomebodyElseDoesNotAcknowledge(Kind kind) {
    kind.push("a");
    TradesClaim lost = get(kind.take(impatient.trades(), "dies", 1, 0));

    TradesClaim again = get(kind.take(impatient.trades(), "lives", 1, LONG_MS));

    assertThat(again.trades()).isEqualTo(lost.trades());
    assertThat(again.deliveries()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void manyWhoTakeAtOnceGetAllThereIs(Kind kind) {
    int count = 12_000;
    List<Future<?>> pushes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Trade trade = trade(String.valueOf(i));
      pushes.add(
          kind == Kind.LIST
              ? trades.pushTradeList(SYMBOL, EXCHANGE, trade)
              : trades.pushMyTradesList(UID, EXCHANGE, trade));
    }
    get(Future.all(pushes));

    List<Future<TradesClaim>> takes =
        IntStream.range(0, 4).mapToObj(i -> kind.take(trades, "c" + i, 4_000, 0)).toList();

    List<String> taken = new ArrayList<>();
    for (Future<TradesClaim> take : takes) {
      if (get(take) != null) {
        taken.addAll(ids(take.result()));
      }
    }
    assertThat(taken).isEqualTo(numbers(0, count));
  }

  @ParameterizedTest
  @EnumSource
  void aTradeThatWasPutThereOnceStaysKnownWhenItWasTaken(Kind kind) {
    kind.push(trade("a"), true);
    kind.ack(kind.take(1).receipt());

    assertThat(kind.push(trade("a"), true)).isZero();
    assertThat(kind.take(1)).isNull();
  }

  @Test
  void readingShowsWhatWaitsAndNotWhatIsClaimed() {
    numbers(0, 6).forEach(Kind.LIST::push);
    Kind.LIST.take(2);
    assertThat(read(10)).isEqualTo(numbers(2, 6));
    assertThat(read(1)).isEqualTo(numbers(2, 3));

    Kind.LIST.endClaims();
    assertThat(read(10)).as("which changes nothing").isEqualTo(numbers(0, 6));
    assertThat(read(1)).isEqualTo(numbers(0, 1));
    assertThat(read(3)).isEqualTo(numbers(0, 3));
    Kind.LIST.take(1);
    assertThat(read(10)).isEqualTo(numbers(1, 6));
  }

  @Test
  void oneDrainGivesEndedClaimsAndTheRestTogether() {
    numbers(0, 250).forEach(Kind.LIST::push);
    Kind.LIST.take(120);
    Kind.LIST.take(3);
    Kind.LIST.endClaims();

    assertThat(ids(get(trades.drainTradesList(SYMBOL, EXCHANGE, 240)))).isEqualTo(numbers(0, 240));
    assertThat(ids(get(trades.drainTradesList(SYMBOL, EXCHANGE)))).isEqualTo(numbers(240, 250));
  }

  @Test
  void keepsClaimsApartWhateverTheNamesOfLists() {
    List<String> symbols = List.of("A", "claims:A", "ends:list:A", "A:claims", "status");
    for (String symbol : symbols) {
      Trade trade =
          Trade.builder("of " + symbol, symbol, Side.BUY)
              .volume(BigDecimal.ONE)
              .price(BigDecimal.ONE)
              .build();
      get(trades.pushTradeList(symbol, EXCHANGE, trade));
      get(trades.pushMyTradesList(symbol, EXCHANGE, trade));
    }
    for (String symbol : symbols) {
      TradesClaim listed = get(trades.takeTrades(symbol, EXCHANGE, "c"));
      TradesClaim own = get(trades.takeMyTrades(symbol, EXCHANGE, "c"));
      assertThat(ids(listed)).containsExactly("of " + symbol);
      assertThat(own.trades()).isEqualTo(listed.trades());
      assertThat(get(trades.ackMyTrades(symbol, EXCHANGE, listed.receipt()))).isFalse();
      assertThat(get(trades.ackTrades(symbol, EXCHANGE, listed.receipt()))).isTrue();
      assertThat(get(trades.ackMyTrades(symbol, EXCHANGE, own.receipt()))).isTrue();
    }
  }

  @Test
  void speaksPlainJson() {
    Kind.LIST.push("a");
    JsonObject call =
        new JsonObject().put("symbol", SYMBOL).put("exchange", EXCHANGE).put("consumer", 7);

    JsonObject claim = (JsonObject) get(node.call(TradesCache.ADDRESS, "takeTrades", call));

    assertThat(claim.getJsonArray("trades")).isEqualTo(new JsonArray().add(trade("a").toJson()));
    assertThat(claim.getInteger("deliveries")).isEqualTo(1);
    JsonObject ack = call.copy().put("receipt", claim.getString("receipt"));
    assertThat(get(node.call(TradesCache.ADDRESS, "ackTrades", ack))).isEqualTo(true);
    assertThat(get(node.call(TradesCache.ADDRESS, "ackTrades", ack))).isEqualTo(false);
    call.put("timeoutMs", 0).put("uid", UID);
    assertThat(get(node.call(TradesCache.ADDRESS, "takeTrades", call))).isNull();
    assertThat(get(node.call(TradesCache.ADDRESS, "takeMyTrades", call))).isNull();
    assertThat(get(node.call(TradesCache.ADDRESS, "ackMyTrades", ack.put("uid", UID))))
        .isEqualTo(false);
  }

  @Test
  void givesAThousandWhenTheCallDoesNotSay() {
    List<Future<?>> pushes = new ArrayList<>();
    for (int i = 0; i < 1_001; i++) {
      pushes.add(trades.pushTradeList(SYMBOL, EXCHANGE, trade(String.valueOf(i))));
    }
    get(Future.all(pushes));

    assertThat(get(trades.takeTrades(SYMBOL, EXCHANGE, "c")).trades()).hasSize(1_000);
    assertThat(get(trades.takeTrades(SYMBOL, EXCHANGE, "c")).trades()).hasSize(1);
  }

  @Test
  void anythingButAReceiptIsNone() {
    Kind.LIST.push("a");
    Kind.LIST.take(1);
    for (String receipt : List.of("", "1.1", ".", "next", "claimed.0", "\u0000", "9".repeat(64))) {
      assertThat(Kind.LIST.ack(receipt)).as(receipt).isFalse();
    }
    assertRefused(trades.ackTrades(SYMBOL, EXCHANGE, "9".repeat(65)), "receipt");
    assertRefused(trades.ackTrades(SYMBOL, EXCHANGE, null), "receipt");
  }

  @Test
  void refusesWhatDoesNotFit() {
    for (int max : List.of(0, -1, 5_001)) {
      assertRefused(trades.takeTrades(SYMBOL, EXCHANGE, "c", max, 0), "max");
      assertRefused(trades.takeMyTrades(UID, EXCHANGE, "c", max, 0), "max");
    }
    assertRefused(trades.takeTrades(SYMBOL, EXCHANGE, "c", 1, 20_001), "timeoutMs");
    assertRefused(trades.takeTrades(SYMBOL, EXCHANGE, "c", 1, -1), "timeoutMs");
    assertRefused(trades.takeTrades(SYMBOL, EXCHANGE, null, 1, 0), "consumer");
    assertRefused(trades.takeTrades(SYMBOL, EXCHANGE, "", 1, 0), "consumer");
    assertRefused(trades.takeMyTrades(UID, EXCHANGE, "c".repeat(129), 1, 0), "consumer");
    assertRefused(trades.takeMyTrades(UID, "a b", "c", 1, 0), "exchange");
    assertRefused(trades.takeMyTrades("", EXCHANGE, "c", 1, 0), "uid");
  }
}
