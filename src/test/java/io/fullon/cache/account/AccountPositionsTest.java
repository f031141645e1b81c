package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.call;
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
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class AccountPositionsTest {

  private static final String BTC = "BTC/USD_PERP";
  private static final String ETH = "ETH/USD_210924";

  @AutoClose private static final CacheNode node = Accounts.node(new JsonObject());

  private final AccountCache accounts = AccountCache.proxy(node.vertx());
  private final int exId = newAccount();

  private int upsert(Position... positions) {
    return get(accounts.upsertPositions(exId, List.of(positions)));
  }

  private int replace(Position... positions) {
    return get(accounts.replacePositions(exId, List.of(positions), null));
  }

  private List<String> all() {
    return get(accounts.getPositions(exId)).stream()
        .map(position -> position.symbol() + " " + position.size() + " v" + position.version())
        .toList();
  }

  private static Position version(Position position, long version) {
    return position.toBuilder().version(version).build();
  }

  // Saving and reading

  @Test
  void givesBackWhatWasSaved() {
    Position saved =
        Position.builder(BTC)
            .exId(exId)
            .userId("Grüße 🚀")
            .size(new BigDecimal("-0.500"))
            .entryPrice(new BigDecimal("64182.2700"))
            .costBasis(new BigDecimal("32091.1350"))
            .realizedPnl(new BigDecimal("-" + "9".repeat(159)))
            .unrealizedPnl(new BigDecimal("1.10"))
            .fee(new BigDecimal("0." + "1".repeat(158)))
            .timestamp(Instant.parse("2026-01-01T00:00:00.000001Z"))
            .build();

    assertThat(upsert(saved)).isEqualTo(1);

    Position first = saved.toBuilder().version(1L).build();
    assertThat(read(accounts, exId, BTC)).isEqualTo(first);
    assertThat(get(accounts.getPositions(exId))).containsExactly(first);
  }

  @Test
  void answersInPlainJson() {
    JsonObject position =
        new JsonObject()
            .put("symbol", BTC)
            .put("size", -2)
            .put("entry_price", 1e-05)
            .put("user_id", 12345678901L)
            .put("timestamp", 1626916403.872)
            .put("fee", null)
            .put("leverage", 10)
            .put("notes", new JsonObject().put("free", "form"));
    JsonObject body =
        new JsonObject()
            .put("exId", exId)
            .put("positions", new JsonArray().add(position))
            .put("more", true);
    JsonObject saved =
        new JsonObject(
            "{\"symbol\":\"BTC/USD_PERP\",\"ex_id\":"
                + exId
                + ",\"user_id\":\"12345678901\",\"position_side\":\"both\",\"size\":\"-2\",\"entry_price\":\"0.000010\","
                + "\"side\":\"short\",\"cost_basis\":\"0.000020\",\"leverage\":\"10\",\"timestamp\":1626916403.872,"
                + "\"version\":1}");

    assertThat(get(call(node, "upsertPositions", body))).isEqualTo(1);

    JsonObject one = new JsonObject().put("exId", exId).put("symbol", BTC);
    assertThat(get(call(node, "getPosition", one))).isEqualTo(saved);
    assertThat(get(call(node, "getPositions", one))).isEqualTo(new JsonArray().add(saved));
    assertThat(get(call(node, "deletePosition", one))).isEqualTo(true);
    assertThat(get(call(node, "deletePosition", one))).isEqualTo(false);
    assertThat(get(call(node, "getPosition", one))).isNull();
    assertThat(get(call(node, "getPositions", one))).isEqualTo(new JsonArray());
    assertThat(get(call(node, "replacePositions", body.put("asOf", 1626916403.872)))).isEqualTo(1);
  }

  @Test
  void anAccountThatNobodyHasSavedIsEmpty() {
    assertThat(get(accounts.getPositions(exId))).isEmpty();
    assertThat(read(accounts, exId, BTC)).isNull();
    assertThat(get(accounts.deletePosition(BTC, exId))).isFalse();
  }

  @Test
  void listsPositionsBySymbolNeutralOnesToo() {
    upsert(position("b", "1", "1"), position("A", "0", "0"), position("B", "-1", "1"));

    assertThat(all()).containsExactly("A 0 v1", "B -1 v1", "b 1 v1");
  }

  @Test
  void theWholeRangeOfIntegersNumbersAccounts() {
    for (int each : new int[] {Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE}) {
      assertThat(get(accounts.upsertPositions(each, List.of(position(BTC, "1", "1"))))).isOne();
      assertThat(read(accounts, each, BTC).exId()).isEqualTo(each);
    }
  }

  @Test
  void everyPrintableSymbolHasItsOwnPosition() {
    String strange = "{}%:/<>&`$~!";

    upsert(position(strange, "1", "1"), position("{}", "2", "1"), position("%7B%7D", "3", "1"));

    assertThat(read(accounts, exId, strange).size()).isEqualTo("1");
    assertThat(read(accounts, exId, "{}").size()).isEqualTo("2");
    assertThat(read(accounts, exId, "%7B%7D").size()).isEqualTo("3");
  }

  // Upsert, replace, delete

  @Test
  void anUpsertLeavesTheOtherSymbols() {
    upsert(position(BTC, "1", "1"), position(ETH, "2", "1"));

    assertThat(upsert(position(ETH, "3", "1"), position("X", "4", "1"))).isEqualTo(2);

    assertThat(all()).containsExactly(BTC + " 1 v1", ETH + " 3 v2", "X 4 v1");
  }

  @Test
  void anUpsertKeepsWhatItLeavesOut() {
    upsert(
        position(BTC, "1", "5").toBuilder()
            .fee(BigDecimal.ONE)
            .fees(Map.of("BNB", BigDecimal.TEN))
            .realizedPnl(BigDecimal.TEN)
            .unrealizedPnl(BigDecimal.TEN)
            .userId("u")
            .set(Position.LEVERAGE, BigDecimal.TEN)
            .build());

    upsert(Position.builder(BTC).size(new BigDecimal("0.5")).build());

    Position position = read(accounts, exId, BTC);
    assertThat(numbers(position)).isEqualTo("0.5 5 2.5 10 1");
    assertThat(position.userId()).isEqualTo("u");
    assertThat(position.fees()).isEqualTo(Map.of("BNB", BigDecimal.TEN));
    assertThat(position.leverage()).isEqualTo("10");
    assertThat(position.unrealizedPnl()).isEqualByComparingTo("5");
  }

  @Test
  void aSizeThatIsLeftOutStays() {
    upsert(position(BTC, "2", "5"));
    JsonObject update = new JsonObject().put("symbol", BTC).put("unrealized_pnl", "7");
    JsonObject body =
        new JsonObject().put("exId", exId).put("positions", new JsonArray().add(update));

    assertThat(get(call(node, "upsertPositions", body))).isEqualTo(1);
    assertThat(numbers(read(accounts, exId, BTC))).isEqualTo("2 5 10 - -");
    upsert(Position.builder(BTC).entryPrice(BigDecimal.TEN).build());
    assertThat(numbers(read(accounts, exId, BTC))).isEqualTo("2 10 20 - -");
    assertThat(read(accounts, exId, BTC).unrealizedPnl()).isEqualTo("7");

    assertThat(failure(call(node, "upsertPositions", body.put("asOf", 1))))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith("positions[0].size");
    update.put("side", "neutral");
    body.remove("asOf");
    get(call(node, "upsertPositions", body));
    assertThat(read(accounts, exId, BTC).size()).isZero();
  }

  @Test
  void aContractThatIsLeftOutIsTheStoredOne() {
    upsert(
        position("A/B:B", "1", "5").toBuilder()
            .contractSize(BigDecimal.TEN)
            .costBasis(null)
            .build());
    upsert(position("A/B:B", "2", "5"));

    assertThat(read(accounts, exId, "A/B:B").costBasis()).isEqualByComparingTo("100");
  }

  @Test
  void anotherContractWhileItIsOpenIsTakenOnlyFromASynchronization() {
    upsert(
        position("A/B:B", "1", "5").toBuilder()
            .contractSize(BigDecimal.TEN)
            .costBasis(null)
            .build());
    List<Position> other =
        List.of(position("A/B:B", "1", "5").toBuilder().contractSize(BigDecimal.ONE).build());

    assertThat(failure(accounts.upsertPositions(exId, other)))
        .matches(Failure.CONFLICT::matches, "CONFLICT");
    assertThat(get(accounts.upsertPositions(exId, other, Instant.EPOCH))).isOne();
  }

  @Test
  void aCostBasisThatContradictsSizeAndEntryPriceIsRefused() {
    for (String wrong : List.of("999", "20.00000003", "0")) {
      List<Position> positions =
          List.of(
              position(ETH, "1", "1"),
              position(BTC, "2", "10").toBuilder().costBasis(new BigDecimal(wrong)).build());
      assertThat(failure(accounts.upsertPositions(exId, positions)))
          .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
          .hasMessageContaining("cost_basis");
    }
    assertThat(all()).isEmpty();
    upsert(position(BTC, "2", "10").toBuilder().costBasis(new BigDecimal("20.00000001")).build());
  }

  @Test
  void longAndShortAreTwoPositionsOfASymbol() {
    Position both = position(BTC, "1", "1");
    Position of = both.toBuilder().positionSide(HedgeSide.LONG).build();
    Position against = position(BTC, "-2", "1").toBuilder().positionSide(HedgeSide.SHORT).build();
    upsert(both, of, against);
    get(
        accounts.applyFill(
            exId,
            Accounts.fill("t", BTC, Side.SELL, "3", "1").positionSide(HedgeSide.SHORT).build()));

    assertThat(all()).containsExactly(BTC + " 1 v1", BTC + " 1 v1", BTC + " -5 v2");
    assertThat(get(accounts.getPosition(BTC, exId, HedgeSide.SHORT)).size()).isEqualTo("-5");
    assertThat(get(accounts.getPosition(BTC, exId, HedgeSide.BOTH)).size()).isEqualTo("1");
    assertThat(get(accounts.deletePosition(BTC, exId, HedgeSide.LONG))).isTrue();
    assertThat(all()).containsExactly(BTC + " 1 v1", BTC + " -5 v2");
  }

  @Test
  void anEmptyUpsertChangesNothing() {
    upsert(position(BTC, "1", "1"));
    String before = Accounts.stored(node, exId);

    assertThat(upsert()).isZero();

    assertThat(Accounts.stored(node, exId)).isEqualTo(before);
  }

  @Test
  void afterAReplaceTheAccountHasExactlyThese() {
    int other = newAccount();
    upsert(position(BTC, "1", "1"), position(ETH, "2", "1"));
    get(accounts.upsertPositions(other, List.of(position(BTC, "9", "1"))));

    assertThat(replace(position(ETH, "3", "1"), position("X", "4", "1"))).isEqualTo(2);

    assertThat(all()).containsExactly(BTC + " 0 v2", ETH + " 3 v2", "X 4 v1");
    assertThat(read(accounts, other, BTC).size()).isEqualTo("9");
  }

  @Test
  void anEmptyReplaceLeavesNoneOpen() {
    upsert(position(BTC, "1", "1"), position(ETH, "2", "1"));

    assertThat(replace()).isZero();

    assertThat(all()).containsExactly(BTC + " 0 v2", ETH + " 0 v2");
  }

  @Test
  void aDeleteLeavesTheOtherSymbols() {
    upsert(position(BTC, "1", "1"), position(ETH, "2", "1"));

    assertThat(get(accounts.deletePosition(BTC, exId))).isTrue();
    assertThat(get(accounts.deletePosition(BTC, exId))).isFalse();

    assertThat(all()).containsExactly(ETH + " 2 v1");
  }

  @Test
  void takesAThousandPositionsAtOnceAndNotMore() {
    List<Position> many =
        java.util.stream.IntStream.range(0, 1_000)
            .mapToObj(i -> position("S" + i, "1", "1"))
            .toList();

    assertThat(get(accounts.upsertPositions(exId, many))).isEqualTo(1_000);
    assertThat(get(accounts.replacePositions(exId, many, null))).isEqualTo(1_000);
    assertThat(get(accounts.getPositions(exId))).hasSize(1_000);
    List<Position> more = new java.util.ArrayList<>(many);
    more.add(position("X", "1", "1"));
    assertThat(failure(accounts.upsertPositions(exId, more)))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT");
  }

  // Versions

  @Test
  void everyChangeRaisesTheVersion() {
    upsert(position(BTC, "1", "1"));
    upsert(position(BTC, "1", "1"));
    replace(position(BTC, "1", "1"));
    get(accounts.applyFill(exId, Accounts.buy("t", BTC, "1", "1")));

    assertThat(read(accounts, exId, BTC).version()).isEqualTo(4);
  }

  @Test
  void aFillThatPositionsContainedIsNotCountedLater() {
    Instant time = Instant.ofEpochSecond(1_626_916_403);
    Trade fill = Accounts.fill("t", BTC, Side.BUY, "1", "1").time(time).build();
    for (List<Position> contained :
        List.of(List.of(position(BTC, "5", "1")), List.<Position>of())) {
      int account = newAccount();
      get(accounts.replacePositions(account, contained, time));
      Position before = get(accounts.getPosition(BTC, account));
      get(accounts.applyFill(account, fill));
      assertThat(get(accounts.getPosition(BTC, account))).isEqualTo(before);

      get(accounts.replacePositions(account, List.of(position(BTC, "7", "1")), null));
      get(accounts.applyFill(account, fill));

      assertThat(get(accounts.getPosition(BTC, account)).size()).isEqualTo("7");
    }
  }

  @Test
  void aVersionNeverGoesBackAfterADelete() {
    upsert(position(BTC, "1", "1"));
    upsert(position(BTC, "1", "1"));
    get(accounts.deletePosition(BTC, exId));
    upsert(position(BTC, "2", "1"));
    assertThat(all()).containsExactly(BTC + " 2 v3");

    get(accounts.deletePosition(BTC, exId));
    replace(position(BTC, "3", "1"));
    assertThat(all()).containsExactly(BTC + " 3 v4");

    get(accounts.deletePosition(BTC, exId));
    get(accounts.applyFill(exId, Accounts.buy("t", BTC, "1", "1")));
    assertThat(all()).containsExactly(BTC + " 1 v5");
  }

  @Test
  void aVersionNeverGoesBackAfterAReplaceWithoutItsPosition() {
    upsert(position(BTC, "1", "1"));
    upsert(position(BTC, "1", "1"));
    replace();
    replace();
    upsert(position(BTC, "2", "1"));

    assertThat(all()).containsExactly(BTC + " 2 v4");
  }

  @Test
  void thePresentVersionIsTaken() {
    upsert(version(position(BTC, "1", "1"), 0));
    upsert(version(position(BTC, "2", "1"), 1));
    replace(version(position(BTC, "3", "1"), 2), version(position(ETH, "1", "1"), 0));

    assertThat(all()).containsExactly(BTC + " 3 v3", ETH + " 1 v1");
  }

  @Test
  void anotherVersionRefusesTheWholeCall() {
    upsert(position(BTC, "1", "1"), position(ETH, "1", "1"), position("X", "1", "1"));
    upsert(position(ETH, "1", "1"));
    get(accounts.replacePositions(exId, get(accounts.getPositions(exId)), Instant.EPOCH));
    String before = Accounts.stored(node, exId);
    for (long wrong : new long[] {0, 1, 2, 4, Long.MAX_VALUE}) {
      List<Position> positions =
          List.of(position(BTC, "5", "1"), version(position(ETH, "5", "1"), wrong));

      assertConflict(failure(accounts.upsertPositions(exId, positions)));
      assertConflict(failure(accounts.replacePositions(exId, positions, Instant.now())));

      assertThat(Accounts.stored(node, exId)).isEqualTo(before);
    }
  }

  private static void assertConflict(Throwable failure) {
    assertThat(failure)
        .matches(Failure.CONFLICT::matches, "CONFLICT")
        .hasMessage("The position of " + ETH + " has version 3");
  }

  @Test
  void aVersionOfWhatIsNotThereIsRefused() {
    upsert(position(BTC, "1", "1"));
    get(accounts.deletePosition(BTC, exId));

    for (long wrong : new long[] {1, 2}) {
      assertThat(
              failure(
                  accounts.upsertPositions(exId, List.of(version(position(BTC, "1", "1"), wrong)))))
          .matches(Failure.CONFLICT::matches, "CONFLICT");
    }
    assertThat(upsert(version(position(BTC, "1", "1"), 0))).isOne();
  }

  @Test
  void whatWasReadCanBeWrittenBackDigitByDigit() {
    String small = "0.000000000000000001";
    get(accounts.applyFill(exId, Accounts.buy("1", BTC, "3", "0.123456789012345678")));
    get(accounts.applyFill(exId, Accounts.buy("2", BTC, "7." + "1".repeat(60), small)));
    get(accounts.applyFill(exId, Accounts.sell("3", BTC, "0.000000000000000007", "64182.27")));
    get(accounts.applyFill(exId, Accounts.sell("4", BTC, "1", "9" + "0".repeat(40))));
    Position read = read(accounts, exId, BTC);
    assertThat(read.entryPrice().precision()).isEqualTo(34);
    assertThat(read.realizedPnl().toPlainString().length()).isGreaterThan(64);
    assertThat(read.costBasis().precision()).isEqualTo(34);

    upsert(read);

    Position again = read(accounts, exId, BTC);
    assertThat(again).isEqualTo(read.toBuilder().version(5L).build());
    JsonObject body =
        new JsonObject().put("exId", exId).put("positions", new JsonArray().add(again.toJson()));
    assertThat(get(call(node, "upsertPositions", body))).isEqualTo(1);
    assertThat(read(accounts, exId, BTC)).isEqualTo(read.toBuilder().version(6L).build());
  }

  // What follows from what

  private void upsertJson(String position) {
    get(call(node, "upsertPositions", upsertOf(new JsonObject(position))));
  }

  private JsonObject upsertOf(JsonObject position) {
    return new JsonObject().put("exId", exId).put("positions", new JsonArray().add(position));
  }

  @Test
  void aCostBasisAgainstTheStoredContractIsRefused() {
    upsertJson(
        "{'symbol':'E/U:U','size':10,'entry_price':100,'contract_size':0.01}".replace('\'', '"'));
    String before = Accounts.stored(node, exId);

    for (String wrong :
        List.of(
            "{'symbol':'E/U:U','size':10,'entry_price':100,'cost_basis':1000}",
            "{'symbol':'E/U:U','size':5,'entry_price':100,'cost_basis':500}",
            "{'symbol':'E/U:U','entry_price':100,'cost_basis':1000}")) {
      JsonObject json = new JsonObject(wrong.replace('\'', '"'));

      assertThat(failure(call(node, "upsertPositions", upsertOf(json))))
          .as(wrong)
          .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
          .hasMessageStartingWith("positions.E/U:U.cost_basis: must be what size and entry price");
      assertThat(failure(accounts.upsertPositions(exId, List.of(Position.fromJson(json)))))
          .as(wrong)
          .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT");
      assertThat(Accounts.stored(node, exId)).isEqualTo(before);
    }
  }

  @Test
  void whatIsNotToldFollowsFromTheStoredContractWhereverThePositionComesFrom() {
    Position.Builder size = Position.builder("E/U:U").size(BigDecimal.TEN);
    Position.Builder none = Position.builder("E/U:U");
    Map<Position, String> stored = new LinkedHashMap<>();
    stored.put(size.costBasis(new BigDecimal("20")).build(), "10 200 20 - -");
    stored.put(size.costBasis(null).entryPrice(new BigDecimal("300")).build(), "10 300 30.00 - -");
    stored.put(none.costBasis(new BigDecimal("40")).build(), "10 400 40 - -");
    stored.put(none.costBasis(null).entryPrice(new BigDecimal("500")).build(), "10 500 50.00 - -");
    stored.put(none.entryPrice(null).userId("u").build(), "10 100 10.00 - -");

    stored.forEach(
        (told, numbers) -> {
          for (Position each : List.of(told, told.toBuilder().build())) {
            for (boolean isFar : List.of(false, true)) {
              upsertJson(
                  "{'symbol':'E/U:U','size':10,'entry_price':100,'contract_size':0.01}"
                      .replace('\'', '"'));
              if (isFar) {
                get(call(node, "upsertPositions", upsertOf(each.toJson())));
              } else {
                upsert(each);
              }
              assertThat(numbers(read(accounts, exId, "E/U:U"))).as("%s", each).isEqualTo(numbers);
            }
          }
        });
  }

  @Test
  void tellsBothPricesToWhoIsToldOfThePosition() throws Exception {
    BlockingQueue<PositionChange> changes = new LinkedBlockingQueue<>();
    node.vertx()
        .eventBus()
        .<PositionChange>localConsumer(
            AccountCache.UPDATES + "." + exId, message -> changes.add(message.body()));

    upsert(Position.of(BTC, BigDecimal.TEN, BigDecimal.ONE));
    upsert(Position.builder(ETH).entryPrice(BigDecimal.ONE).build());

    JsonObject open = changes.poll(10, TimeUnit.SECONDS).position().toJson();
    assertThat(open.getString("cost_basis")).isEqualTo("10");
    JsonObject neutral = changes.poll(10, TimeUnit.SECONDS).position().toJson();
    assertThat(neutral.getString("size")).isEqualTo("0");
    assertThat(neutral.getString("cost_basis")).isEqualTo("0");
  }
}
