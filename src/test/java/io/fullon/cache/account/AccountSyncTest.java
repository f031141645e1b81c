package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.call;
import static io.fullon.cache.account.Accounts.fill;
import static io.fullon.cache.account.Accounts.newAccount;
import static io.fullon.cache.account.Accounts.numbers;
import static io.fullon.cache.account.Accounts.position;
import static io.fullon.cache.account.Accounts.read;
import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Positions that come from the exchange while fills do. */
class AccountSyncTest {

  private static final String BTC = "BTC/USDT";

  @AutoClose private static final CacheNode node = Accounts.node(new JsonObject());

  private final AccountCache accounts = AccountCache.proxy(node.vertx());
  private final int exId = newAccount();

  /** All within the time for which fills are kept. */
  private final Instant start = Instant.now().minusSeconds(100).truncatedTo(ChronoUnit.MICROS);

  private Instant at(int second) {
    return start.plusSeconds(second);
  }

  private Trade trade(String id, int second, Side side, String volume, String price) {
    return fill(id, BTC, side, volume, price).time(at(second)).build();
  }

  private AppliedFill buy(String id, int second, String volume, String price) {
    return get(accounts.applyFill(exId, trade(id, second, Side.BUY, volume, price)));
  }

  private AppliedFill paid(String id, int second, String fee) {
    Trade.Builder fill = trade(id, second, Side.BUY, "1", "10").toBuilder();
    return get(accounts.applyFill(exId, fill.fee(new BigDecimal(fee)).build()));
  }

  private Future<Integer> replace(int second, Position... positions) {
    return accounts.replacePositions(exId, List.of(positions), at(second));
  }

  private Future<Integer> upsert(int second, Position... positions) {
    return accounts.upsertPositions(exId, List.of(positions), at(second));
  }

  private Position stored() {
    return read(accounts, exId, BTC);
  }

  private void assertConflict(Future<?> call) {
    String before = Accounts.stored(node, exId);
    assertThat(failure(call)).matches(Failure.CONFLICT::matches, "CONFLICT");
    assertThat(Accounts.stored(node, exId)).isEqualTo(before);
  }

  @Test
  void whatWasCountedLaterIsOnTopOfIt() {
    buy("1", 10, "1", "10");
    buy("2", 20, "1", "20");

    get(replace(15, position(BTC, "1", "10")));

    assertThat(numbers(stored())).isEqualTo("2 15 30 0 0");
    assertThat(stored().countedUntil()).isEqualTo(at(15));
    assertThat(buy("2", 20, "1", "20").counted()).isFalse();
  }

  @Test
  void whatWasCountedInOneStepIsOnTopOfItWhereItIsLater() {
    List<Future<?>> fills = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      fills.add(accounts.applyFill(exId, trade("f" + i, i % 40, Side.BUY, "1", "10")));
    }
    get(Future.join(fills));

    get(replace(29, position(BTC, "1000", "10")));

    assertThat(numbers(stored())).isEqualTo("1100 10 11000 0 0");
  }

  @Test
  void oneOfTheSizeAloneThatAgreesLeavesThePriceWithLaterFillsOnTop() {
    buy("1", 1, "1", "100");
    buy("2", 20, "1", "200");

    get(replace(10, Position.builder(BTC).size(BigDecimal.ONE).build()));

    assertThat(numbers(stored())).isEqualTo("2 150 300 0 0");
  }

  @Test
  void aPriceThatFollowsFromTheCostIsThatOfTheContractThatIsStored() {
    String symbol = "BTC/USDT:USDT";
    Position open =
        Position.builder(symbol)
            .size(new BigDecimal("100"))
            .entryPrice(new BigDecimal("500"))
            .contractSize(new BigDecimal("0.01"))
            .build();
    get(upsert(10, open));

    JsonObject told =
        new JsonObject().put("symbol", symbol).put("size", 100).put("cost_basis", 500);
    get(
        call(
            node,
            "upsertPositions",
            new JsonObject()
                .put("exId", exId)
                .put("positions", new JsonArray().add(told))
                .put("asOf", at(20).getEpochSecond())));

    assertThat(numbers(read(accounts, exId, symbol))).startsWith("100 500 500 ");
  }

  @Test
  void whatOpenedAPositionLaterIsThereAgain() {
    buy("1", 20, "1", "20");

    get(replace(15));

    assertThat(stored().size()).isEqualTo("1");
  }

  @Test
  void itIsPutOnTopByTimeAndThenByOrderOfCounting() {
    get(accounts.applyFill(exId, trade("last", 30, Side.SELL, "1", "40")));
    buy("first", 20, "1", "30");
    get(accounts.applyFill(exId, trade("then", 20, Side.SELL, "2", "50")));

    get(upsert(10, position(BTC, "1", "10").toBuilder().realizedPnl(BigDecimal.ZERO).build()));

    // 1 at 10, 2 at 20, closed at 50, short 1 at 40.
    assertThat(numbers(stored())).isEqualTo("-1 40 40 60 0");
  }

  @Test
  void anUpsertHasABoundaryOfItsOwn() {
    get(replace(10, position(BTC, "1", "10"), position("X", "1", "1")));
    get(upsert(30, position(BTC, "2", "10")));

    assertThat(buy("1", 20, "1", "10").counted()).isFalse();
    assertThat(buy("2", 40, "1", "10").counted()).isTrue();
    Trade other = fill("1", "X", Side.BUY, "1", "1").time(at(20)).build();
    assertThat(get(accounts.applyFill(exId, other)).counted()).isTrue();
  }

  @Test
  void anEarlierOneIsRefused() {
    get(replace(20, position(BTC, "2", "10")));

    assertConflict(replace(10, position(BTC, "1", "10")));
    assertConflict(upsert(10, position(BTC, "1", "10")));
    assertThat(get(replace(20, position(BTC, "2", "10")))).isOne();
    assertThat(get(upsert(20, position(BTC, "2", "10")))).isOne();
  }

  @Test
  void aReplaceLeavesWhatWasSynchronizedLaterByItself() {
    get(upsert(30, position(BTC, "3", "10"), position("X", "1", "1")));
    Position before = stored();

    assertThat(get(replace(20, position("Y", "1", "1")))).isOne();

    assertThat(stored()).isEqualTo(before);
    get(replace(40, position(BTC, "4", "10")));
    assertThat(stored().size()).isEqualTo("4");
    assertThat(read(accounts, exId, "X").size()).isZero();
  }

  @Test
  void oneAheadOfTimeIsRefused() {
    for (Future<Integer> call :
        List.of(
            accounts.replacePositions(exId, List.of(), Instant.now().plusSeconds(120)),
            accounts.upsertPositions(exId, List.of(), Instant.now().plusSeconds(120)))) {
      assertThat(failure(call))
          .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
          .hasMessageStartingWith("asOf: ");
    }
  }

  @Test
  void whatItLeavesOutIsNotTouched() {
    paid("1", 10, "0.1");
    get(accounts.applyFill(exId, trade("2", 20, Side.SELL, "0.5", "20")));
    paid("3", 30, "0.2");

    get(replace(15, position(BTC, "1", "10")));

    assertThat(numbers(stored())).isEqualTo("1.5 10 15.0 5.0 0.3");
  }

  @Test
  void theFeesByCurrencyThatItLeavesOutAreNotTouched() {
    for (int second : List.of(10, 20)) {
      Trade fill = trade("t" + second, second, Side.BUY, "1", "10");
      get(
          accounts.applyFill(
              exId, fill.toBuilder().fees(Map.of("BNB", BigDecimal.valueOf(second))).build()));
    }

    get(replace(15, position(BTC, "1", "10")));

    assertThat(stored().size()).isEqualTo("2");
    assertThat(stored().fees()).isEqualTo(Map.of("BNB", BigDecimal.valueOf(30)));
  }

  @Test
  void whatItSaysHasTheLaterOnesOnTop() {
    paid("1", 10, "0.1");
    paid("2", 20, "0.2");
    Position told =
        position(BTC, "1", "10").toBuilder()
            .fee(BigDecimal.TEN)
            .realizedPnl(BigDecimal.TEN)
            .build();

    get(replace(15, told));

    assertThat(numbers(stored())).isEqualTo("2 10 20 10 10.2");
  }

  @Test
  void whatItClosedStaysWithItsProfitAndItsFees() {
    paid("1", 10, "0.1");
    get(accounts.applyFill(exId, trade("2", 20, Side.SELL, "0.5", "20")));

    get(replace(30));

    assertThat(numbers(stored())).isEqualTo("0 0 0 5.0 0.1");
    assertThat(stored().side()).isEqualTo(PositionSide.NEUTRAL);
  }

  @Test
  void ofAContainedFillTheFeesCountOnce() {
    get(replace(30, position(BTC, "1", "10")));
    for (int i = 0; i < 2; i++) {
      assertThat(paid("1", 20, "0.1").counted()).isFalse();
    }

    assertThat(stored().size()).isEqualTo("1");
    assertThat(stored().fee()).isEqualTo("0.1");
    assertThat(stored().version()).isEqualTo(2);
  }

  @Test
  void itIsRefusedWhenWhatWasCountedLaterIsNoLongerKept() {
    JsonObject config = new JsonObject().put("fills", new JsonObject().put("replay_ms", 0));
    try (CacheNode forgetful = Accounts.node(node.redis(), config)) {
      AccountCache cache = AccountCache.proxy(forgetful.vertx());
      get(cache.applyFill(exId, trade("1", 20, Side.BUY, "1", "10")));
      get(cache.applyFill(exId, trade("2", 10, Side.BUY, "1", "10")));
      get(cache.applyFill(exId, trade("3", 5, Side.BUY, "1", "10")));
    }

    assertConflict(replace(15, position(BTC, "1", "10")));
    assertConflict(upsert(15, position(BTC, "1", "10")));
    assertThat(get(upsert(15, position("X", "1", "10")))).isOne();
    assertThat(get(replace(20, position(BTC, "1", "10")))).isOne();
  }

  @Test
  void whatHappenedAtItsTimeIsContainedInIt() {
    buy("1", 15, "1", "10");

    get(replace(15, position(BTC, "1", "10")));

    assertThat(stored().size()).isEqualTo("1");
    assertThat(buy("2", 15, "1", "10").counted()).isFalse();
    assertThat(stored().size()).isEqualTo("1");
  }

  @Test
  void theSidesOfAHedgeHaveTheirOwnBoundaries() {
    Position hedged = position(BTC, "1", "10").toBuilder().positionSide(HedgeSide.LONG).build();
    get(upsert(30, hedged));
    Trade fill = trade("1", 20, Side.SELL, "1", "10");

    Trade ofLong = fill.toBuilder().positionSide(HedgeSide.LONG).build();
    assertThat(get(accounts.applyFill(exId, ofLong)).counted()).isFalse();
    Trade ofShort =
        trade("2", 20, Side.SELL, "1", "10").toBuilder().positionSide(HedgeSide.SHORT).build();
    assertThat(get(accounts.applyFill(exId, ofShort)).counted()).isTrue();

    get(replace(25));
    assertThat(get(accounts.getPosition(BTC, exId, HedgeSide.LONG)).size()).isEqualTo("1");
    assertThat(get(accounts.getPosition(BTC, exId, HedgeSide.SHORT)).size()).isZero();
  }

  @Test
  void whatIsOnTopOfItCountsInTheContractThatItTells() {
    buy("1", 10, "1", "10");
    buy("2", 20, "1", "20");
    Position told = position(BTC, "1", "10").toBuilder().contractSize(BigDecimal.TEN).build();

    get(replace(15, told.toBuilder().costBasis(null).build()));

    assertThat(numbers(stored())).isEqualTo("2 15 300 0 0");
  }

  @Test
  void aClosedPositionOfAnInverseContractIsTaken() {
    Position open = position(BTC, "10", "5").toBuilder().inverse(true).costBasis(null).build();
    get(upsert(10, open));

    get(upsert(20, Position.builder(BTC).size(BigDecimal.ZERO).build()));

    assertThat(numbers(stored())).isEqualTo("0 0 0 - -");
  }

  @Test
  void aContractOfWhichItTellsAPartIsElseTheStoredOne() {
    Position inverse = position(BTC, "10", "5").toBuilder().inverse(true).costBasis(null).build();
    get(upsert(10, inverse));

    get(
        upsert(
            20,
            position(BTC, "10", "5").toBuilder()
                .contractSize(BigDecimal.TEN)
                .costBasis(null)
                .build()));

    assertThat(stored().inverse()).isTrue();
    assertThat(stored().costBasis()).isEqualByComparingTo("20");
  }

  @Test
  void anEntryPriceThatItLeavesOutIsKeptWhereThePositionDidNotGrow() {
    get(upsert(10, position(BTC, "2", "10")));

    get(upsert(20, Position.builder(BTC).size(new BigDecimal("2.0")).build()));
    assertThat(stored().entryPrice()).isEqualTo("10");
    get(upsert(30, Position.builder(BTC).size(BigDecimal.ONE).build()));
    assertThat(numbers(stored())).isEqualTo("1 10 10 - -");
    get(upsert(40, Position.builder(BTC).size(BigDecimal.TEN).build()));
    assertThat(stored().entryPrice()).isNull();
  }

  @Test
  void theFeesThatItTellsHaveTheLaterOnesOnTopInTheirCurrencies() {
    Trade fill = trade("1", 20, Side.BUY, "1", "10");
    get(
        accounts.applyFill(
            exId,
            fill.toBuilder()
                .fees(Map.of("BNB", BigDecimal.ONE, "my coin", BigDecimal.TEN))
                .build()));

    get(
        upsert(
            10, position(BTC, "1", "10").toBuilder().fees(Map.of("BNB", BigDecimal.TEN)).build()));

    assertThat(stored().fees())
        .isEqualTo(Map.of("BNB", new BigDecimal("11"), "my coin", BigDecimal.TEN));
  }

  /**
   * @param together so many of them in one step
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 250})
  void itIsRefusedWhenMoreWasCountedLaterThanOneStepCanDo(int together) {
    String key = "fullon:{account:" + exId + "}:recent";
    String line = " A both " + at(20).toEpochMilli() * 1_000 + " buy 1 1 - - {}";
    node.redis(
        Command.EVAL,
        "local lines = {}"
            + " for i = 1, 50000 do lines[#lines + 1] = i .. ARGV[2]"
            + " if #lines == tonumber(ARGV[3]) then"
            + " redis.call('ZADD', KEYS[1], ARGV[1], table.concat(lines, '\\n')) lines = {} end end"
            + " redis.call('ZADD', KEYS[1], ARGV[1], '0' .. ARGV[2])",
        "1",
        key,
        String.valueOf(at(20).toEpochMilli() * 1_000),
        line,
        String.valueOf(together));

    assertConflict(replace(10));
    node.redis(Command.ZREM, key, "0" + line);
    get(replace(10));

    assertThat(read(accounts, exId, "A").size()).isEqualTo("50000");
    assertThat(get(replace(30))).isZero();
  }

  // Adjustments

  private Position adjust(String id, AdjustmentKind kind, int second, String pnl, String size) {
    return get(
        accounts.adjustPosition(
            exId,
            Adjustment.builder(id, BTC)
                .set(Adjustment.KIND, kind)
                .set(Adjustment.TIME, at(second))
                .set(Adjustment.REALIZED_PNL, new BigDecimal(pnl))
                .set(Adjustment.SIZE, new BigDecimal(size))
                .build()));
  }

  @Test
  void anAdjustmentIsMadeOnce() {
    buy("1", 10, "1", "10");
    List<Position> results = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      results.add(adjust("a", AdjustmentKind.TRANSFER, 20, "1.5", "-0.5"));
    }

    assertThat(numbers(stored())).isEqualTo("0.5 10 5.0 1.5 0");
    assertThat(results).containsOnly(stored());
  }

  @Test
  void aSynchronizationContainsAdjustmentsButFunding() {
    get(replace(30, position(BTC, "1", "10")));
    adjust("a", AdjustmentKind.CORRECTION, 20, "1", "1");
    adjust("b", AdjustmentKind.FUNDING, 20, "2", "1");
    adjust("c", AdjustmentKind.CORRECTION, 40, "4", "1");
    assertThat(numbers(stored())).isEqualTo("2 10 20 6 0");

    get(replace(35, position(BTC, "7", "10")));

    assertThat(numbers(stored())).isEqualTo("8 10 80 6 0");
  }

  @Test
  void fundingThatASynchronizationContainsCountsOnce() {
    get(replace(30, position(BTC, "1", "10")));
    for (int i = 0; i < 2; i++) {
      Position told = adjust("a", AdjustmentKind.FUNDING, 20, "1.5", "0");
      assertThat(numbers(told)).isEqualTo("1 10 10 1.5 0");
    }

    assertThat(numbers(stored())).isEqualTo("1 10 10 1.5 0");
    assertThat(stored().version()).isEqualTo(2);
  }

  @Test
  void anAdjustmentThatReducesScalesTheProfitThatIsOpen() {
    get(upsert(10, position(BTC, "2", "10").toBuilder().unrealizedPnl(BigDecimal.TEN).build()));

    assertThat(adjust("a", AdjustmentKind.TRANSFER, 20, "0", "-1").unrealizedPnl())
        .isEqualByComparingTo("5");
    assertThat(adjust("b", AdjustmentKind.TRANSFER, 20, "0", "-2").unrealizedPnl()).isNull();
  }
}
