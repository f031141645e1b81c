package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A merge never goes back. */
class OrderMergeTest {

  private static final String EX = "binance";
  private static final String ID = "o-1";

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final OrdersCache orders = node.orders();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  /** Fields and their values. */
  private static JsonObject data(Object... fields) {
    JsonObject data = new JsonObject();
    for (int i = 0; i < fields.length; i += 2) {
      data.put(fields[i].toString(), fields[i + 1]);
    }
    return data;
  }

  private static Order merge(Object... fields) {
    Order merged = get(orders.saveOrderData(EX, ID, data(fields)));
    assertThat(get(orders.getOrderStatus(EX, ID))).isEqualTo(merged);
    return merged;
  }

  private static void save(Object... fields) {
    Order order = Order.fromJson(data(fields).put("ex_order_id", ID));
    get(orders.saveOrder(EX, order));
  }

  /** The fields of the order now; of all that were not said it is not asked. */
  private static void assertHas(Order order, Object... fields) {
    JsonObject json = order.toJson();
    for (int i = 0; i < fields.length; i += 2) {
      assertThat(json.getValue(fields[i].toString()))
          .as(fields[i].toString())
          .isEqualTo(fields[i + 1]);
    }
  }

  private static void assertConflict(String field, Object... fields) {
    Order before = get(orders.getOrderStatus(EX, ID));
    assertThat(failure(orders.saveOrderData(EX, ID, data(fields))))
        .matches(Failure.CONFLICT::matches, "CONFLICT")
        .hasMessageStartingWith(field + ": ");
    assertThat(get(orders.getOrderStatus(EX, ID))).isEqualTo(before);
  }

  @Test
  void takesWhatAnotherNodeHasChangedSinceTheOrderWasAskedFor() {
    Order asked = merge("status", "open", "price", "1", "volume", "3");
    String key = "fullon:{orders:" + EX + "}:order:" + ID;
    String later = String.valueOf(asked.version() + 1);
    node.redis(Command.HSET, key, "price", "\"2\"", "status", "\"canceled\"", "version", later);

    Order merged = merge("status", "open", "volume", "4");

    assertHas(merged, "price", "2", "status", "canceled", "volume", "4");
    assertThat(merged.version()).isGreaterThan(asked.version() + 1);
  }

  @Test
  void leavesTheStateOutThatTellsOfLessFilledAndTakesTheRest() {
    merge(
        "status",
        "partially_filled",
        "volume",
        "1",
        "final_volume",
        "0.6",
        "fill_price",
        "10",
        "cost",
        "6",
        "fee",
        "0.6",
        "filled_at",
        20,
        "trade_id",
        "t2",
        "timestamp",
        20);

    Order merged =
        merge(
            "status",
            "open",
            "final_volume",
            "0.4",
            "fill_price",
            "9",
            "cost",
            "4",
            "fee",
            "0.4",
            "fees",
            data("BNB", "1"),
            "filled_at",
            30,
            "trade_id",
            "t1",
            "timestamp",
            30,
            "reason",
            "late",
            "price",
            "11",
            "mine",
            1);

    assertHas(
        merged,
        "status",
        "partially_filled",
        "final_volume",
        "0.6",
        "fill_price",
        "10",
        "cost",
        "6",
        "fee",
        "0.6",
        "fees",
        null,
        "filled_at",
        20.0,
        "trade_id",
        "t2",
        "timestamp",
        20.0);
    assertHas(merged, "reason", "late", "price", "11", "mine", 1);
  }

  @ParameterizedTest
  @CsvSource({
    "9007199254740992.1, 9007199254740992.2",
    "0.1234567890123456788, 0.1234567890123456789",
    "0.1, 0.10000000000000000000001",
    "9.9, 10",
    "0, 0.000000000000000000000000000000000000000000000000000000000001",
    "99999999999999999999.5, 100000000000000000000",
    "-1, 0.5",
    "-2, -1.5"
  })
  void comparesVolumesByEveryDigit(String less, String more) {
    merge("final_volume", less, "fill_price", "1");

    assertHas(merge("final_volume", more, "fill_price", "2"), "final_volume", more);
    assertHas(
        merge("final_volume", less, "fill_price", "1"), "final_volume", more, "fill_price", "2");
  }

  @Test
  void takesWhatIsEquallyFilledAsItIsTold() {
    merge("final_volume", "0.5", "fee", "1");

    assertHas(merge("final_volume", "0.50", "fee", "2"), "final_volume", "0.50", "fee", "2");
    assertHas(merge("final_volume", 5e-1, "fee", "3"), "final_volume", "0.5", "fee", "3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"filled", "FILLED", "canceled", "Cancelled", "rejected", "EXPIRED"})
  void leavesTheStateOutThatIsNotFinalAfterAFinalOne(String end) {
    merge("status", end, "final_volume", "0.3", "volume", "1", "fee", "0.3");

    for (String late : List.of("open", "new", "partially_filled", "whatever", "")) {
      Order merged =
          merge(
              "status",
              late,
              "final_volume",
              "0.4",
              "fee",
              "0.4",
              "timestamp",
              5,
              "uid",
              late + "u");

      assertHas(merged, "status", end, "final_volume", "0.3", "fee", "0.3", "timestamp", null);
      assertHas(merged, "uid", late + "u");
    }
  }

  @Test
  void takesWhatHasNoStatusAfterAFinalOne() {
    merge("status", "canceled", "final_volume", "0.3");

    assertHas(
        merge("final_volume", "0.4", "fee", "1"),
        "status",
        "canceled",
        "final_volume",
        "0.4",
        "fee",
        "1");
  }

  @Test
  void leavesTheStateOutThatIsEarlierAndTellsOfNoMore() {
    merge("status", "partially_filled", "final_volume", "0.3", "cost", "3", "timestamp", 20);

    for (Object[] late :
        new Object[][] {
          {"status", "new", "timestamp", 19.999999, "cost", "1", "bot_id", "a"},
          {"final_volume", "0.3", "timestamp", 19, "cost", "1", "bot_id", "b"},
        }) {
      Order merged = merge(late);
      assertHas(merged, "status", "partially_filled", "cost", "3", "timestamp", 20.0);
      assertHas(merged, "bot_id", late[late.length - 1]);
    }
    assertHas(merge("final_volume", "0.4", "timestamp", 19, "cost", "4"), "cost", "4");
    assertHas(merge("final_volume", "0.4", "timestamp", 19, "cost", "5"), "cost", "5");
    assertHas(merge("cost", "6", "timestamp", 19), "cost", "6");
    assertHas(merge("cost", "7"), "cost", "7");
    assertHas(merge("cost", "8", "timestamp", 18), "cost", "7", "timestamp", 19.0);
  }

  @Test
  void takesAFinalStatusThatIsEarlier() {
    merge("status", "open", "timestamp", 20);

    assertHas(merge("status", "expired", "timestamp", 10), "status", "expired");
  }

  @Test
  void isNotEarlierWithoutATimestamp() {
    merge("status", "open", "fee", "1", "timestamp", 10);

    assertHas(merge("status", "partially_filled", "fee", "2"), "fee", "2", "timestamp", 10.0);
    assertHas(merge("status", "partially_filled", "fee", "3", "timestamp", 10), "fee", "3");
    save("status", "open");
    assertHas(merge("fee", "4", "timestamp", 1), "fee", "4", "timestamp", 1.0);
  }

  @Test
  void thePriceOfLessGoesWhereTheCostOfMoreIsTold() {
    merge("status", "open", "final_volume", "0.6", "fill_price", "10", "cost", "6");

    assertHas(merge("final_volume", "0.7"), "fill_price", "10");
    assertHas(merge("final_volume", "0.7", "cost", "7.1"), "fill_price", "10");
    assertHas(merge("final_volume", "0.8", "cost", "8.2"), "fill_price", null, "cost", "8.2");
    assertHas(merge("fill_price", "10.25"), "fill_price", "10.25");
    assertHas(merge("final_volume", "0.9", "fill_price", "10", "cost", "9"), "fill_price", "10");
    assertHas(merge("final_volume", "0.8", "cost", "8"), "fill_price", "10");
  }

  @Test
  void theCostOfLessGoesWhereNeitherPriceNorCostOfMoreIsTold() {
    merge("status", "open", "final_volume", "0.6", "cost", "6");

    assertHas(merge("final_volume", "0.60"), "cost", "6");
    assertHas(merge("final_volume", "0.5"), "cost", "6");
    assertHas(merge("final_volume", "0.7"), "cost", null, "fill_price", null);
    assertHas(merge("cost", "7.2"), "cost", "7.2");
    assertHas(merge("final_volume", "0.8", "cost", "8"), "cost", "8");
    assertHas(merge("final_volume", "0.9", "fill_price", "10"), "fill_price", "10");
  }

  @Test
  void theTimeOfLessGoesWhereThatOfMoreIsNotTold() {
    merge("status", "open", "final_volume", "0.6", "filled_at", 20);

    assertHas(merge("final_volume", "0.60"), "filled_at", 20.0);
    assertHas(merge("final_volume", "0.5"), "filled_at", 20.0);
    assertHas(merge("final_volume", "0.7"), "filled_at", null);
    assertHas(merge("filled_at", 30), "filled_at", 30.0);
    assertHas(merge("final_volume", "0.8", "filled_at", 29), "filled_at", 29.0);
  }

  @Test
  void costAndTimeThatWereToldBeforeAnyVolumeStay() {
    merge("cost", "6", "filled_at", 20);

    assertHas(merge("final_volume", "0.6"), "cost", "6", "filled_at", 20.0);
  }

  @Test
  void aPriceThatWasToldBeforeAnyVolumeStays() {
    merge("fill_price", "10");

    assertHas(merge("final_volume", "0.8", "cost", "8"), "fill_price", "10");
  }

  @Test
  void takesAFinalStatusThatTellsOfLessFilledWithoutTheAmounts() {
    merge("status", "open", "volume", "1", "final_volume", "0.6", "fill_price", "10", "cost", "6");
    merge("timestamp", 10);

    Order merged =
        merge(
            "status",
            "canceled",
            "final_volume",
            "0.4",
            "fill_price",
            "9",
            "cost",
            "4",
            "fee",
            "4",
            "timestamp",
            11);

    assertHas(
        merged,
        "status",
        "canceled",
        "final_volume",
        "0.6",
        "fill_price",
        "10",
        "cost",
        "6",
        "fee",
        null,
        "timestamp",
        11.0);
  }

  @Test
  void takesTheAmountsOfAFinalStatusThatDoesNotUndoFilled() {
    merge("status", "filled", "final_volume", "0.3");

    assertHas(
        merge("status", "canceled", "final_volume", "0.4", "fee", "1"),
        "status",
        "filled",
        "final_volume",
        "0.4",
        "fee",
        "1");
  }

  @Test
  void doesNotUndoFilledByAnotherFinalStatus() {
    for (String filled : List.of("filled", "closed", "Done", "FILLED")) {
      save("status", filled);
      for (String late : List.of("canceled", "rejected", "expired")) {
        assertHas(merge("status", late), "status", filled);
      }
    }
    assertHas(merge("status", "closed"), "status", "closed");
  }

  @Test
  void believesTheLaterOfOtherFinalStatuses() {
    for (String status : List.of("canceled", "expired", "rejected", "CANCELLED", "filled")) {
      assertHas(merge("status", status), "status", status);
    }
  }

  @Test
  void doesNotUndoPartiallyFilledByOpen() {
    merge("status", "PARTIALLY_FILLED", "final_volume", "0.3");

    assertHas(
        merge("status", "open", "final_volume", "0.4"),
        "status",
        "PARTIALLY_FILLED",
        "final_volume",
        "0.4");
    assertHas(merge("status", "whatever"), "status", "PARTIALLY_FILLED");
    assertHas(merge("status", "partially-filled"), "status", "partially-filled");
  }

  @Test
  void isFilledByTheRestOfACancelledOrder() {
    merge("status", "canceled", "volume", "1", "final_volume", "0.5");

    assertHas(merge("final_volume", "1"), "status", "filled");
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "partially_filled", "canceled", "expired", ""})
  void isFilledWhenTheWholeVolumeIsWhateverSaysSo(String status) {
    merge("status", "open", "volume", "1.0");

    assertHas(merge("status", status, "final_volume", "1.00"), "status", "filled");
  }

  @Test
  void isFilledWhenTheVolumeComesDownToWhatIs() {
    merge("status", "open", "volume", "1.0", "final_volume", "0.4");

    assertHas(merge("volume", "0.4"), "status", "filled");
  }

  @Test
  void keepsAnotherWordForFilled() {
    assertHas(merge("status", "closed", "volume", "1", "final_volume", "1"), "status", "closed");
  }

  @Test
  void isNotFilledByNothing() {
    assertHas(merge("status", "open", "volume", "0", "final_volume", "0"), "status", "open");
  }

  @Test
  void isWhatSaveOrderSaysWhateverItWas() {
    merge("status", "filled", "volume", "1", "final_volume", "1", "symbol", "A/B");

    save("status", "open", "volume", "1", "final_volume", "2", "symbol", "C/D", "side", "sell");

    Order saved = get(orders.getOrderStatus(EX, ID));
    assertHas(saved, "status", "open", "final_volume", "2", "symbol", "C/D");
    assertHas(merge("reason", "r"), "final_volume", "2", "reason", "r");
  }

  @Test
  void refusesMoreFilledThanOrdered() {
    assertConflict("final_volume", "volume", "1", "final_volume", "1.0000000011");
    merge("volume", "1");
    assertConflict("final_volume", "final_volume", "1.00000000100000001");
    assertConflict("final_volume", "final_volume", "5", "status", "filled");

    assertHas(merge("final_volume", "1.000000001"), "status", "filled");
    assertConflict("final_volume", "volume", "0.9");
    merge("volume", "5", "final_volume", "5");
  }

  @ParameterizedTest
  @CsvSource({
    "1000000000, 1000000001, 1000000001.0000000001",
    "0.000000001, 0.000000001000000001, 0.0000000010000000011",
    "99999999999.9, 100000000000, 100000000100",
    "0, 0, 0.000000000001"
  })
  void takesABillionthOfTheVolumeForRounding(String volume, String fits, String exceeds) {
    merge("volume", volume);

    assertConflict("final_volume", "final_volume", exceeds);
    assertHas(merge("final_volume", fits), "final_volume", fits);
  }

  @Test
  void refusesNothingBecauseOfWhatItLeavesOut() {
    merge("status", "canceled", "volume", "1", "final_volume", "0.3");

    assertHas(
        merge("status", "open", "final_volume", "5", "uid", "u"),
        "status",
        "canceled",
        "final_volume",
        "0.3",
        "uid",
        "u");
  }

  @Test
  void refusesAnotherSymbolOrSide() {
    merge("symbol", "BTC/USDT", "side", "buy");

    assertConflict("symbol", "symbol", "ETH/USDT");
    assertConflict("side", "side", "sell");
    assertThat(merge("symbol", "BTC/USDT", "side", "buy").side()).isEqualTo(Side.BUY);
  }

  @Test
  void takesALaterFeeAsTheEntryOfItsCurrency() {
    merge("fees", data("USDT", "0.10", "BNB", "0.001"));

    assertHas(
        merge("fee", "0.2", "fee_currency", "USDT"),
        "fee",
        "0.2",
        "fees",
        data("USDT", "0.2", "BNB", "0.001"));
    assertHas(merge("fee", "0.30"), "fees", data("USDT", "0.30", "BNB", "0.001"));
    assertHas(
        merge("fee", data("cost", 1e-5, "currency", "ETH")),
        "fee",
        "0.000010",
        "fee_currency",
        "ETH",
        "fees",
        data("USDT", "0.30", "BNB", "0.001", "ETH", "0.000010"));
  }

  @Test
  void takesAFeeInAnotherCurrencyBesidesTheOneThatIsKnown() {
    merge("fee", "0.10", "fee_currency", "USDT");
    assertHas(merge("fee", "0.2"), "fee", "0.2", "fee_currency", "USDT", "fees", null);

    assertHas(
        merge("fee", "0.001", "fee_currency", "BNB"), "fees", data("USDT", "0.2", "BNB", "0.001"));
  }

  @Test
  void believesAllFeesRatherThanOne() {
    merge("fee", "0.1", "fee_currency", "USDT");

    assertHas(
        merge("fees", data("USDT", "0.3", "BNB", "1")),
        "fee",
        "0.3",
        "fees",
        data("USDT", "0.3", "BNB", "1"));
    assertHas(
        merge("fee", "9", "fee_currency", "BNB", "fees", data("BNB", "2")),
        "fee",
        "2",
        "fees",
        data("BNB", "2"));
  }

  @Test
  void takesNoFeeOfALateMessage() {
    merge("status", "filled", "fees", data("USDT", "0.1"));

    assertHas(
        merge("status", "open", "fee", "9", "fee_currency", "USDT"),
        "fee",
        null,
        "fees",
        data("USDT", "0.1"));
  }

  @Test
  void makesANewOrderOfWhatComesAfterDeleting() {
    merge("status", "filled", "final_volume", "1", "symbol", "BTC/USDT");
    get(orders.deleteOrder(EX, ID));

    assertHas(
        merge("status", "open", "symbol", "ETH/USDT", "final_volume", "0.1"),
        "status",
        "open",
        "symbol",
        "ETH/USDT",
        "final_volume",
        "0.1",
        "ex_order_id",
        ID,
        "ex_id",
        EX);
    assertThat(get(orders.getOpenOrders(EX))).hasSize(1);
  }

  @Test
  void raisesTheVersionWithEveryChange() {
    long first = merge("status", "open").version();

    assertThat(merge("status", "open", "version", 5).version()).isEqualTo(first);
    assertThat(merge("status", "held").version()).isEqualTo(first + 1);
    save("status", "held");
    assertThat(get(orders.getOrderStatus(EX, ID)).version()).isEqualTo(first + 2);
    get(orders.deleteOrder(EX, ID));
    assertThat(merge("status", "held").version()).isGreaterThan(first + 2);
  }

  @Test
  void takesOverWhatHasNoVersionYet() {
    node.redis(Command.HSET, "fullon:{orders:binance}:order:o-1", "status", "\"filled\"");

    assertHas(
        merge("status", "open", "reason", "late"),
        "status",
        "filled",
        "reason",
        "late",
        "ex_order_id",
        ID,
        "ex_id",
        EX);
  }
}
