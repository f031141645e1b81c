package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Fees;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.HeldMessages;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.Decimals;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettlementTest {

  private static final AtomicInteger ACCOUNTS = new AtomicInteger();
  private static final String SYMBOL = "BTC/USD";
  private static final String CONTRACT = "BTC/USD:USD";
  private static final String ORDER = "ORD_1";
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00.123456Z");

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final OrdersCache orders = OrdersCache.proxy(node.vertx());
  private static final TradesCache trades = TradesCache.proxy(node.vertx());
  private static final AccountCache accounts = AccountCache.proxy(node.vertx());
  private static final SymbolCache symbols = SymbolCache.proxy(node.vertx());
  private static final FlowCache flow = FlowCache.proxy(node.vertx());

  private int account;
  private String exchange;

  @BeforeEach
  void useAnAccountOfItsOwn() {
    account = ACCOUNTS.incrementAndGet();
    exchange = "exchange-" + account;
  }

  private static JsonObject filled() {
    return new JsonObject()
        .put("symbol", SYMBOL)
        .put("side", "buy")
        .put("order_type", "limit")
        .put("status", "filled")
        .put("volume", "0.3")
        .put("final_volume", "0.10")
        .put("price", "51000")
        .put("fill_price", "50000.50")
        .put("fee", "5.0")
        .put("uid", "user 1");
  }

  private void save(String id, JsonObject order) {
    get(orders.saveOrder(exchange, Order.fromJson(order.copy().put("ex_order_id", id))));
  }

  private Settlement settle(String id) {
    return get(flow.settleOrder(exchange, id, account));
  }

  private List<Trade> listed() {
    return get(trades.getTradesList(SYMBOL, exchange, 1_000));
  }

  private Position position() {
    return get(accounts.getPosition(SYMBOL, account));
  }

  // What it does

  @Test
  void makesATradeAndAPositionOfAFilledOrder() {
    save(ORDER, filled().put("trade_id", "T 1").put("filled_at", TIME.getEpochSecond()));

    Settlement settlement = settle(ORDER);

    Trade trade =
        Trade.builder("T 1", SYMBOL, Side.BUY)
            .volume(new BigDecimal("0.10"))
            .price(new BigDecimal("50000.50"))
            .cost(new BigDecimal("5000.0500"))
            .fee(new BigDecimal("5.0"))
            .exOrderId(ORDER)
            .exId(exchange)
            .orderType("limit")
            .uid("user 1")
            .time(Instant.ofEpochSecond(TIME.getEpochSecond()))
            .build();
    assertThat(settlement.trade()).isEqualTo(trade);
    assertThat(settlement.settledBefore()).isFalse();
    assertThat(settlement.position()).isEqualTo(position());
    assertThat(position().size()).isEqualTo("0.10");
    assertThat(position().costBasis()).isEqualByComparingTo("5000.05");
    assertThat(position().fee()).isEqualByComparingTo("5");
    assertThat(position().userId()).isEqualTo("user 1");
    assertThat(listed()).containsExactly(trade);
  }

  @Test
  void countsSellsAgainstThePosition() {
    save(ORDER, filled());
    save("ORD_2", filled().put("side", "sell").put("final_volume", "0.3"));

    settle(ORDER);
    settle("ORD_2");

    assertThat(position().size()).isEqualByComparingTo("-0.2");
    assertThat(listed()).extracting(Trade::side).containsExactly(Side.BUY, Side.SELL);
  }

  @Test
  void aTradeThatWasRecordedByHandIsNotRecordedAgain() {
    save(ORDER, filled().put("trade_id", "X1"));
    Trade trade =
        Trade.builder("X1", SYMBOL, Side.BUY)
            .volume(new BigDecimal("0.10"))
            .price(new BigDecimal("50000.50"))
            .exOrderId(ORDER)
            .build();
    get(trades.pushTradeList(SYMBOL, exchange, trade));

    settle(ORDER);

    assertThat(listed()).containsExactly(trade);
    assertThat(position().size()).isEqualTo("0.10");
  }

  @Test
  void aFillTellsSymbolAndSideToAnOrderThatToldAsMuchWithoutThem() {
    JsonObject told =
        new JsonObject().put("status", "filled").put("final_volume", 1).put("fill_price", 100);
    get(orders.saveOrderData(exchange, ORDER, told));

    Order order = report(part("a", "0.4")).order();

    assertThat(order.symbol()).isEqualTo(SYMBOL);
    assertThat(order.side()).isEqualTo(Side.BUY);
    assertThat(order.finalVolume()).isEqualTo("1");
    assertThat(settle(ORDER).trade().volume()).isEqualByComparingTo("0.6");
    assertThat(position().size()).isEqualByComparingTo("1");
  }

  @Test
  void namesTheTradeAfterTheOrderThatNamesNone() {
    save(ORDER, filled());

    assertThat(settle(ORDER).trade().tradeId()).isEqualTo("TRD_" + ORDER);
  }

  @Test
  void takesTheTimeOfTheFillWhereTheOrderHasIt() {
    save(ORDER, filled().put("timestamp", 1).put("filled_at", 1_767_225_600.123456));

    assertThat(settle(ORDER).trade().time()).isEqualTo(TIME);
  }

  @Test
  void makesUpNoTimeWhereTheOrderHasNone() {
    save(ORDER, filled());

    assertThat(settle(ORDER).trade().time()).isNull();
  }

  // Once

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void doesItOnceHoweverOftenItIsCalled(boolean drained) {
    save(ORDER, filled());
    Settlement first = settle(ORDER);
    if (drained) {
      assertThat(get(trades.drainTradesList(SYMBOL, exchange, 10))).containsExactly(first.trade());
    }

    for (int i = 0; i < 3; i++) {
      Settlement again = settle(ORDER);
      assertThat(again.settledBefore()).isTrue();
      assertThat(again.trade()).isEqualTo(first.trade());
      assertThat(again.position()).isEqualTo(first.position());
    }

    assertThat(listed()).hasSize(drained ? 0 : 1);
    assertThat(position().size()).isEqualTo("0.10");
  }

  @Test
  void countsOnceWhenTheOrderIsCorrectedAfterwards() {
    save(ORDER, filled());
    Trade first = settle(ORDER).trade();
    save(ORDER, filled().put("fill_price", "1"));

    assertThat(settle(ORDER).settledBefore()).isTrue();

    assertThat(listed()).containsExactly(first);
    assertThat(position().size()).isEqualTo("0.10");
  }

  // By difference

  private void tell(String volume, String price, String fee) {
    save(ORDER, filled().put("final_volume", volume).put("fill_price", price).put("fee", fee));
  }

  @Test
  void countsWhatIsNotCountedYetSoThatTheMeanComesOut() {
    tell("0.1", "100", "1");
    settle(ORDER);
    tell("0.3", "200", "4");

    Trade second = settle(ORDER).trade();
    tell("0.4", "200", "5");
    Trade third = settle(ORDER).trade();

    assertThat(second.tradeId()).isEqualTo("TRD_" + ORDER + "/0.3");
    assertThat(second.volume()).isEqualTo("0.2");
    assertThat(second.price()).isEqualByComparingTo("250");
    assertThat(second.fee()).isEqualTo("3");
    assertThat(third.tradeId()).isEqualTo("TRD_" + ORDER + "/0.4");
    assertThat(position().costBasis()).isEqualByComparingTo("80");
    assertThat(position().fee()).isEqualByComparingTo("5");
    assertThat(listed()).hasSize(3);
  }

  @Test
  void takesTheCostForAMissingPrice() {
    save(ORDER, filled().putNull("fill_price").put("cost", "10").put("final_volume", "0.5"));

    assertThat(settle(ORDER).trade().price()).isEqualByComparingTo("20");
  }

  @Test
  void countsAFeeAloneWithoutATrade() {
    tell("0.1", "100", "1");
    Trade first = settle(ORDER).trade();
    tell("0.1", "100", "3");

    Settlement again = settle(ORDER);

    assertThat(again.trade()).isEqualTo(first);
    assertThat(again.settledBefore()).isFalse();
    assertThat(position().fee()).isEqualByComparingTo("3");
    assertThat(listed()).hasSize(1);
    assertThat(settle(ORDER).settledBefore()).isTrue();
  }

  @Test
  void countsWhatAppliedFillsOfTheOrderLeave() {
    Trade part = part("a", "0.04").toBuilder().exOrderId(ORDER).build();
    get(accounts.applyFill(account, part));
    save(ORDER, filled().put("trade_id", "T 1"));

    Trade rest = settle(ORDER).trade();

    assertThat(rest.tradeId()).isEqualTo("TRD_" + ORDER);
    assertThat(rest.volume()).isEqualTo("0.06");
    assertThat(position().size()).isEqualTo("0.10");
    get(accounts.applyFill(account, part("b", "0.06").toBuilder().exOrderId(ORDER).build()));
    assertThat(position().size()).isEqualTo("0.10");
  }

  @Test
  void oneThatTellsLessIsLateUnlessItIsFinal() {
    save(ORDER, filled());
    settle(ORDER);
    save(ORDER, filled().put("status", "open").put("final_volume", "0.05"));
    assertThat(settle(ORDER).settledBefore()).isTrue();
    save(ORDER, filled().put("status", "Canceled").put("final_volume", "0.05"));

    // The late one was told what is counted.
    assertThat(assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT))
        .hasMessageContaining("less");
  }

  @Test
  void anOrderBelongsToOneAccount() {
    save(ORDER, filled());
    settle(ORDER);
    int other = ACCOUNTS.incrementAndGet();

    assertThat(assertFails(flow.settleOrder(exchange, ORDER, other), Failure.CONFLICT))
        .hasMessageContaining("belongs to account " + account);
    assertFails(flow.reportFill(exchange, ORDER, other, part("x", "0.1")), Failure.CONFLICT);
    assertThat(get(accounts.getPositions(other))).isEmpty();
  }

  /** One account's order was filled by the other's: the exchange gives both sides one number. */
  @Test
  void aTradeBetweenTwoAccountsOfADeskCountsInBoth() {
    int other = ACCOUNTS.incrementAndGet();
    save(ORDER, filled().put("trade_id", "T 1"));
    save("ORD_2", filled().put("trade_id", "T 1").put("side", "sell"));

    Settlement bought = settle(ORDER);
    Settlement sold = get(flow.settleOrder(exchange, "ORD_2", other));

    assertThat(List.of(bought, sold)).allMatch(Settlement::counted);
    assertThat(position().size()).isEqualByComparingTo("0.10");
    assertThat(get(accounts.getPosition(SYMBOL, other)).size()).isEqualByComparingTo("-0.10");
    assertThat(listed()).containsExactly(bought.trade(), sold.trade());
    assertThat(listed()).extracting(Trade::tradeId).containsExactly("T 1", "T 1");
  }

  @Test
  void aPositionWithoutAnEntryPriceTakesSizeAndFeesOfAnOrder() {
    Position balance = Position.builder(SYMBOL).size(BigDecimal.ONE).build();
    get(accounts.upsertPositions(account, List.of(balance)));
    save(ORDER, filled().put("side", "sell"));

    Settlement settled = settle(ORDER);

    assertThat(settled.counted()).isTrue();
    assertThat(position().size()).isEqualByComparingTo("0.90");
    assertThat(position().entryPrice()).isNull();
    assertThat(position().realizedPnl()).isZero();
    assertThat(position().fee()).isEqualByComparingTo("5");
    assertThat(listed()).containsExactly(settled.trade());
    assertThat(settle(ORDER).settledBefore()).isTrue();
  }

  @Test
  void aRefusedCallLeavesTheOrderToWhoeverItBelongsTo() {
    int other = ACCOUNTS.incrementAndGet();
    get(accounts.replacePositions(other, List.of(), Instant.ofEpochSecond(100)));
    save(ORDER, filled());
    assertFails(flow.settleOrder(exchange, ORDER, other), Failure.CONFLICT);
    assertFails(flow.settleOrder(exchange, ORDER, other), Failure.CONFLICT);

    assertThat(settle(ORDER).counted()).isTrue();
    assertThat(get(accounts.getPositions(other))).isEmpty();
    assertFails(
        flow.settleOrder(exchange, ORDER, other, Instant.ofEpochSecond(200)), Failure.CONFLICT);
  }

  @Test
  void aRefusedReportLeavesTheOrderToWhoeverItBelongsTo() {
    int other = ACCOUNTS.incrementAndGet();
    Trade unknown = part("a", "0.1").toBuilder().set(Trade.SYMBOL, CONTRACT).build();
    assertFails(flow.reportFill(exchange, ORDER, other, unknown), Failure.CONFLICT);

    Trade told = unknown.toBuilder().contractSize(BigDecimal.ONE).build();
    assertThat(report(told).counted()).isTrue();
  }

  @Test
  void aRefusedCallLeavesTheOrderThatWasCountedBefore() {
    get(accounts.replacePositions(account, List.of(), Instant.ofEpochSecond(100)));
    report(part("a", "0.04"));
    save(ORDER, filled().put("status", "canceled").put("final_volume", "0.01"));
    assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT);
    int other = ACCOUNTS.incrementAndGet();

    assertThat(
            assertFails(
                flow.reportFill(exchange, ORDER, other, part("b", "0.06")), Failure.CONFLICT))
        .hasMessageContaining("belongs to account " + account);
  }

  @Test
  void needsTheTimeOfTheFillInASynchronizedAccount() {
    get(accounts.replacePositions(account, List.of(), Instant.ofEpochSecond(100)));
    save(ORDER, filled().put("timestamp", 50));
    assertThat(assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT))
        .hasMessageContaining("filledAt");

    Settlement settled =
        get(flow.settleOrder(exchange, ORDER, account, Instant.ofEpochSecond(200)));

    assertThat(settled.counted()).isTrue();
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).filledAt())
        .isEqualTo(Instant.ofEpochSecond(200));
    assertThat(settle(ORDER).settledBefore()).isTrue();
  }

  @Test
  void ofAnOrderThatASynchronizationContainsNothingIsLeft() {
    get(accounts.replacePositions(account, List.of(), Instant.ofEpochSecond(100)));
    save(ORDER, filled().put("filled_at", 50));

    Settlement settled = settle(ORDER);

    assertThat(settled.counted()).isFalse();
    assertThat(settled.settledBefore()).isFalse();
    assertThat(position().size()).isZero();
    assertThat(position().fee()).isEqualByComparingTo("5");
    assertThat(settle(ORDER).settledBefore()).isTrue();
    assertThat(listed()).hasSize(1);
  }

  // Reported fills

  private static Trade part(String id, String volume) {
    return Trade.builder(id, SYMBOL, Side.BUY)
        .volume(new BigDecimal(volume))
        .price(new BigDecimal("100"))
        .fee(new BigDecimal("0.5"))
        .time(TIME)
        .build();
  }

  private ReportedFill report(Trade trade) {
    return get(flow.reportFill(exchange, ORDER, account, trade));
  }

  private void update(JsonObject news) {
    get(orders.saveOrderData(exchange, ORDER, news.put("symbol", SYMBOL).put("side", "buy")));
  }

  private static Trade at(String id, String volume, String price, String fee) {
    return part(id, volume).toBuilder()
        .price(new BigDecimal(price))
        .fee(fee == null ? null : new BigDecimal(fee))
        .build();
  }

  @Test
  void fillsOfASettledPartCostWhatTheyDoInWhateverOrderTheyCome() {
    update(new JsonObject().put("volume", 2).put("final_volume", 1).put("fill_price", 100));
    settle(ORDER);

    report(at("later", "1", "110", null));
    report(at("settled", "1", "100", null));

    assertThat(position().size()).isEqualByComparingTo("2");
    assertThat(position().costBasis()).isEqualByComparingTo("210");
  }

  @Test
  void theCostTellsWhatCameSinceThePriceWasTold() {
    update(new JsonObject().put("volume", 2).put("status", "new"));
    report(at("a", "1", "100", null));

    update(new JsonObject().put("status", "filled").put("final_volume", 2).put("cost", 300));
    settle(ORDER);

    assertThat(position().costBasis()).isEqualByComparingTo("300");
  }

  @Test
  void theCostOfAPartIsNotThatOfTheWhole() {
    update(
        new JsonObject()
            .put("volume", 2)
            .put("final_volume", 1)
            .put("fill_price", 100)
            .put("cost", 100));
    settle(ORDER);

    update(new JsonObject().put("final_volume", 2).put("fill_price", 100));
    settle(ORDER);

    assertThat(position().costBasis()).isEqualByComparingTo("200");
  }

  @Test
  void theCostOfAPartMakesNoPriceOfTheWhole() {
    update(new JsonObject().put("volume", 10).put("final_volume", 5).put("cost", 500));
    settle(ORDER);
    update(new JsonObject().put("status", "filled").put("final_volume", 10));

    assertThat(assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT))
        .hasMessageContaining("neither fill_price nor cost");
    assertThat(position().size()).isEqualByComparingTo("5");

    update(new JsonObject().put("cost", 1100));
    assertThat(settle(ORDER).trade().price()).isEqualByComparingTo("120");
  }

  /** Whose cost is what it was meant to cost, or contains the fee. */
  @ParameterizedTest
  @CsvSource({"50000, 5000, 0.04, 5000, 0.08", "100, 50.5, 0.5, 101, 1"})
  void thePriceThatIsToldCountsWhateverTheCostIs(
      String mean, String cost, String part, String costThen, String whole) {
    JsonObject told = new JsonObject().put("volume", 1).put("fill_price", mean);
    update(told.copy().put("cost", cost).put("final_volume", part));
    settle(ORDER);
    update(told.copy().put("cost", costThen).put("final_volume", whole));
    settle(ORDER);

    assertThat(listed()).extracting(Trade::price).allMatch(price -> isSame(price, mean));
    assertThat(position().entryPrice()).isEqualByComparingTo(mean);
  }

  private static boolean isSame(BigDecimal number, String other) {
    return number.compareTo(new BigDecimal(other)) == 0;
  }

  @Test
  void thePriceThatIsToldBehindReportedFillsCountsWhateverTheCostIs() {
    update(new JsonObject().put("volume", "0.1").put("price", 50000).put("cost", 5000));
    report(at("a", "0.04", "50000", null));
    update(
        new JsonObject()
            .put("status", "canceled")
            .put("final_volume", "0.08")
            .put("fill_price", 50000));
    settle(ORDER);

    assertThat(position().costBasis()).isEqualByComparingTo("4000");
  }

  @Test
  void theCostCountsForAPriceThatWasToldOfLessHoweverItWasRounded() {
    update(new JsonObject().put("volume", 60).put("final_volume", 1).put("fill_price", "100.0466"));
    settle(ORDER);
    save(ORDER, get(orders.getOrderStatus(exchange, ORDER)).toJson().put("fill_price", 100));
    update(
        new JsonObject().put("status", "filled").put("final_volume", 60).put("cost", "5938.9024"));
    settle(ORDER);

    assertThat(position().costBasis())
        .isCloseTo(new BigDecimal("5938.9024"), within(new BigDecimal("1e-29")));
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).fillPrice()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRD_001", "TRD_", "TRD_ORD_10", "TRD_ORD_1x/1"})
  void theTradeIsCalledAsTheOrderCallsIt(String tradeId) {
    save(ORDER, filled().put("trade_id", tradeId));
    assertThat(settle(ORDER).trade().tradeId()).isEqualTo(tradeId);
    save(ORDER, filled().put("trade_id", tradeId).put("final_volume", "0.2"));

    assertThat(settle(ORDER).trade().tradeId()).isEqualTo("TRD_" + ORDER);
    report(part(tradeId, "0.3"));
    assertThat(listed())
        .extracting(Trade::tradeId)
        .containsExactly(tradeId, "TRD_" + ORDER, "TRD_" + ORDER + "/0.3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRD_ORD_1", "TRD_ORD_1/0.2"})
  void oneThatTheOrderCallsAsSettlingWouldIsCalledAsSettlingDoes(String tradeId) {
    save(ORDER, filled().put("trade_id", tradeId));
    settle(ORDER);
    save(ORDER, filled().put("trade_id", tradeId).put("final_volume", "0.2"));
    settle(ORDER);

    assertThat(listed())
        .extracting(Trade::tradeId)
        .containsExactly("TRD_" + ORDER, "TRD_" + ORDER + "/0.2");
  }

  /** Digits, cost and fees as they came. */
  @ParameterizedTest
  @CsvSource({"0, 0.001", "0.0015, 0.001", "0.00, 0", "-0.0015, 0.0015"})
  void theListGetsReportedFillsAsTheyCame(String fee, String feeOfNext) {
    List<Trade> told =
        List.of(
            at("a", "0.15", "9.9640", fee).toBuilder().cost(new BigDecimal("1.4946")).build(),
            at("b", "0.1", "9.9640", feeOfNext).toBuilder()
                .cost(new BigDecimal("0.9964"))
                .feeCurrency("USD")
                .build());
    told.forEach(this::report);

    assertThat(listed())
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyElementsOf(
            told.stream()
                .map(each -> each.toBuilder().exOrderId(ORDER).exId(exchange).build())
                .toList());
  }

  @Test
  void aFeeOfZeroThatTheOrderTellsIsInTheList() {
    save(ORDER, filled().put("fee", "0.00").put("fee_currency", "BNB"));
    settle(ORDER);

    assertThat(listed().get(0).fee()).isEqualTo("0.00");
    assertThat(listed().get(0).feeCurrency()).isEqualTo("BNB");
  }

  /** Without a currency of which a fee without one is. */
  @Test
  void feesWithAndWithoutACurrencyCountOnceEach() {
    Trade fill = part("a", "1").toBuilder().set(Trade.SYMBOL, "BTC-PERP").build();
    Trade more = fill.toBuilder().fee(BigDecimal.TEN).feeCurrency("BNB").build();
    apply(fill);
    for (int i = 0; i < 2; i++) {
      ReportedFill reported = report(more);
      assertThat(numbers(reported.position())).isEqualTo("1 0.5 {BNB=10}");
      assertThat(reported.order().version()).isEqualTo(report(more).order().version());
    }
    apply(ofOrder(more));

    assertThat(numbers(get(accounts.getPosition("BTC-PERP", account)))).isEqualTo("1 0.5 {BNB=10}");
    Trade listed = get(trades.getTradesList("BTC-PERP", exchange, 10)).get(0);
    assertThat(listed.fee()).isEqualTo("0.5");
    assertThat(listed.fees()).isEqualTo(Map.of("BNB", BigDecimal.TEN));
  }

  @Test
  void aFeeWithoutACurrencyThatCountsTwiceIsTakenBackBesideTheOthers() {
    Instant time = Instant.now();
    Trade fill = part("a", "1").toBuilder().set(Trade.SYMBOL, "BTC-PERP").time(time).build();
    apply(fill);
    save(
        ORDER,
        filled()
            .put("symbol", "BTC-PERP")
            .put("volume", 1)
            .put("final_volume", 1)
            .put("fill_price", 100)
            .put("fee", "0.7"));
    settle(ORDER);

    Trade more = fill.toBuilder().fee(BigDecimal.TEN).feeCurrency("BNB").build();
    assertThat(numbers(report(more).position())).isEqualTo("1 0.7 {BNB=10}");
    Position before =
        Position.of("BTC-PERP", BigDecimal.ZERO, BigDecimal.ZERO).toBuilder()
            .fee(BigDecimal.ZERO)
            .fees(Map.of())
            .build();
    get(accounts.replacePositions(account, List.of(before), time.minusSeconds(1)));
    assertThat(numbers(report(more).position())).isEqualTo("1 0.7 {BNB=10}");
  }

  private static String numbers(Position position) {
    return Decimals.plain(position.size())
        + " "
        + Decimals.plain(position.fee())
        + " "
        + position.fees();
  }

  @Test
  void aRebateOfALaterPartMakesTheFeesSmaller() {
    JsonObject told = new JsonObject().put("fill_price", 100).put("fee_currency", "USDT");
    update(told.copy().put("volume", 1).put("final_volume", "0.5").put("fee", "0.5"));
    settle(ORDER);
    update(told.copy().put("final_volume", 1).put("fee", "0.3"));
    settle(ORDER);

    assertThat(position().fees().get("USDT")).isEqualByComparingTo("0.3");
  }

  @Test
  void aRebateOfALaterFillMakesTheFeesSmaller() {
    update(
        new JsonObject()
            .put("volume", 1)
            .put("final_volume", "0.5")
            .put("fill_price", 100)
            .put("fee", "0.5")
            .put("fee_currency", "USDT"));
    settle(ORDER);
    report(
        at("a", "0.5", "100", null).toBuilder()
            .fee(new BigDecimal("0.5"))
            .feeCurrency("USDT")
            .build());
    report(
        at("b", "0.5", "100", null).toBuilder()
            .fee(new BigDecimal("-0.2"))
            .feeCurrency("USDT")
            .build());

    assertThat(position().fees().get("USDT")).isEqualByComparingTo("0.3");
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).fees().get("USDT"))
        .isEqualByComparingTo("0.3");
  }

  private static Trade half(String id, String fee) {
    return at(id, "0.5", "100", fee).toBuilder().feeCurrency("USDT").build();
  }

  private void assertFee(String fee) {
    assertThat(position().size()).isEqualByComparingTo("1");
    assertThat(position().fees().get("USDT")).isEqualByComparingTo(fee);
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).fees().get("USDT"))
        .isEqualByComparingTo(fee);
  }

  @Test
  void theFeeOfAFillIsNotThatOfMoreWithARebate() {
    update(
        new JsonObject()
            .put("volume", 1)
            .put("final_volume", 1)
            .put("fill_price", 100)
            .put("fees", new JsonObject().put("USDT", "0.5")));
    report(half("a", "1"));
    settle(ORDER);
    assertFee("0.5");
    report(half("b", "-0.5"));

    assertFee("0.5");
  }

  @Test
  void theFeeOfAFillIsNotThatOfMoreWithoutOne() {
    update(new JsonObject().put("volume", 1).put("final_volume", 1).put("fill_price", 100));
    report(half("a", "1"));
    settle(ORDER);
    assertFee("1");
    report(half("b", "-0.5"));

    assertFee("0.5");
  }

  @Test
  void aFillThatIsToldAfterTheNextLeavesItsRebate() {
    AtomicBoolean isNext = new AtomicBoolean();
    Handler<DeliveryContext<Object>> between =
        delivery -> {
          boolean isFirst =
              "pushTradeList".equals(HeldMessages.action(delivery)) && !isNext.getAndSet(true);
          Future<?> before =
              isFirst
                  ? flow.reportFill(exchange, ORDER, account, half("b", "-0.5"))
                  : Future.succeededFuture();
          before.onComplete(v -> delivery.next());
        };
    node.vertx().eventBus().addOutboundInterceptor(between);
    try {
      report(half("a", "1"));
    } finally {
      node.vertx().eventBus().removeOutboundInterceptor(between);
    }
    settle(ORDER);

    assertFee("0.5");
  }

  /** Whose updates tell none. */
  @Test
  void anOrderThatToldMoreWithoutAFeeIsToldThoseOfItsFills() {
    update(new JsonObject().put("volume", 1).put("status", "new"));
    report(at("a", "0.5", "100", "1").toBuilder().feeCurrency("USDT").build());
    update(new JsonObject().put("final_volume", 1).put("fill_price", 100));
    report(at("b", "0.2", "100", "0.4").toBuilder().feeCurrency("USDT").build());
    settle(ORDER);

    assertFee("1.4");
  }

  @Test
  void anOrderThatToldTheFeeZeroOfMoreIsToldThatOfItsFill() {
    update(
        new JsonObject()
            .put("volume", 1)
            .put("final_volume", 1)
            .put("fill_price", 100)
            .put("fees", new JsonObject().put("USDT", "0")));
    report(half("a", "1"));
    settle(ORDER);

    assertFee("1");
  }

  @Test
  void theMeanOfItsFillsIsToldToAnOrderThatToldTheVolumeFirst() {
    update(new JsonObject().put("volume", 2).put("final_volume", 2).put("status", "filled"));
    assertThat(report(at("a", "1", "100", null)).order().fillPrice()).isNull();

    Order order = report(at("b", "1", "110", null)).order();

    assertThat(order.fillPrice()).isEqualByComparingTo("105");
    assertThat(order.filledAt()).isEqualTo(TIME);
    assertThat(settle(ORDER).settledBefore()).isTrue();
    assertThat(position().costBasis()).isEqualByComparingTo("210");
  }

  @Test
  void theMeanOfItsFillsIsNotToldToAnOrderThatToldItsCost() {
    update(new JsonObject().put("volume", 1).put("final_volume", 1).put("cost", 101));

    assertThat(report(at("a", "1", "100", null)).order().fillPrice()).isNull();
  }

  private void synchronizeOne(Instant asOf, String size) {
    Position position = Position.of(SYMBOL, new BigDecimal(size), new BigDecimal("100"));
    get(accounts.upsertPositions(account, List.of(position), asOf));
  }

  private void assertNeedsTime() {
    assertThat(assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT))
        .hasMessageContaining("filledAt");
    assertThat(position().size()).isEqualByComparingTo("5");
    Settlement settled = get(flow.settleOrder(exchange, ORDER, account, TIME.plusSeconds(2)));
    assertThat(settled.counted()).isTrue();
    assertThat(position().size()).isEqualByComparingTo("10");
    assertThat(settle(ORDER).settledBefore()).isTrue();
  }

  @Test
  void theTimeOfAPartIsNotThatOfTheWhole() {
    report(at("a", "5", "100", null));
    synchronizeOne(TIME.plusSeconds(1), "5");
    update(
        new JsonObject()
            .put("status", "filled")
            .put("final_volume", 10)
            .put("fill_price", 101)
            .put("timestamp", TIME.getEpochSecond() + 2));

    assertNeedsTime();
  }

  @Test
  void theTimeOfAFillIsNotThatOfMoreThatWasToldBefore() {
    update(new JsonObject().put("status", "filled").put("final_volume", 10).put("fill_price", 101));
    report(at("a", "5", "100", null));
    synchronizeOne(TIME.plusSeconds(1), "5");

    assertNeedsTime();
  }

  @Test
  void aPartOfWhichNoTimeIsKnownCountsInAnAccountThatWasNeverSynchronized() {
    report(at("a", "5", "100", null));
    update(new JsonObject().put("status", "filled").put("final_volume", 10).put("fill_price", 101));

    assertThat(settle(ORDER).trade().time()).isNull();
    assertThat(position().size()).isEqualByComparingTo("10");
  }

  @Test
  void anEarlierFillThatIsReportedLaterLeavesTheTimeOfTheLast() {
    update(new JsonObject().put("final_volume", 1).put("filled_at", TIME.getEpochSecond() + 9));
    report(at("b", "1", "100", null).toBuilder().time(TIME.plusSeconds(5)).build());

    Order order = report(at("a", "1", "100", null)).order();

    assertThat(order.finalVolume()).isEqualByComparingTo("2");
    assertThat(order.filledAt().getEpochSecond()).isEqualTo(TIME.getEpochSecond() + 9);
  }

  @Test
  void aReportedFillGoesIntoPositionListAndOrderOnce() {
    save(
        ORDER,
        filled()
            .put("status", "open")
            .put("volume", "0.3")
            .put("final_volume", "0")
            .putNull("fee"));
    report(part("a", "0.1"));
    ReportedFill second = report(part("b", "0.1"));
    assertThat(second.counted()).isTrue();
    assertThat(second.order().status()).isEqualTo("partially_filled");
    assertThat(second.order().finalVolume()).isEqualByComparingTo("0.2");
    assertThat(second.order().fillPrice()).isEqualByComparingTo("100");
    assertThat(second.order().filledAt()).isEqualTo(TIME);
    assertThat(report(part("b", "0.1")).counted()).isFalse();

    assertThat(report(part("c", "0.1")).order().status()).isEqualTo("filled");

    assertThat(listed()).extracting(Trade::tradeId).containsExactly("a", "b", "c");
    assertThat(position().size()).isEqualByComparingTo("0.3");
    assertThat(position().fee()).isEqualByComparingTo("1.5");
    assertThat(settle(ORDER).settledBefore()).isTrue();
  }

  @Test
  void aReportedFillMakesTheOrderThatIsNotThere() {
    ReportedFill reported = report(part("a", "0.1"));

    assertThat(reported.order().symbol()).isEqualTo(SYMBOL);
    assertThat(reported.order().side()).isEqualTo(Side.BUY);
    assertThat(reported.order().status()).isEqualTo("partially_filled");
  }

  @Test
  void aReportedFillOfACancelledOrderCountsAndKeepsItsStatus() {
    save(ORDER, filled().put("status", "canceled").put("final_volume", "0.0"));

    assertThat(report(part("a", "0.1")).order().status()).isEqualTo("canceled");
    assertThat(position().size()).isEqualTo("0.1");
  }

  @Test
  void cumulativeUpdatesAndSingleFillsMayComeInAnyMixture() {
    report(part("a", "0.1"));
    save(ORDER, filled().put("status", "open").put("final_volume", "0.2").put("fill_price", "100"));
    settle(ORDER);
    report(part("b", "0.1"));
    report(part("c", "0.1"));

    assertThat(position().size()).isEqualByComparingTo("0.3");
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).finalVolume())
        .isEqualByComparingTo("0.3");
    assertThat(listed()).extracting(Trade::tradeId).containsExactly("a", "TRD_" + ORDER, "c");
  }

  @Test
  void aReportedFillOfAnotherSymbolOrSideIsRefused() {
    save(ORDER, filled());
    for (Trade other :
        List.of(
            part("a", "0.1").toBuilder().set(Trade.SYMBOL, "ETH/USD").build(),
            part("a", "0.1").toBuilder().set(Trade.SIDE, Side.SELL).build())) {
      assertFails(flow.reportFill(exchange, ORDER, account, other), Failure.CONFLICT);
    }
    assertFails(
        flow.reportFill(
            exchange, ORDER, account, part("a", "0.1").toBuilder().exOrderId("X").build()),
        Failure.INVALID_ARGUMENT);
    assertThat(position()).isNull();
  }

  private static final Instant FAR_AHEAD = Instant.ofEpochSecond(253_402_300_000L);

  /** They would be on top of all synchronizations that come. */
  @Test
  void timesFarAheadOfNowAreRefused() {
    save(ORDER, filled());
    Trade fill = part("a", "0.1").toBuilder().time(FAR_AHEAD).build();

    Throwable reported =
        assertFails(flow.reportFill(exchange, ORDER, account, fill), Failure.INVALID_ARGUMENT);
    Throwable settled =
        assertFails(
            flow.settleOrder(exchange, ORDER, account, FAR_AHEAD), Failure.INVALID_ARGUMENT);

    assertThat(reported)
        .hasMessage("trade.time: must be at most 24 h ahead of now, got " + FAR_AHEAD);
    assertThat(settled).hasMessage("filledAt: must be at most 24 h ahead of now, got " + FAR_AHEAD);
    assertThat(listed()).isEmpty();
    assertThat(position()).isNull();
    Instant soon = Instant.now().plusSeconds(300);
    assertThat(get(flow.settleOrder(exchange, ORDER, account, soon)).counted()).isTrue();
  }

  @Test
  void anOrderThatWasFilledFarAheadOfNowNeedsAnotherTime() {
    save(ORDER, filled().put("filled_at", FAR_AHEAD.getEpochSecond()));

    assertThat(assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT))
        .hasMessageContaining(FAR_AHEAD.toString())
        .hasMessageContaining("filledAt");

    assertThat(position()).isNull();
    Settlement settled = get(flow.settleOrder(exchange, ORDER, account, TIME));
    assertThat(settled.trade().time()).isEqualTo(TIME);
    assertThat(settle(ORDER).settledBefore()).isTrue();
  }

  @Test
  void anAppliedFillThatIsReportedGoesIntoTheListToo() {
    get(accounts.applyFill(account, part("a", "0.1")));

    assertThat(report(part("a", "0.1")).counted()).isFalse();
    assertThat(report(part("a", "0.1")).counted()).isFalse();

    assertThat(position().size()).isEqualTo("0.1");
    assertThat(listed()).extracting(Trade::tradeId).containsExactly("a");
  }

  @Test
  void settlesOrdersWhoseIdIsAsLongAsItMayBe() {
    String id = "ORD:" + "%é{".repeat(41) + "x";
    assertThat(id).hasSize(128);
    save(id, filled());

    Settlement settlement = settle(id);

    assertThat(settlement.trade().tradeId()).isEqualTo("TRD_" + id);
    assertThat(settle(id).settledBefore()).isTrue();
    assertThat(listed()).containsExactly(settlement.trade());
    assertThat(position().size()).isEqualTo("0.10");
    assertThat(get(trades.drainTradesList(SYMBOL, exchange, 10)))
        .containsExactly(settlement.trade());
  }

  private void apply(Trade fill) {
    get(accounts.applyFill(account, fill));
  }

  private static Trade ofOrder(Trade fill) {
    return fill.toBuilder().exOrderId(ORDER).build();
  }

  private BigDecimal listedVolume() {
    return listed().stream().map(Trade::volume).reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  @Test
  void ofAFillThatWasPartlySettledTheListGetsTheRest() {
    tell("0.04", "100", "0");
    settle(ORDER);
    apply(ofOrder(part("a", "0.1")));

    report(part("a", "0.1"));
    report(part("a", "0.1"));

    assertThat(position().size()).isEqualByComparingTo("0.1");
    assertThat(listedVolume()).isEqualByComparingTo("0.1");
  }

  @Test
  void aFillThatWasSettledBeforeItsOrderWasNamedIsListedOnce() {
    apply(part("a", "0.1"));
    tell("0.1", "100", "0");
    settle(ORDER);
    assertThat(position().size()).isEqualByComparingTo("0.2");

    report(part("a", "0.1"));

    assertThat(position().size()).isEqualByComparingTo("0.1");
    assertThat(listedVolume()).isEqualByComparingTo("0.1");
  }

  @Test
  void aReportWithoutTheOrderLeavesWhatIsCountedOfIt() {
    Trade free = ofOrder(part("a", "0.06")).toBuilder().fee(null).build();
    apply(free);
    apply(ofOrder(part("b", "0.04")));
    apply(part("a", "0.06"));
    tell("0.10", "100", "1.0");

    assertThat(settle(ORDER).settledBefore()).isTrue();
    assertThat(position().size()).isEqualTo("0.10");
    assertThat(position().fee()).isEqualByComparingTo("1");
  }

  @Test
  void fillsThatRepeatWhatIsSettledChangeNoPrice() {
    tell("0.3", "100", "0");
    settle(ORDER);
    for (String id : List.of("a", "b", "c")) {
      apply(ofOrder(part(id, "0.1")).toBuilder().price(new BigDecimal("101")).build());
    }
    tell("0.4", "100", "0");

    assertThat(settle(ORDER).trade().price()).isEqualByComparingTo("100");
    assertThat(position().costBasis()).isEqualByComparingTo("40");
  }

  private static Trade inverse(String id, String volume, String price) {
    return part(id, volume).toBuilder()
        .set(Trade.SYMBOL, "BTC/USD:BTC")
        .price(new BigDecimal(price))
        .build();
  }

  @Test
  void theMeanOfAnInverseContractIsItsOwnWhoeverTellsIt() {
    Position open =
        Position.builder("BTC/USD:BTC")
            .size(BigDecimal.TEN)
            .entryPrice(BigDecimal.TEN)
            .inverse(true)
            .build();
    get(accounts.upsertPositions(account, List.of(open)));

    report(inverse("a", "2", "40"));
    assertThat(report(inverse("b", "2", "120")).order().fillPrice()).isEqualByComparingTo("60");
  }

  @Test
  void theMeanOfAnInverseContractIsItsOwnInASynchronizationToo() {
    get(accounts.replacePositions(account, List.of(), Instant.now()));
    get(symbols.putSymbol(Symbol.builder(exchange, "BTC/USD:BTC").inverse(true).build()));

    report(inverse("a", "2", "40"));
    assertThat(report(inverse("b", "2", "120")).order().fillPrice()).isEqualByComparingTo("60");
  }

  @Test
  void whatATradeDoesNotTellOfItsContractTheSymbolTells() {
    get(symbols.putSymbol(Symbol.builder(exchange, "BTC/USD:BTC").inverse(true).build()));

    Trade told = inverse("a", "2", "40").toBuilder().contractSize(BigDecimal.TEN).build();

    assertThat(report(told).position().costBasis()).isEqualByComparingTo("0.5");
  }

  @Test
  void aContainedPartOfAnOrderIsCountedForIt() {
    get(accounts.replacePositions(account, List.of(), Instant.now()));
    apply(ofOrder(part("a", "0.04")));
    save(ORDER, filled().put("filled_at", Instant.now().getEpochSecond() + 30));

    assertThat(settle(ORDER).trade().volume()).isEqualTo("0.06");
    assertThat(position().size()).isEqualTo("0.06");
  }

  @Test
  void whatIsCountedOfAnOrderIsKnownForLongerThanAnyOrderLives() {
    report(part("a", "0.1"));

    String key = "fullon:{account:" + account + "}:order:" + SYMBOL + ":" + ORDER;
    assertThat(node.redis(Command.PTTL, key).toLong())
        .isBetween(34_560_000_000L - 60_000, 34_560_000_000L);
  }

  @Test
  void aContractSizeOfZeroTellsNothing() {
    get(symbols.putSymbol(Symbol.builder(exchange, SYMBOL).contractSize(BigDecimal.ZERO).build()));

    assertThat(report(part("a", "0.1")).counted()).isTrue();
  }

  @Test
  void aFillIsOfTheSideOfTheHedgeThatItsOrderIsOf() {
    save(
        ORDER,
        filled().put("status", "open").put("final_volume", "0").put("position_side", "long"));

    assertThat(report(part("a", "0.1")).position().positionSide()).isEqualTo(HedgeSide.LONG);
    assertThat(position()).isNull();
  }

  @Test
  void anOrderThatIsMadeKnowsItsSideOfTheHedge() {
    report(part("a", "0.1").toBuilder().positionSide(HedgeSide.SHORT).build());
    get(
        orders.saveOrderData(
            exchange, ORDER, new JsonObject().put("final_volume", "0.3").put("fill_price", "100")));
    settle(ORDER);

    assertThat(position()).isNull();
    assertThat(get(accounts.getPosition(SYMBOL, account, HedgeSide.SHORT)).size())
        .isEqualByComparingTo("0.3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Executed", "partially-canceled", "KILLED", "expired_in_match", "closed"})
  void aReportedFillOfAnOrderThatIsFinalHoweverSpelledKeepsItsStatus(String status) {
    save(ORDER, filled().put("status", status).put("final_volume", "0.1"));

    report(part("a", "0.1"));
    Order order = report(part("b", "0.1")).order();

    assertThat(order.status()).isEqualTo(status);
    assertThat(order.finalVolume()).isEqualByComparingTo("0.2");
    save(ORDER, filled().put("status", status).put("final_volume", "0.1"));
    assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT);
  }

  @Test
  void aFillBeyondTheVolumeIsNotRefused() {
    save(ORDER, filled().put("status", "open").put("volume", "0.1").put("final_volume", "0"));

    Order order = report(part("a", "0.3")).order();

    assertThat(order.status()).isEqualTo("filled");
    assertThat(order.finalVolume()).isEqualByComparingTo("0.3");
  }

  @Test
  void aFeeInACurrencyLeavesThoseInOthers() {
    save(
        ORDER,
        filled()
            .put("status", "open")
            .put("final_volume", "0.1")
            .putNull("fee")
            .put("fees", new JsonObject().put("BNB", "2").put("USD", "0.1")));

    Order order = report(part("a", "0.1")).order();

    assertThat(order.fees())
        .isEqualTo(Map.of("BNB", new BigDecimal("2"), "USD", new BigDecimal("0.5")));
  }

  @Test
  void aRebateMakesTheFeesOfTheOrderSmaller() {
    report(part("a", "0.1"));
    Trade rebate = part("b", "0.1").toBuilder().fee(new BigDecimal("-0.1")).build();

    assertThat(report(rebate).order().fees()).isEqualTo(Map.of("USD", new BigDecimal("0.4")));
  }

  @Test
  void aRebateThatComesLateAndAloneMakesTheFeesOfTheOrderSmaller() {
    report(part("a", "0.1"));
    Trade bare = part("b", "0.1").toBuilder().fee(null).feeCurrency(null).build();
    report(bare);
    Trade rebate = bare.toBuilder().fee(new BigDecimal("-0.1")).feeCurrency("USD").build();

    assertThat(report(rebate).order().fees()).isEqualTo(Map.of("USD", new BigDecimal("0.4")));
    assertThat(report(rebate).order().fees()).isEqualTo(Map.of("USD", new BigDecimal("0.4")));
    assertThat(position().fee()).isEqualByComparingTo("0.4");
  }

  @Test
  void aRebateDoesNotTakeFromWhatAnOrderTellsBesides() {
    report(part("a", "0.1"));
    Trade bare = part("b", "0.1").toBuilder().fee(null).feeCurrency(null).build();
    report(bare);
    get(
        orders.saveOrderData(
            exchange, ORDER, new JsonObject().put("fees", new JsonObject().put("USD", "0.7"))));
    Trade rebate = bare.toBuilder().fee(new BigDecimal("-0.1")).feeCurrency("USD").build();

    assertThat(report(rebate).order().fees()).isEqualTo(Map.of("USD", new BigDecimal("0.7")));
  }

  @Test
  void anOrderThatIsAnotherOneByThenIsHalfDone() {
    Handler<DeliveryContext<Object>> between =
        delivery -> {
          Future<?> before = Future.succeededFuture();
          if ("pushTradeList".equals(HeldMessages.action(delivery))) {
            before =
                orders.saveOrder(
                    exchange, Order.builder().exOrderId(ORDER).symbol("OTHER/USD").build());
          }
          before.onComplete(v -> delivery.next());
        };
    node.vertx().eventBus().addOutboundInterceptor(between);
    try {
      assertThat(
              assertFails(
                  flow.reportFill(exchange, ORDER, account, part("a", "0.1")), Failure.CONFLICT))
          .hasMessageContaining("not yet in the list and the order");
    } finally {
      node.vertx().eventBus().removeOutboundInterceptor(between);
    }
    assertThat(position().size()).isEqualByComparingTo("0.1");
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).finalVolume()).isNull();
  }

  @Test
  void whateverBecomesOfTheOrderMeanwhileItIsToldItsFills() {
    for (int i = 0; i < 100; i++) {
      String id = "race-" + i;
      JsonObject open =
          filled().put("status", "open").put("final_volume", "0").put("volume", "0.05");
      save(id, open);
      Future<ReportedFill> reported = flow.reportFill(exchange, id, account, part(id, "0.1"));
      JsonObject late = new JsonObject().put("status", "canceled");
      Future<Order> cancelled = orders.saveOrderData(exchange, id, late);
      get(Future.all(reported, cancelled));

      assertThat(get(orders.getOrderStatus(exchange, id)).finalVolume())
          .as(id)
          .isEqualByComparingTo("0.1");
    }
  }

  @Test
  void countsAnOrderOnceByWhicheverOfItsIds() {
    save("own", filled().put("ex_order_id", "own").put("status", "open").put("final_volume", "0"));
    get(orders.bindOrder(exchange, "own", ORDER));
    report(part("a", "0.1"));
    get(flow.reportFill(exchange, "own", account, part("a", "0.1")));
    get(flow.settleOrder(exchange, "own", account));

    assertThat(position().size()).isEqualByComparingTo("0.1");
    assertThat(listed()).extracting(Trade::tradeId).containsExactly("a");
  }

  @Test
  void whatIsCountedOfAnOrderBeforeItIsBoundIsCountedOfIt() {
    get(flow.reportFill(exchange, "own", account, part("a", "0.04")));
    save("own", filled().put("ex_order_id", "own"));
    get(flow.settleOrder(exchange, "own", account));
    get(orders.bindOrder(exchange, "own", ORDER));

    assertThat(settle(ORDER).settledBefore()).isTrue();
    assertThat(report(part("a", "0.04")).counted()).isFalse();
    assertThat(report(part("b", "0.06")).counted()).isFalse();
    assertThat(position().size()).isEqualByComparingTo("0.1");
    assertThat(listedVolume()).isEqualByComparingTo("0.1");
  }

  // Own ids

  private static Trade whole(String id) {
    return part(id, "1").toBuilder().fee(null).build();
  }

  private void filledTwo() {
    JsonObject order =
        filled().put("volume", "2").put("final_volume", "2").put("fill_price", "100");
    get(orders.saveOrderData(exchange, ORDER, order.putNull("fee")));
  }

  private void reportOwn(Trade fill) {
    get(flow.reportFill(exchange, "own", account, fill));
  }

  @Test
  void whatIsCountedUnderBothIdsOfAnOrderIsCountedOfIt() {
    reportOwn(whole("a"));
    get(orders.bindOrder(exchange, "own", ORDER));
    apply(ofOrder(whole("b")));
    filledTwo();

    assertThat(settle(ORDER).settledBefore()).isTrue();
    assertThat(position().size()).isEqualByComparingTo("2");
    report(whole("b"));
    assertThat(listedVolume()).isEqualByComparingTo("2");
  }

  @Test
  void whatIsReportedUnderBothIdsOfAnOrderIsCountedOfIt() {
    reportOwn(whole("a"));
    apply(ofOrder(whole("b")));
    report(whole("b"));
    get(orders.bindOrder(exchange, "own", ORDER));
    filledTwo();

    assertThat(settle(ORDER).settledBefore()).isTrue();
    assertThat(position().size()).isEqualByComparingTo("2");
    assertThat(listedVolume()).isEqualByComparingTo("2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFillThatIsReportedUnderBothIdsOfAnOrderIsCountedOnce(boolean ownFirst) {
    apply(at("0", "1", "50", "0"));
    Trade fill = whole("a");
    Trade withFee = fill.toBuilder().fee(new BigDecimal("0.5")).build();
    if (ownFirst) {
      reportOwn(fill);
      report(fill);
      reportOwn(withFee);
    } else {
      report(fill);
      reportOwn(withFee);
      report(fill);
    }
    get(orders.bindOrder(exchange, "own", ORDER));

    ReportedFill next = report(whole("b"));

    assertThat(next.order().finalVolume()).isEqualByComparingTo("2");
    assertThat(position().size()).isEqualByComparingTo("3");
    assertThat(position().costBasis()).isEqualByComparingTo("250");
    assertThat(position().realizedPnl()).isEqualByComparingTo("0");
    assertThat(position().fee()).isEqualByComparingTo("0.5");
    assertThat(report(withFee).counted()).isFalse();
    reportOwn(withFee);
    filledTwo();
    assertThat(settle(ORDER).settledBefore()).isTrue();
    assertThat(position().size()).isEqualByComparingTo("3");
    assertThat(position().fee()).isEqualByComparingTo("0.5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"own", ORDER})
  void aFillIsCountedOnceWhenItsOrderIsBoundWhileItIsReported(String id) {
    if (id.equals(ORDER)) {
      reportOwn(whole("a"));
    }
    Trade told = whole("a").toBuilder().contractSize(BigDecimal.ONE).inverse(false).build();
    try (HeldMessages held = new HeldMessages(node.vertx(), "getSymbol", exchange)) {
      Future<ReportedFill> late = flow.reportFill(exchange, id, account, whole("a"));
      await().until(() -> held.count() == 1);
      get(orders.bindOrder(exchange, "own", ORDER));
      if (id.equals("own")) {
        report(told);
      }
      held.letGo();

      assertThat(get(late).order().exOrderId()).isEqualTo(ORDER);
      assertThat(get(late).counted()).isFalse();
      assertThat(get(late).position().size()).isEqualByComparingTo("1");
    }
    assertThat(position().size()).isEqualByComparingTo("1");
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).finalVolume()).isEqualByComparingTo("1");
  }

  @Test
  void aFillIsCountedWhenItsOrderIsBoundWhileItIsReported() {
    try (HeldMessages held = new HeldMessages(node.vertx(), "getSymbol", exchange)) {
      Future<ReportedFill> late = flow.reportFill(exchange, "own", account, whole("a"));
      await().until(() -> held.count() == 1);
      get(orders.bindOrder(exchange, "own", ORDER));
      held.letGo();

      assertThat(get(late).counted()).isTrue();
      assertThat(get(late).trade().exOrderId()).isEqualTo(ORDER);
    }
    assertThat(position().size()).isEqualByComparingTo("1");
  }

  @Test
  void aSynchronizationContainsAFillThatWasReportedUnderBothIdsOfAnOrderOnce() {
    report(whole("a"));
    reportOwn(whole("a"));
    Position one =
        Position.builder(SYMBOL).size(BigDecimal.ONE).entryPrice(new BigDecimal("100")).build();
    get(accounts.upsertPositions(account, List.of(one), TIME.plusSeconds(1)));
    get(orders.bindOrder(exchange, "own", ORDER));

    report(whole("b").toBuilder().time(TIME.plusSeconds(2)).build());

    assertThat(position().size()).isEqualByComparingTo("2");
    assertThat(position().costBasis()).isEqualByComparingTo("200");
  }

  @Test
  void settlingTakesBackAFillThatWasReportedUnderBothIdsOfAnOrder() {
    report(whole("a"));
    reportOwn(whole("a"));
    get(orders.bindOrder(exchange, "own", ORDER));

    assertThat(settle(ORDER).position().size()).isEqualByComparingTo("1");
    filledTwo();
    assertThat(settle(ORDER).counted()).isTrue();
    assertThat(position().size()).isEqualByComparingTo("2");
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).finalVolume()).isEqualByComparingTo("2");
  }

  @Test
  void anAppliedFillThatIsReportedUnderTheOtherIdOfItsOrderIsListedOnce() {
    apply(ofOrder(whole("a")));
    reportOwn(whole("a"));
    get(orders.bindOrder(exchange, "own", ORDER));

    assertThat(report(whole("a")).position().size()).isEqualByComparingTo("1");
    assertThat(listedVolume()).isEqualByComparingTo("1");
  }

  @Test
  void fillsOfOtherNumbersUnderBothIdsOfAnOrderAreTwo() {
    report(whole("a"));
    reportOwn(part("a", "0.5"));
    get(orders.bindOrder(exchange, "own", ORDER));

    assertThat(report(whole("b")).order().finalVolume()).isEqualByComparingTo("2.5");
    assertThat(position().size()).isEqualByComparingTo("2.5");
  }

  @Test
  void whatIsSettledOfAnOrderUnderBothItsIdsCountsOnce() {
    apply(whole("0").toBuilder().price(new BigDecimal("50")).build());
    reportOwn(part("a", "1"));
    JsonObject half = filled().put("volume", "2").put("status", "open").put("final_volume", "1");
    save(ORDER, half.put("fill_price", "100").put("fee", "0.5"));
    settle(ORDER);
    get(orders.bindOrder(exchange, "own", ORDER));

    settle(ORDER);

    assertThat(position().size()).isEqualByComparingTo("2");
    assertThat(position().costBasis()).isEqualByComparingTo("150");
    assertThat(position().fee()).isEqualByComparingTo("0.5");
    assertThat(position().realizedPnl()).isEqualByComparingTo("0");
    filledTwo();
    settle(ORDER);
    assertThat(position().size()).isEqualByComparingTo("3");
  }

  @Test
  void anOwnIdThatIsUsedAgainIsThatOfAnotherOrder() {
    reportOwn(part("a", "0.1"));
    get(orders.bindOrder(exchange, "own", ORDER));
    settle(ORDER);
    get(orders.deleteOrder(exchange, ORDER));
    save("own", filled().put("status", "open").put("final_volume", "0"));
    get(orders.bindOrder(exchange, "own", "ORD_2"));
    save("ORD_2", filled().put("fill_price", "100"));

    assertThat(settle("ORD_2").counted()).isTrue();
    assertThat(position().size()).isEqualByComparingTo("0.2");
  }

  @Test
  void anOwnIdThatIsUsedAgainMayBeOfAnotherAccount() {
    reportOwn(part("a", "0.1"));
    get(orders.bindOrder(exchange, "own", ORDER));
    settle(ORDER);
    get(orders.deleteOrder(exchange, ORDER));
    int other = ACCOUNTS.incrementAndGet();

    assertThat(get(flow.reportFill(exchange, "own", other, part("b", "0.1"))).counted()).isTrue();
  }

  @Test
  void anOrderStaysOfItsAccountWhenItIsBound() {
    reportOwn(part("a", "0.1"));
    get(orders.bindOrder(exchange, "own", ORDER));
    int other = ACCOUNTS.incrementAndGet();

    for (int i = 0; i < 2; i++) {
      assertThat(assertFails(flow.settleOrder(exchange, ORDER, other, TIME), Failure.CONFLICT))
          .hasMessageContaining("belongs to account " + account);
    }
    assertThat(settle(ORDER).settledBefore()).isTrue();
    assertThat(assertFails(flow.settleOrder(exchange, ORDER, other, TIME), Failure.CONFLICT))
        .hasMessageContaining("belongs to account " + account);
    assertThat(get(accounts.getPositions(other))).isEmpty();
  }

  @Test
  void anOwnIdThatIsTheExchangesOfAnotherOrderLeavesThatAlone() {
    int other = ACCOUNTS.incrementAndGet();
    save("3", filled());
    get(flow.settleOrder(exchange, "3", other));
    save(ORDER, filled().put("client_order_id", "3"));

    assertThat(settle(ORDER).counted()).isTrue();
    assertThat(get(flow.settleOrder(exchange, "3", other)).settledBefore()).isTrue();
  }

  @Test
  void anOwnIdThatIsOnlySaidLeavesTheOrderOfThatIdAlone() {
    apply(part("a", "3").toBuilder().exOrderId("3").build());
    JsonObject said = filled().put("client_order_id", "3").put("volume", "9").put("status", "open");
    get(orders.saveOrderData(exchange, ORDER, said.put("final_volume", "0").putNull("fill_price")));

    assertThat(report(part("b", "2")).order().finalVolume()).isEqualByComparingTo("2");
    save("3", filled().put("volume", "3").put("final_volume", "3").put("fee", "0.5"));
    assertThat(settle("3").settledBefore()).isTrue();
    assertThat(position().size()).isEqualByComparingTo("5");
  }

  @Test
  void theTradeThatAnOrderNamesHidesNoPartFromTheList() {
    save(ORDER, filled().put("trade_id", "a").put("status", "open").putNull("fee"));
    settle(ORDER);
    report(part("b", "0.1"));
    report(part("a", "0.1"));

    assertThat(position().size()).isEqualByComparingTo("0.2");
    assertThat(listedVolume()).isEqualByComparingTo("0.2");
    assertThat(listed()).extracting(Trade::tradeId).containsExactly("a", "TRD_" + ORDER + "/0.2");
  }

  @Test
  void anAppliedPartWithTheIdThatAnOrderNamesIsListedBesideWhatIsSettledLater() {
    JsonObject order = filled().put("trade_id", "a").put("status", "open").putNull("fee");
    save(ORDER, order);
    settle(ORDER);
    apply(ofOrder(part("b", "0.1")));
    apply(ofOrder(part("a", "0.1")));
    for (String volume : List.of("0.25", "0.3")) {
      save(ORDER, order.put("final_volume", volume));
      settle(ORDER);
    }
    report(part("a", "0.1"));

    assertThat(position().size()).isEqualByComparingTo("0.3");
    assertThat(listedVolume()).isEqualByComparingTo("0.3");
  }

  private String listedParts() {
    StringJoiner parts = new StringJoiner("; ");
    for (Trade each : listed()) {
      parts.add(
          String.join(
              " ",
              Decimals.plain(each.volume().stripTrailingZeros()),
              Decimals.plain(each.price().stripTrailingZeros()),
              Decimals.plain(Fees.of(each.fee(), each.feeCurrency(), each.fees()).get("USD"))));
    }
    return parts.toString();
  }

  private static Trade dearer() {
    return part("a", "1").toBuilder()
        .price(new BigDecimal("110"))
        .fee(new BigDecimal("0.10"))
        .feeCurrency("USD")
        .build();
  }

  private void halfSettled() {
    save(
        ORDER,
        filled()
            .put("volume", "1")
            .put("status", "open")
            .put("final_volume", "0.5")
            .put("fill_price", "100")
            .put("fee", "0.05")
            .put("fee_currency", "USD"));
    settle(ORDER);
  }

  private void assertOneForHundredAndTen() {
    assertThat(position().size()).isEqualByComparingTo("1");
    assertThat(position().costBasis()).isEqualByComparingTo("110");
    assertThat(position().fee()).isEqualByComparingTo("0.1");
    assertThat(position().realizedPnl()).isEqualByComparingTo("0");
  }

  @Test
  void theShareOfAnAppliedFillIsListedWithItsOwnPriceAndFee() {
    halfSettled();
    apply(ofOrder(dearer()));
    report(dearer());

    assertOneForHundredAndTen();
    assertThat(listedParts()).isEqualTo("0.5 100 0.05; 0.5 120 0.05");
  }

  @Test
  void theFeeThatAnAppliedFillIsToldLaterIsInTheListToo() {
    halfSettled();
    apply(ofOrder(dearer()).toBuilder().fee(null).feeCurrency(null).build());
    report(dearer());

    assertOneForHundredAndTen();
    assertThat(listedParts()).isEqualTo("0.5 100 0.05; 0.5 120 0.05");
  }

  @Test
  void theShareOfAFillThatIsGivenToItsOrderIsListedWithItsOwnPriceAndFee() {
    apply(dearer());
    halfSettled();
    report(dearer());

    assertOneForHundredAndTen();
    assertThat(listedParts()).isEqualTo("0.5 100 0.05; 0.5 120 0.05");
  }

  @Test
  void aFillThatIsGivenToItsOrderByItsAccountIsListedWithItsOwnPriceAndFee() {
    apply(dearer());
    halfSettled();
    apply(ofOrder(dearer()));
    report(dearer());

    assertOneForHundredAndTen();
    assertThat(listedParts()).isEqualTo("0.5 100 0.05; 0.5 120 0.05");
  }

  @Test
  void whatIsGivenToASettledOrderIsTakenBackWithoutProfit() {
    apply(part("0", "1").toBuilder().price(new BigDecimal("50")).fee(null).build());
    Trade fill = whole("a").toBuilder().price(new BigDecimal("110")).build();
    apply(fill);
    save(
        ORDER,
        filled()
            .put("volume", "1")
            .put("final_volume", "1")
            .put("fill_price", "110")
            .putNull("fee"));
    settle(ORDER);

    report(fill);

    assertThat(position().size()).isEqualByComparingTo("2");
    assertThat(position().costBasis()).isEqualByComparingTo("160");
    assertThat(position().entryPrice()).isEqualByComparingTo("80");
    assertThat(position().realizedPnl()).isEqualByComparingTo("0");
  }

  @Test
  void aLateFeeInTheBaseCurrencyOfAnOrderMakesNoProfit() {
    apply(part("0", "1").toBuilder().price(new BigDecimal("50")).fee(null).build());
    JsonObject order =
        filled().put("volume", "1").put("final_volume", "1").put("fill_price", "110");
    save(ORDER, order.putNull("fee"));
    settle(ORDER);
    save(ORDER, order.put("fee", "0.1").put("fee_currency", "BTC"));
    settle(ORDER);

    assertThat(position().size()).isEqualByComparingTo("1.9");
    assertThat(position().costBasis()).isEqualByComparingTo("149");
    assertThat(position().realizedPnl()).isEqualByComparingTo("0");
  }

  @Test
  void whatAnEarlierVersionSettledStaysSettled() {
    save(ORDER, filled());
    node.redis(
        Command.HSET,
        "fullon:{account:" + account + "}:fill:" + SYMBOL + ":TRD_" + ORDER,
        "buy " + ORDER,
        "");

    Settlement settlement = settle(ORDER);

    assertThat(settlement.settledBefore()).isTrue();
    assertThat(settlement.trade().tradeId()).isEqualTo("TRD_" + ORDER);
    assertThat(position()).isNull();
  }

  @Test
  void whatAFullListRefusedIsFinishedByWhateverCallComesNext() {
    JsonObject config =
        new JsonObject()
            .put("trades", new JsonObject().put("max_list", 1).put("on_full", "refuse"));
    try (CacheNode strict = CacheNode.start(node.redis(), config)) {
      FlowCache strictly = FlowCache.proxy(strict.vertx());
      save(
          ORDER,
          filled()
              .put("status", "open")
              .put("final_volume", "0")
              .putNull("fee")
              .putNull("fill_price"));
      get(strictly.reportFill(exchange, ORDER, account, part("a", "0.1")));
      assertFails(
          strictly.reportFill(exchange, ORDER, account, part("b", "0.1")), Failure.CONFLICT);
      save("ORD_2", filled());
      assertFails(strictly.settleOrder(exchange, "ORD_2", account), Failure.CONFLICT);
      assertThat(position().size()).isEqualByComparingTo("0.3");
      // The update that would have told of it never came.
      save(
          ORDER,
          filled()
              .put("status", "open")
              .put("final_volume", "0")
              .putNull("fee")
              .putNull("fill_price"));

      get(trades.drainTradesList(SYMBOL, exchange, 10));
      assertThat(get(strictly.settleOrder(exchange, ORDER, account)).settledBefore()).isTrue();
      assertThat(get(trades.drainTradesList(SYMBOL, exchange, 10)))
          .extracting(Trade::tradeId)
          .containsExactly("b");
      assertThat(get(strictly.settleOrder(exchange, "ORD_2", account)).settledBefore()).isTrue();
      assertThat(listed()).extracting(Trade::tradeId).containsExactly("TRD_ORD_2");
    }
    assertThat(get(orders.getOrderStatus(exchange, ORDER)).finalVolume())
        .isEqualByComparingTo("0.2");
    assertThat(position().size()).isEqualByComparingTo("0.3");
  }

  // Conflicts

  @ParameterizedTest
  @CsvSource({
    "final_volume, ,                 no final_volume above zero",
    "final_volume, 0.000,            no final_volume above zero",
    "final_volume, -1,               no final_volume above zero",
    "fill_price,   ,                 neither fill_price nor cost",
    "symbol,       ,                 no symbol",
    "side,         ,                 no side",
  })
  void refusesAnOrderThatCannotBeSettled(String field, String value, String reason) {
    save(ORDER, filled().put(field, value));

    assertThat(assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT))
        .hasMessageContaining(ORDER)
        .hasMessageContaining(reason);

    assertThat(listed()).isEmpty();
    assertThat(position()).isNull();
  }

  @Test
  void refusesAnOrderThatIsNotThere() {
    save(ORDER, filled());

    assertThat(assertFails(flow.settleOrder(exchange, "ORD_2", account), Failure.CONFLICT))
        .hasMessageContaining("ORD_2")
        .hasMessageContaining("there is none");
    assertFails(flow.settleOrder(exchange + "-2", ORDER, account), Failure.CONFLICT);

    assertThat(position()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "canceled", "expired", "closed", "partially_filled"})
  void settlesWhateverTheStatus(String status) {
    save(ORDER, filled().put("status", status));

    assertThat(settle(ORDER).settledBefore()).isFalse();
    assertThat(position().size()).isEqualTo("0.10");
  }

  private void saveContract(String id) {
    save(id, filled().put("symbol", CONTRACT));
  }

  @Test
  void refusesAnOrderWhoseContractNobodyHasTold() {
    saveContract(ORDER);

    assertThat(assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT))
        .hasMessageContaining("contract");
    assertThat(get(trades.getTradesList(CONTRACT, exchange, 10))).isEmpty();
  }

  @Test
  void countsInTheContractOfTheSymbol() {
    get(
        symbols.putSymbol(
            Symbol.builder(exchange, CONTRACT).contractSize(new BigDecimal("0.01")).build()));
    saveContract(ORDER);

    assertThat(settle(ORDER).position().costBasis()).isEqualByComparingTo("50.0005");
  }

  @Test
  void saysConflictWhenTheSizeWouldHaveTooManyDigits() {
    save(ORDER, filled().put("final_volume", "0." + "0".repeat(60) + "1"));
    Position large = Position.of(SYMBOL, new BigDecimal("1e20"), BigDecimal.TEN);
    get(accounts.upsertPositions(account, List.of(large)));

    assertThat(assertFails(flow.settleOrder(exchange, ORDER, account), Failure.CONFLICT))
        .hasMessageContaining("size");
    assertThat(listed()).isEmpty();
  }

  // Plain JSON

  @Test
  void speaksPlainJson() {
    exchange = String.valueOf(account);
    save("7", filled().put("filled_at", 1_767_225_600));
    JsonObject call =
        new JsonObject().put("exId", account).put("exOrderId", 7).put("accountId", account);

    JsonObject settlement = (JsonObject) get(node.call(FlowCache.ADDRESS, "settleOrder", call));

    assertThat(settlement.getJsonObject("position").getString("size")).isEqualTo("0.10");
    settlement.remove("position");
    assertThat(settlement)
        .isEqualTo(
            new JsonObject()
                .put(
                    "trade",
                    new JsonObject()
                        .put("trade_id", "TRD_7")
                        .put("symbol", SYMBOL)
                        .put("side", "buy")
                        .put("volume", "0.10")
                        .put("price", "50000.50")
                        .put("cost", "5000.0500")
                        .put("fee", "5.0")
                        .put("ex_order_id", "7")
                        .put("ex_id", exchange)
                        .put("order_type", "limit")
                        .put("uid", "user 1")
                        .put("time", 1_767_225_600.0))
                .put("counted", true)
                .put("settled_before", false));
  }
}
