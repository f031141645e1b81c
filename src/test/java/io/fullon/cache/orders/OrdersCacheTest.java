package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrdersCacheTest {

  private static final String EX = "binance";
  private static final String ID = "o-1";

  // So little that reading orders one by one would exceed it.
  @AutoClose private static final CacheNode node = CacheNode.start("redis", "max_in_flight", 50);
  private static final OrdersCache orders = node.orders();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static Order.Builder order() {
    return Order.builder().exOrderId(ID).exId(EX);
  }

  private static Order saved() {
    return unversioned(get(orders.getOrderStatus(EX, ID)));
  }

  /** Which version it is differs from run to run. */
  private static Order unversioned(Order order) {
    return order.toBuilder().set(Order.VERSION, null).build();
  }

  private static Order merge(JsonObject data) {
    return unversioned(get(orders.saveOrderData(EX, ID, data)));
  }

  private static Order mergeStatus(String status) {
    return merge(new JsonObject().put("status", status));
  }

  private static JsonObject call(String action, JsonObject body) {
    return (JsonObject) get(node.call(OrdersCache.ADDRESS, action, body));
  }

  private static void assertRefused(Future<?> call, String field) {
    assertThat(failure(call))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith(field + ": ");
  }

  @Test
  void givesBackAnOrderAsItWasSaved() {
    Order order =
        order()
            .tradeId("t:1")
            .symbol("BTC/USD:PERP")
            .side(Side.BUY)
            .orderType("limit")
            .status("partially_filled")
            .volume(new BigDecimal("1.500"))
            .price(new BigDecimal("9.9640"))
            .cost(new BigDecimal("12345678901234567890.123456789012345678"))
            .fee(new BigDecimal("-0.000000000000000000001"))
            .finalVolume(new BigDecimal("0.50"))
            .fillPrice(new BigDecimal("9.96"))
            .leverage(new BigDecimal("2.0"))
            .uid("u 1")
            .botId("böt")
            .reason("\"why\"\nnot")
            .timestamp(Instant.parse("2024-05-06T07:08:09.123456Z"))
            .more("mine", new JsonObject().put("a", new JsonArray().add(1).addNull()))
            .build();

    get(orders.saveOrder(EX, order));

    assertThat(saved()).isEqualTo(order);
    assertThat(get(orders.getOrders(EX))).map(OrdersCacheTest::unversioned).containsExactly(order);
  }

  @Test
  void givesNullAndAnEmptyListWhereThereIsNone() {
    assertThat(get(orders.getOrderStatus(EX, ID))).isNull();
    assertThat(get(orders.getOrders(EX))).isEmpty();
    assertThat(get(orders.deleteOrder(EX, ID))).isFalse();
    assertThat(node.keys()).isEmpty();
  }

  @Test
  void takesTheIdsOfTheCallWhereTheOrderHasNone() {
    get(orders.saveOrder(EX, Order.builder().exOrderId("a").status("open").build()));
    Order merged = get(orders.saveOrderData(EX, "b", new JsonObject()));

    assertThat(unversioned(get(orders.getOrderStatus(EX, "a"))))
        .isEqualTo(Order.builder().exOrderId("a").exId(EX).status("open").build());
    assertThat(unversioned(merged)).isEqualTo(Order.builder().exOrderId("b").exId(EX).build());
  }

  @Test
  void refusesOtherIdsThanThoseOfTheCall() {
    assertRefused(orders.saveOrder("kraken", order().build()), "order.ex_id");
    assertRefused(orders.saveOrder(EX, Order.builder().build()), "order.ex_order_id");
    JsonObject otherId = new JsonObject().put("ex_order_id", "o-2");
    JsonObject otherExchange = new JsonObject().put("ex_id", 7);
    assertRefused(orders.saveOrderData(EX, ID, otherId), "data.ex_order_id");
    assertRefused(orders.saveOrderData(EX, ID, otherExchange), "data.ex_id");
    assertThat(node.keys()).isEmpty();
  }

  @Test
  void makesTextOfIdsThatAreIntegers() {
    JsonObject data =
        new JsonObject()
            .put("ex_order_id", 5)
            .put("ex_id", "1")
            .put("trade_id", Long.MAX_VALUE)
            .put("uid", 0)
            .put("bot_id", -3);
    JsonObject ids = new JsonObject().put("exId", 1).put("exOrderId", 5);

    JsonObject merged = call("saveOrderData", ids.copy().put("data", data));

    assertThat(Order.fromJson(merged).version()).isPositive();
    assertThat(unversioned(Order.fromJson(merged)).toJson())
        .isEqualTo(
            new JsonObject()
                .put("ex_order_id", "5")
                .put("ex_id", "1")
                .put("trade_id", "9223372036854775807")
                .put("uid", "0")
                .put("bot_id", "-3"));
    assertThat(get(orders.getOrderStatus("1", "5")).botId()).isEqualTo("-3");
    assertThat(call("getOrderStatus", ids)).isEqualTo(merged);
  }

  @Test
  void refusesFieldsOfAnotherType() {
    for (Object[] bad :
        new Object[][] {
          {"price", Double.NaN},
          {"price", "NaN"},
          {"volume", Double.POSITIVE_INFINITY},
          {"cost", "1" + "0".repeat(64)},
          {"fee", new BigDecimal("1e1000000000")},
          {"leverage", true},
          {"final_volume", "1,5"},
          {"fees", new JsonArray().add(1)},
          {"fees", new JsonObject().put("USDT", "x")},
          {"side", "BOTH"},
          {"position_side", "up"},
          {"symbol", "BTC USDT"},
          {"status", 1},
          {"reason", new JsonObject()},
          {"timestamp", "2024-05-06T07:08:09Z"},
          {"filled_at", -1},
          {"block_token", 8.5},
          {"block_token", "8"},
          {"version", -1},
          {"uid", 1.5},
          {"bot_id", "x".repeat(129)},
          {"client_order_id", "a\nb"},
        }) {
      JsonObject data = new JsonObject().put("status", "open").put((String) bad[0], bad[1]);
      assertThat(failure(orders.saveOrderData(EX, ID, data)))
          .as("%s", List.of(bad))
          .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
          .hasMessageStartingWith("data." + bad[0]);
    }
    assertThat(node.keys()).isEmpty();
    assertThat(merge(new JsonObject().put("block_token", 8.0)).blockToken()).isEqualTo(8);
  }

  @Test
  void takesFeesAsCcxtTellsThem() {
    JsonObject fee = new JsonObject().put("cost", 0.10).put("currency", "USDT").put("rate", 1e-3);
    JsonObject unknown = new JsonObject().putNull("cost").putNull("currency");
    JsonArray fees =
        new JsonArray().add(fee).add(new JsonObject().put("cost", "1e-05").put("currency", "BNB"));

    Order told = merge(new JsonObject().put("fee", unknown).put("fees", new JsonArray()));
    assertThat(told).isEqualTo(order().build());
    told = merge(new JsonObject().put("fee", fee));
    assertThat(told.fee()).isEqualTo("0.1");
    assertThat(told.feeCurrency()).isEqualTo("USDT");
    told = merge(new JsonObject().put("fees", fees));
    assertThat(told.fees()).containsOnlyKeys("USDT", "BNB");
    assertThat(told.fees().get("BNB")).isEqualTo("0.00001");
  }

  @Test
  void keepsEveryDigitOfADecimal() {
    JsonObject data =
        new JsonObject()
            .put("price", "9.9640")
            .put("volume", 1e-5)
            .put("fee", "1e-05")
            .put("cost", new BigDecimal("0.10"))
            .put("leverage", 3);

    merge(data);

    assertThat(saved().toJson())
        .isEqualTo(
            new JsonObject()
                .put("ex_order_id", ID)
                .put("ex_id", EX)
                .put("price", "9.9640")
                .put("volume", "0.000010")
                .put("fee", "0.00001")
                .put("cost", "0.10")
                .put("leverage", "3"));
  }

  @Test
  void keepsTheFieldsOfAProgramAsTheyAre() {
    JsonObject mine =
        new JsonObject()
            .put("text", "9.9640")
            .put("", "no name")
            .put("flag", false)
            .put("int", 1)
            .put("long", 9_007_199_254_740_993L)
            .put("big", new BigDecimal("123456789012345678901234567890.1234567890"))
            .put("double", 0.1)
            .put("list", new JsonArray().add(1).addNull().add(new JsonArray()).add(2.5))
            .put("empty", new JsonObject())
            .put("deep", new JsonObject().put("a", new JsonObject().put("b", "{\"c\":[")));

    merge(mine);

    JsonObject kept = saved().more();
    assertThat(kept).isEqualTo(mine);
    assertThat(kept.getValue("int")).isEqualTo(1);
    assertThat(kept.getValue("long")).isEqualTo(9_007_199_254_740_993L);
    assertThat(kept.getValue("big").toString())
        .isEqualTo("123456789012345678901234567890.1234567890");
  }

  @Test
  void mergesWhatIsThereAndLeavesTheRest() {
    merge(new JsonObject().put("status", "open").put("price", "1.0").put("mine", 1));

    JsonObject data =
        new JsonObject()
            .put("price", "2.0")
            .putNull("status")
            .putNull("mine")
            .put("volume", "3.0")
            .put("other", new JsonObject().putNull("x"));
    Order merged = merge(data);

    Order expected =
        order()
            .status("open")
            .price(new BigDecimal("2.0"))
            .volume(new BigDecimal("3.0"))
            .more("mine", 1)
            .more("other", new JsonObject().putNull("x"))
            .build();
    assertThat(merged).isEqualTo(expected);
    assertThat(saved()).isEqualTo(expected);
  }

  @Test
  void replacesTheWholeOrderWhenItIsSaved() {
    merge(new JsonObject().put("status", "filled").put("price", "1.0").put("mine", 1));

    get(orders.saveOrder(EX, order().status("open").build()));

    assertThat(saved()).isEqualTo(order().status("open").build());
    assertThat(mergeStatus("held").status()).isEqualTo("held");
  }

  @ParameterizedTest
  @ValueSource(strings = {"filled", "closed", "canceled", "cancelled", "rejected", "expired"})
  void doesNotUndoAFinalStatusButMergesTheRest(String status) {
    mergeStatus("open");
    mergeStatus(status);

    for (String late : List.of("open", "new", "?", "")) {
      Order merged = merge(new JsonObject().put("status", late).put("reason", "late " + late));

      assertThat(merged.status()).isEqualTo(status);
      assertThat(saved())
          .isEqualTo(merged)
          .isEqualTo(order().status(status).reason("late " + late).build());
    }
  }

  @Test
  void listsTheOrdersOfOneExchangeByTheirIds() {
    for (String id : List.of("b", "a", "10", "9", "ä", "c}{:*")) {
      get(orders.saveOrderData(EX, id, new JsonObject()));
    }
    get(orders.saveOrderData("kraken", "d", new JsonObject()));

    assertThat(get(orders.getOrders(EX)))
        .extracting(Order::exOrderId)
        .containsExactly("10", "9", "a", "b", "c}{:*", "ä");
  }

  @Test
  void keepsExchangesApartWhateverTheirNames() {
    List<String> exchanges = List.of("a", "a:b", "a%3Ab", "{a}", "a}", "}:order:a", "queue", " ");
    for (String exchange : exchanges) {
      get(orders.saveOrderData(exchange, ID, new JsonObject().put("reason", exchange)));
    }
    for (String exchange : exchanges) {
      assertThat(get(orders.getOrders(exchange)))
          .extracting(Order::reason)
          .containsExactly(exchange);
    }
  }

  @Test
  void listsManyOrdersToManyCallersWithinTheBoundOfOneLink() {
    List<String> ids = IntStream.range(100, 400).mapToObj(String::valueOf).toList();
    for (int from = 0; from < ids.size(); from += 30) {
      get(
          Future.all(
              ids.subList(from, from + 30).stream()
                  .map(id -> orders.saveOrderData(EX, id, new JsonObject().put("status", "open")))
                  .toList()));
    }
    List<Future<List<Order>>> lists = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      lists.add(orders.getOrders(EX));
    }
    for (Future<List<Order>> list : lists) {
      assertThat(get(list)).extracting(Order::exOrderId).isEqualTo(ids);
    }
  }

  @Test
  void deletesOneOrder() {
    get(orders.saveOrderData(EX, "a", new JsonObject()));
    get(orders.saveOrderData(EX, "b", new JsonObject()));

    assertThat(get(orders.deleteOrder(EX, "a"))).isTrue();

    assertThat(get(orders.deleteOrder(EX, "a"))).isFalse();
    assertThat(get(orders.getOrderStatus(EX, "a"))).isNull();
    assertThat(get(orders.getOrders(EX))).extracting(Order::exOrderId).containsExactly("b");
    get(orders.deleteOrder(EX, "b"));
    assertThat(node.keys()).isEmpty();
  }
}
