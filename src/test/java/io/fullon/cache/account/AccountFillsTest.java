package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.buy;
import static io.fullon.cache.account.Accounts.call;
import static io.fullon.cache.account.Accounts.fill;
import static io.fullon.cache.account.Accounts.newAccount;
import static io.fullon.cache.account.Accounts.numbers;
import static io.fullon.cache.account.Accounts.position;
import static io.fullon.cache.account.Accounts.read;
import static io.fullon.cache.account.Accounts.sell;
import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
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
import org.junit.jupiter.params.provider.CsvSource;

class AccountFillsTest {

  private static final String BTC = "BTC/USDT";

  @AutoClose private static final CacheNode node = Accounts.node(new JsonObject());

  private final AccountCache accounts = AccountCache.proxy(node.vertx());
  private final int exId = newAccount();

  private Position apply(Trade trade) {
    return get(accounts.applyFill(exId, trade)).position();
  }

  private void upsert(Position... positions) {
    get(accounts.upsertPositions(exId, List.of(positions)));
  }

  private String size(String symbol) {
    Position position = read(accounts, exId, symbol);
    return position == null ? null : position.size().toPlainString();
  }

  // What a fill gives

  @Test
  void aFillOpensAPosition() {
    Trade fill =
        fill("1", BTC, Side.SELL, "0.50", "64182.2700")
            .fee(new BigDecimal("0.10"))
            .uid("user")
            .exId("binance")
            .time(Instant.parse("2026-01-01T00:00:00.000001Z"))
            .build();

    Position opened = apply(fill);

    assertThat(opened)
        .isEqualTo(
            Position.builder(BTC)
                .exId(exId)
                .userId("user")
                .size(new BigDecimal("-0.50"))
                .entryPrice(new BigDecimal("64182.2700"))
                .costBasis(new BigDecimal("32091.135000"))
                .realizedPnl(BigDecimal.ZERO)
                .fee(new BigDecimal("0.10"))
                .timestamp(Instant.parse("2026-01-01T00:00:00.000001Z"))
                .version(1L)
                .build());
    assertThat(read(accounts, exId, BTC)).isEqualTo(opened);
  }

  @Test
  void aFillChangesTheSavedPositionAndNoOther() {
    upsert(position(BTC, "2", "10"), position("X", "1", "1"));

    assertThat(numbers(apply(sell("1", BTC, "3", "12")))).isEqualTo("-1 12 12 4 0");

    assertThat(numbers(read(accounts, exId, BTC))).isEqualTo("-1 12 12 4 0");
    assertThat(numbers(read(accounts, exId, "X"))).isEqualTo("1 1 1 - -");
  }

  @Test
  void aClosedPositionStaysAsANeutralOne() {
    apply(buy("1", BTC, "2", "10"));
    apply(sell("2", BTC, "2", "11"));

    Position closed = get(accounts.getPositions(exId)).get(0);
    assertThat(numbers(closed)).isEqualTo("0 0 0 2 0");
    assertThat(closed.side()).isEqualTo(PositionSide.NEUTRAL);
    assertThat(closed.version()).isEqualTo(2);
  }

  @Test
  void aLateFeeInTheBaseCurrencyGivesWhatItWouldHaveGivenAtOnce() {
    apply(buy("1", BTC, "1", "50"));
    apply(buy("2", BTC, "1", "110"));
    Trade told =
        fill("2", BTC, Side.BUY, "1", "110").fee(new BigDecimal("0.1")).feeCurrency("BTC").build();

    assertThat(numbers(apply(told))).startsWith("1.9 ").contains(" 149.0 0 ");
    assertThat(get(accounts.applyFill(exId, told)).counted()).isFalse();
  }

  @Test
  void whatIsTakenBackIsTakenBackInASynchronizationToo() {
    Instant time = Instant.now().minusSeconds(10);
    Trade.Builder second = fill("2", BTC, Side.BUY, "1", "110").time(time);
    apply(second.build());
    apply(second.fee(new BigDecimal("0.1")).feeCurrency("BTC").build());

    get(accounts.replacePositions(exId, List.of(position(BTC, "1", "50")), time.minusSeconds(1)));

    assertThat(size(BTC)).isEqualTo("1.9");
    assertThat(read(accounts, exId, BTC).costBasis()).isEqualByComparingTo("149");
  }

  @Test
  void whatIsTakenBackOfAClosedPositionIsTradedTheOtherWay() {
    Trade.Builder first = fill("1", BTC, Side.BUY, "1", "50");
    apply(first.build());
    apply(sell("2", BTC, "1", "110"));

    apply(first.fee(new BigDecimal("0.1")).feeCurrency("BTC").build());

    assertThat(size(BTC)).isEqualTo("-0.1");
  }

  private static Trade ofOrder(String order, Side side) {
    return fill("T", BTC, side, "1", "10").exOrderId(order).build();
  }

  private boolean counts(Trade trade) {
    return get(accounts.applyFill(exId, trade)).counted();
  }

  @Test
  void whoNamesTheOrderLaterTellsTheSameFill() {
    assertThat(counts(ofOrder(null, Side.BUY))).isTrue();
    assertThat(counts(ofOrder("A", Side.BUY))).isFalse();
    assertThat(counts(ofOrder("A", Side.BUY))).isFalse();
    assertThat(counts(ofOrder("B", Side.BUY))).isTrue();

    assertThat(size(BTC)).isEqualTo("2");
  }

  @Test
  void theSameOfFillsThatComeAtOnceCountOnceEach() {
    List<Trade> told =
        List.of(
            ofOrder(null, Side.BUY),
            ofOrder("A", Side.BUY),
            ofOrder("B", Side.BUY),
            ofOrder("A", Side.BUY),
            ofOrder(null, Side.SELL),
            ofOrder("B", Side.BUY));

    List<Future<AppliedFill>> all =
        told.stream().map(trade -> accounts.applyFill(exId, trade)).toList();

    assertThat(all.stream().map(CacheNode::get).map(AppliedFill::counted))
        .containsExactly(true, false, true, false, true, false);
  }

  private String earlierKey(String id) {
    return "fullon:{account:" + exId + "}:fill:BTC/USDT:" + id;
  }

  @Test
  void whatAnEarlierVersionCountedStaysCounted() {
    node.redis(Command.SET, earlierKey("T"), "");

    assertThat(counts(ofOrder("A", Side.BUY))).isFalse();
    assertThat(counts(ofOrder("A", Side.BUY))).isFalse();
    assertThat(size(BTC)).isNull();
  }

  @Test
  void whatAnEarlierVersionCountedBySideAndOrderStaysCounted() {
    node.redis(Command.HSET, earlierKey("T"), "buy A", "");
    node.redis(Command.HSET, earlierKey("U"), "buy ", "");

    assertThat(counts(ofOrder("A", Side.BUY))).isFalse();
    assertThat(counts(ofOrder("B", Side.BUY))).isTrue();
    assertThat(counts(ofOrder(null, Side.SELL))).isTrue();
    Trade other = fill("U", BTC, Side.BUY, "1", "10").build();
    assertThat(counts(other.toBuilder().exOrderId("A").build())).isFalse();
    assertThat(counts(fill("V", BTC, Side.BUY, "1", "10").build())).isTrue();
    assertThat(size(BTC)).isEqualTo("1");
  }

  // What is not as it should be

  private void storePosition(String symbol, String text) {
    node.redis(Command.HSET, "fullon:{account:" + exId + "}:positions", symbol, text);
  }

  @Test
  void onePositionThatCannotBeReadStopsNoOther() {
    apply(buy("1", "A", "1", "10"));
    storePosition("X", "{\"symbol\":\"X\",\"size\":\"much\"}");
    List<Future<AppliedFill>> answers = new ArrayList<>();
    answers.add(accounts.applyFill(exId, buy("2", "A", "1", "10")));
    answers.add(accounts.applyFill(exId, buy("2", "X", "1", "10")));
    answers.add(accounts.applyFill(exId, buy("3", "A", "1", "10")));

    get(answers.get(0));
    assertThat(failure(answers.get(1)))
        .matches(Failure.INTERNAL::matches, "INTERNAL")
        .hasMessageContaining("position of X");
    assertThat(get(answers.get(2)).position().size()).isEqualTo("3");
    assertThat(get(accounts.getPositions(exId))).extracting(Position::symbol).containsExactly("A");
    assertThat(failure(accounts.getPosition("X", exId)))
        .matches(Failure.INTERNAL::matches, "INTERNAL");

    assertThat(get(accounts.deletePosition("X", exId))).isTrue();
    assertThat(apply(buy("2", "X", "1", "10")).size()).isEqualTo("1");
  }

  @Test
  void anInverseContractAtThePriceZeroHasNoPriceAndStopsNoOther() {
    upsert(position(BTC, "2", "0").toBuilder().inverse(true).costBasis(null).build());
    List<Future<AppliedFill>> answers = new ArrayList<>();
    answers.add(accounts.applyFill(exId, buy("1", "A", "1", "10")));
    answers.add(accounts.applyFill(exId, sell("2", BTC, "1", "10")));
    answers.add(accounts.applyFill(exId, buy("3", BTC, "3", "10")));
    get(Future.all(answers));

    assertThat(numbers(read(accounts, exId, BTC))).isEqualTo("4 0 - 0 0");
    assertThat(size("A")).isEqualTo("1");
  }

  @Test
  void anOrderWhoseVolumeWouldBeTooLongIsRefused() {
    String small = "0." + "0".repeat(40) + "1";
    Trade large = of("A", buy("1", BTC, "1" + "0".repeat(30), "1"));
    apply(large);
    apply(sell("2", BTC, "1" + "0".repeat(30), "1"));

    assertThat(failure(accounts.applyFill(exId, of("A", buy("3", BTC, small, "1")))))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith("trade.volume: ");
    assertThat(apply(of("B", buy("3", BTC, small, "1"))).size()).isEqualTo(small);
  }

  @Test
  void whatIsKeptForSynchronizationsIsForgottenAsFastAsItComes() {
    JsonObject config = new JsonObject().put("fills", new JsonObject().put("replay_ms", 0));
    try (CacheNode forgetful = Accounts.node(node.redis(), config)) {
      AccountCache cache = AccountCache.proxy(forgetful.vertx());
      for (int burst = 0; burst < 4; burst++) {
        List<Future<AppliedFill>> answers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
          answers.add(cache.applyFill(exId, buy(burst + "-" + i, BTC, "1", "10")));
        }
        get(Future.all(answers));
      }
    }
    long kept = node.redis(Command.ZCARD, "fullon:{account:" + exId + "}:recent").toLong();
    assertThat(kept).isLessThan(1_000);
    assertThat(size(BTC)).isEqualTo("4000");
  }

  @Test
  void answersInPlainJson() {
    JsonObject trade =
        new JsonObject(
            "{\"trade_id\":7,\"symbol\":\"A\",\"side\":\"buy\",\"volume\":2,\"price\":1.5e-05,"
                + "\"time\":1626916403.872,\"notes\":1}");
    JsonObject body = new JsonObject().put("exId", exId).put("trade", trade);
    JsonObject position =
        new JsonObject(
            "{\"symbol\":\"A\",\"ex_id\":"
                + exId
                + ",\"position_side\":\"both\",\"size\":\"2\",\"entry_price\":\"0.000015\","
                + "\"side\":\"long\","
                + "\"cost_basis\":\"0.000030\",\"realized_pnl\":\"0\",\"fee\":\"0\","
                + "\"timestamp\":1626916403.872,\"version\":1}");

    JsonObject applied = new JsonObject().put("position", position);
    assertThat(get(call(node, "applyFill", body))).isEqualTo(applied.copy().put("counted", true));
    assertThat(get(call(node, "applyFill", body))).isEqualTo(applied.copy().put("counted", false));
  }

  @Test
  void aPositionWithoutAnEntryPriceCountsSizeAndFees() {
    upsert(Position.builder(BTC).size(BigDecimal.ONE).build());

    assertThat(numbers(apply(buy("1", BTC, "1", "1")))).isEqualTo("2 - - 0 0");
    assertThat(numbers(apply(sell("2", BTC, "3", "5")))).isEqualTo("-1 5 5 0 0");
  }

  @Test
  void aFillWhoseContractNobodyHasToldIsRefused() {
    String contract = "BTC/USDT:USDT";
    assertThat(failure(accounts.applyFill(exId, buy("1", contract, "1", "1"))))
        .matches(Failure.CONFLICT::matches, "CONFLICT")
        .hasMessageContaining(contract);
    Trade told =
        fill("1", contract, Side.BUY, "1", "1").contractSize(new BigDecimal("0.01")).build();

    assertThat(numbers(apply(told))).isEqualTo("1 1 0.01 0 0");
  }

  @Test
  void aFillThatMakesANumberTooLongIsRefusedAloneAndMayComeAgain() {
    upsert(position(BTC, "1" + "0".repeat(63), "0"));
    List<Future<AppliedFill>> answers = new ArrayList<>();
    answers.add(accounts.applyFill(exId, buy("first", BTC, "1", "1")));
    answers.add(accounts.applyFill(exId, buy("long", BTC, "0.1", "1")));
    answers.add(accounts.applyFill(exId, buy("last", BTC, "1", "1")));

    get(answers.get(0));
    assertThat(failure(answers.get(1)))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith("position.size: must fit into 64");
    assertThat(get(answers.get(2)).position().size()).isEqualTo("1" + "0".repeat(62) + "2");

    upsert(position(BTC, "1", "1"));
    assertThat(apply(buy("long", BTC, "0.1", "1")).size()).isEqualTo("1.1");
  }

  // Once

  @Test
  void aRepeatedFillIsNotCountedAgain() {
    assertThat(get(accounts.applyFill(exId, buy("1", BTC, "1", "10"))).counted()).isTrue();
    Position second = apply(buy("2", BTC, "1", "12"));
    String before = Accounts.stored(node, exId);

    assertThat(apply(buy("1", BTC, "1", "10"))).isEqualTo(second);
    for (Trade other : List.of(buy("2", BTC, "5", "12"), buy("2", BTC, "1", "10"))) {
      assertThat(failure(accounts.applyFill(exId, other)))
          .matches(Failure.CONFLICT::matches, "CONFLICT");
    }
    assertThat(Accounts.stored(node, exId)).isEqualTo(before);
  }

  @Test
  void aRepeatInTheSameMomentIsNotCountedAgain() {
    List<Future<AppliedFill>> answers = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      answers.add(accounts.applyFill(exId, buy("t" + i % 3, BTC, "1", "10")));
    }
    get(Future.all(answers));

    assertThat(answers).filteredOn(answer -> answer.result().counted()).hasSize(3);
    assertThat(size(BTC)).isEqualTo("3");
  }

  @Test
  void theSameTradeIdOfAnotherSymbolOrAccountIsAnotherFill() {
    int other = newAccount();
    apply(buy("1", "A", "1", "10"));
    apply(buy("1", "B", "2", "10"));
    get(accounts.applyFill(other, buy("1", "A", "3", "10")));

    assertThat(List.of(size("A"), size("B"))).containsExactly("1", "2");
    assertThat(read(accounts, other, "A").size()).isEqualTo("3");
  }

  @Test
  void symbolsAndTradeIdsWithColonsAndBracesAreKeptApart() {
    List<Trade> fills =
        List.of(
            buy("C", "A:B", "1", "10"),
            buy("B:C", "A", "2", "10"),
            buy("B%3AC", "A", "4", "10"),
            buy("C", "A%3AB", "8", "10"),
            buy("{C}", "A:{B}", "16", "10"));
    fills.forEach(each -> apply(each.toBuilder().inverse(false).build()));

    assertThat(List.of(size("A:B"), size("A"), size("A%3AB"), size("A:{B}")))
        .containsExactly("1", "6", "8", "16");
  }

  @Test
  void aTradeIdThatBeginsLikeASideIsAnother() {
    apply(buy("1", BTC, "1", "10"));

    assertThat(get(accounts.applyFill(exId, buy("buy:1", BTC, "2", "10"))).counted()).isTrue();
    assertThat(size(BTC)).isEqualTo("3");
  }

  @Test
  void anIntegerIsTheTradeIdThatIsItsText() {
    JsonObject trade = buy("7", BTC, "1", "10").toJson();
    for (Object id : new Object[] {7, "7", 7L}) {
      JsonObject body = new JsonObject().put("exId", exId).put("trade", trade.put("trade_id", id));
      get(call(node, "applyFill", body));
    }
    assertThat(size(BTC)).isEqualTo("1");
  }

  @Test
  void aFillIsRememberedOverReplaceUpsertAndDelete() {
    Trade fill = buy("1", BTC, "1", "10");
    apply(fill);
    upsert(position(BTC, "5", "10"));
    assertThat(apply(fill).size()).isEqualTo("5");

    get(accounts.replacePositions(exId, List.of(position(BTC, "7", "10")), null));
    assertThat(apply(fill).size()).isEqualTo("7");

    get(accounts.replacePositions(exId, List.of(), null));
    assertThat(apply(fill).size()).isZero();
  }

  @Test
  void aRepeatedFillOfADeletedPositionGivesWhatIsThereNothing() {
    Trade fill = buy("1", BTC, "1", "10");
    apply(fill);
    get(accounts.deletePosition(BTC, exId));

    AppliedFill repeated = get(accounts.applyFill(exId, fill));

    assertThat(repeated.counted()).isFalse();
    assertThat(repeated.position()).isEqualTo(Position.builder(BTC).exId(exId).version(0L).build());
    assertThat(size(BTC)).isNull();
    upsert(repeated.position());
    assertThat(read(accounts, exId, BTC).version()).isEqualTo(2);
  }

  @Test
  void aNewFillOfADeletedPositionOpensItAnew() {
    apply(buy("1", BTC, "1", "10"));
    get(accounts.deletePosition(BTC, exId));

    Position opened = apply(buy("2", BTC, "2", "20"));

    assertThat(numbers(opened)).isEqualTo("2 20 40 0 0");
    assertThat(opened.version()).isEqualTo(2);
  }

  @Test
  void aFillIsForgottenAfterTheConfiguredTime() {
    JsonObject config = new JsonObject().put("fills", new JsonObject().put("remember_ms", 300));
    Trade fill = buy("1", BTC, "1", "10");
    try (CacheNode forgetful = Accounts.node(node.redis(), config)) {
      AccountCache cache = AccountCache.proxy(forgetful.vertx());
      get(cache.applyFill(exId, fill));

      await().until(() -> get(cache.applyFill(exId, fill)).counted());
    }
    assertThat(size(BTC)).isEqualTo("2");
  }

  @Test
  void aFillIsRememberedFor30DaysUnlessConfigured() {
    apply(buy("1", BTC, "1", "10"));

    long ms =
        node.redis(Command.PTTL, "fullon:{account:" + exId + "}:filled:BTC/USDT:buy:1").toLong();
    assertThat(ms).isBetween(2_592_000_000L - 60_000, 2_592_000_000L);
  }

  // Which fill it is

  private static Trade of(String order, Trade fill) {
    return fill.toBuilder().exOrderId(order).build();
  }

  private boolean counted(Trade fill) {
    return get(accounts.applyFill(exId, fill)).counted();
  }

  @Test
  void bothSidesOfOnesOwnTradeCount() {
    assertThat(counted(buy("1", BTC, "3", "10"))).isTrue();
    assertThat(counted(sell("1", BTC, "1", "10"))).isTrue();
    assertThat(size(BTC)).isEqualTo("2");
  }

  @Test
  void oneTradeIdOfTwoOrdersIsTwoFills() {
    assertThat(counted(of("A", buy("1", BTC, "1", "10")))).isTrue();
    assertThat(counted(of("B", buy("1", BTC, "2", "10")))).isTrue();
    assertThat(counted(of("A", buy("1", BTC, "1.0", "10.0")))).isFalse();
    assertThat(size(BTC)).isEqualTo("3");
  }

  @Test
  void aReportWithoutAnOrderIsTheKnownFill() {
    apply(of("A", buy("1", BTC, "1", "10")));
    assertThat(counted(buy("1", BTC, "1", "10"))).isFalse();
    assertThat(failure(accounts.applyFill(exId, buy("1", BTC, "2", "10"))))
        .matches(Failure.CONFLICT::matches, "CONFLICT");
    assertThat(size(BTC)).isEqualTo("1");
  }

  @Test
  void theReportThatNamesTheOrderFirstMakesItThatOrders() {
    apply(buy("1", BTC, "1", "10"));
    assertThat(counted(of("A", buy("1", BTC, "1", "10")))).isFalse();
    assertThat(counted(of("B", buy("1", BTC, "2", "10")))).isTrue();
    assertThat(size(BTC)).isEqualTo("3");
  }

  @Test
  void aFeeInACurrencyIsAddedToOneWithout() {
    apply(fill("1", "BTC-PERP", Side.BUY, "1", "100").fee(BigDecimal.ONE).build());
    Trade more =
        fill("1", "BTC-PERP", Side.BUY, "1", "100")
            .exOrderId("O")
            .fee(new BigDecimal("2"))
            .feeCurrency("BNB")
            .build();
    for (int i = 0; i < 2; i++) {
      Position position = apply(more);

      assertThat(numbers(position)).isEqualTo("1 100 100 0 1");
      assertThat(position.fees()).isEqualTo(Map.of("BNB", new BigDecimal("2")));
    }
  }

  /** Whether the report names the order, or is the first that does. */
  @ParameterizedTest
  @CsvSource({"O,", "O, O", ", O", ","})
  void aLateFeeIsOfThePositionInWhichTheFillIs(String order, String orderOfReport) {
    Trade fill = fill("1", BTC, Side.BUY, "1", "10").exOrderId(order).build();
    apply(fill.toBuilder().positionSide(HedgeSide.LONG).build());
    Trade late = fill.toBuilder().exOrderId(orderOfReport).fee(BigDecimal.ONE).build();

    for (int i = 0; i < 2; i++) {
      Position position = apply(late);

      assertThat(position.positionSide()).isEqualTo(HedgeSide.LONG);
      assertThat(numbers(position)).isEqualTo("1 10 10 0 1");
      assertThat(position).isEqualTo(get(accounts.getPosition(BTC, exId, HedgeSide.LONG)));
    }
    assertThat(read(accounts, exId, BTC)).isNull();
  }

  @Test
  void aFeeThatTheKnownFillLackedIsAdded() {
    Trade paid = buy("1", BTC, "1", "10").toBuilder().fee(BigDecimal.ONE).build();
    Trade inCoins = paid.toBuilder().feeCurrency("BNB").build();
    apply(buy("1", BTC, "1", "10"));
    for (int i = 0; i < 2; i++) {
      assertThat(counted(paid)).isFalse();
      assertThat(counted(inCoins)).isFalse();
    }

    Position position = read(accounts, exId, BTC);
    assertThat(position.fee()).isEqualTo("1");
    assertThat(position.fees()).isEqualTo(java.util.Map.of("BNB", BigDecimal.ONE));
    assertThat(position.size()).isEqualTo("1");
  }

  @Test
  void aFeeOfZeroDoesNotKeepTheRealOneOut() {
    apply(buy("1", BTC, "1", "10").toBuilder().fee(BigDecimal.ZERO).build());
    Trade paid = buy("1", BTC, "1", "10").toBuilder().fee(BigDecimal.ONE).build();
    for (int i = 0; i < 2; i++) {
      assertThat(apply(paid).fee()).isEqualTo("1");
    }
  }

  // Synchronization

  private static Trade at(String id, String time) {
    return fill(id, BTC, Side.BUY, "1", "10")
        .time(time == null ? null : Instant.parse(time))
        .build();
  }

  private void replaceAsOf(String time) {
    get(
        accounts.replacePositions(
            exId, List.of(position(BTC, "5", "10")), time == null ? null : Instant.parse(time)));
  }

  @Test
  void fillsUpToTheSynchronizationAreContainedInIt() {
    replaceAsOf("2026-01-01T00:00:00.000001Z");
    Position replaced = read(accounts, exId, BTC);

    assertThat(get(accounts.applyFill(exId, at("1", "2026-01-01T00:00:00.000001Z"))))
        .isEqualTo(new AppliedFill(replaced, false));
    assertThat(apply(at("2", "2025-12-31T23:59:59Z"))).isEqualTo(replaced);
    assertThat(size(BTC)).isEqualTo("5");
  }

  @Test
  void fillsAfterTheSynchronizationCount() {
    replaceAsOf("2026-01-01T00:00:00.000001Z");

    assertThat(apply(at("1", "2026-01-01T00:00:00.000002Z")).size()).isEqualTo("6");
    assertThat(apply(at("1", "2026-01-01T00:00:00.000002Z")).size()).isEqualTo("6");
  }

  @Test
  void aFillWithoutATimeHasThatOfItsCounting() {
    replaceAsOf("2026-01-01T00:00:00Z");
    assertThat(apply(at("1", null)).size()).isEqualTo("6");

    get(
        accounts.replacePositions(
            exId, List.of(position(BTC, "5", "10")), Instant.now().plusSeconds(50)));
    assertThat(apply(at("2", null)).size()).isEqualTo("5");
  }

  /** The clocks of exchanges differ from this one. */
  @Test
  void aFillOfALittleAheadOfNowIsTaken() {
    Instant ahead = Instant.now().plusSeconds(300).truncatedTo(ChronoUnit.MICROS);

    Position position = apply(fill("1", BTC, Side.BUY, "1", "10").time(ahead).build());

    assertThat(position.timestamp()).isEqualTo(ahead);
    get(
        accounts.replacePositions(
            exId, List.of(position(BTC, "1", "10")), Instant.now().minusSeconds(1)));
    assertThat(size(BTC)).isEqualTo("2");
  }

  @Test
  void fillsOfSymbolsThatTheSynchronizationLacksAreContainedToo() {
    get(accounts.replacePositions(exId, List.of(), Instant.parse("2026-01-01T00:00:00Z")));

    AppliedFill contained = get(accounts.applyFill(exId, at("1", "2025-01-01T00:00:00Z")));

    assertThat(contained.counted()).isFalse();
    assertThat(contained.position())
        .isEqualTo(Position.builder(BTC).exId(exId).version(0L).build());
    assertThat(size(BTC)).isNull();
  }

  @Test
  void aReplaceWithoutATimeLeavesTheBoundaryAsItWas() {
    replaceAsOf("2026-01-01T00:00:00Z");
    replaceAsOf(null);

    assertThat(apply(at("1", "2025-01-01T00:00:00Z")).size()).isEqualTo("5");
    assertThat(apply(at("2", "2026-01-01T00:00:01Z")).size()).isEqualTo("6");
  }

  @Test
  void upsertAndDeleteLeaveTheSynchronizationAsItIs() {
    replaceAsOf("2026-01-01T00:00:00Z");
    get(accounts.deletePosition(BTC, exId));
    upsert(position(BTC, "9", "10"));

    assertThat(apply(at("1", "2025-12-31T00:00:00Z")).size()).isEqualTo("9");
  }

  @Test
  void aRefusedReplaceLeavesTheSynchronizationAsItIs() {
    replaceAsOf("2026-01-01T00:00:00Z");
    Position stale = position(BTC, "1", "1").toBuilder().version(7L).build();
    failure(accounts.replacePositions(exId, List.of(stale), null));

    assertThat(apply(at("1", "2025-12-31T00:00:00Z")).size()).isEqualTo("5");
  }

  @Test
  void theTimeOfAPlainJsonSynchronizationIsRoundedAsThatOfFillsIs() {
    JsonObject body =
        new JsonObject("{\"exId\":" + exId + ",\"positions\":[],\"asOf\":1626916403.0000005}");
    get(call(node, "replacePositions", body));
    JsonObject trade = buy("1", BTC, "1", "1").toJson().put("time", 1626916403.0000005);

    get(call(node, "applyFill", new JsonObject().put("exId", exId).put("trade", trade)));

    assertThat(size(BTC)).isNull();
  }
}
