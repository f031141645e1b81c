package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The two ids of an order: the exchange's, and the bot's own. */
class OrderIdsTest {

  private static final String EX = "binance";
  private static final String OWN = "bot-1";
  private static final String ID = "777";

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final OrdersCache orders = node.orders();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static Order save(String id, String... fields) {
    return get(later(id, fields));
  }

  private static Future<Order> later(String id, String... fields) {
    JsonObject data = new JsonObject();
    for (int i = 0; i < fields.length; i += 2) {
      data.put(fields[i], fields[i + 1]);
    }
    return orders.saveOrderData(EX, id, data);
  }

  private static Order bind(String own, String id) {
    return get(orders.bindOrder(EX, own, id));
  }

  private static Order read(String id) {
    return get(orders.getOrderStatus(EX, id));
  }

  private static Order byClient(String id) {
    return get(orders.getOrderByClientId(EX, id));
  }

  private static void assertConflict(Future<?> call) {
    assertThat(failure(call)).matches(Failure.CONFLICT::matches, "CONFLICT");
  }

  @Test
  void putsWhatWasSavedUnderTheBotsIdUnderTheExchanges() {
    save(OWN, "symbol", "BTC/USDT", "status", "pending", "reason", "signal", "mine", "x");
    save(ID, "symbol", "BTC/USDT", "status", "open", "price", "10");

    Order bound = bind(OWN, ID);

    assertThat(bound.exOrderId()).isEqualTo(ID);
    assertThat(bound.clientOrderId()).isEqualTo(OWN);
    assertThat(bound.status()).isEqualTo("open");
    assertThat(bound.price()).isEqualTo("10");
    assertThat(bound.reason()).isEqualTo("signal");
    assertThat(bound.more().getString("mine")).isEqualTo("x");
    assertThat(get(orders.getOrders(EX))).containsExactly(bound);
    assertThat(get(orders.getOpenOrders(EX))).containsExactly(bound);
    assertThat(Stream.of(read(ID), read(OWN), byClient(OWN))).containsOnly(bound);
  }

  @Test
  void bindsWhicheverSideIsThere() {
    save(OWN, "symbol", "BTC/USDT");
    assertThat(bind(OWN, ID).symbol()).isEqualTo("BTC/USDT");
    save("778", "symbol", "ETH/USDT");
    assertThat(bind("bot-2", "778").symbol()).isEqualTo("ETH/USDT");
    assertThat(bind("bot-3", "779").exOrderId()).isEqualTo("779");

    assertThat(byClient("bot-3").exOrderId()).isEqualTo("779");
  }

  @Test
  void takesEitherIdInEveryMethod() {
    save(OWN, "symbol", "BTC/USDT");
    bind(OWN, ID);

    assertThat(save(OWN, "price", "1").exOrderId()).isEqualTo(ID);
    assertThat(save(OWN, "ex_order_id", ID, "price", "2").exOrderId()).isEqualTo(ID);
    assertThat(save(ID, "ex_order_id", ID, "price", "3").exOrderId()).isEqualTo(ID);
    assertThat(save(ID, "ex_order_id", OWN, "price", "4").exOrderId()).isEqualTo(ID);
    assertThat(read(OWN).price()).isEqualTo("4");
    assertThat(byClient(ID)).isEqualTo(byClient(OWN)).isEqualTo(read(ID));
    assertThat(bind(OWN, OWN)).isEqualTo(read(ID));
    get(
        orders.saveOrder(
            EX, Order.builder().exOrderId(OWN).symbol("A/B").status("filled").build()));
    assertThat(read(ID).symbol()).isEqualTo("A/B");
    assertThat(read(OWN).exOrderId()).isEqualTo(ID);
    assertThat(get(orders.awaitOrder(EX, OWN, 0))).isEqualTo(read(ID));
    assertThat(get(orders.getOrders(EX))).hasSize(1);

    assertThat(get(orders.deleteOrder(EX, OWN))).isTrue();

    assertThat(read(ID)).isNull();
    assertThat(read(OWN)).isNull();
    assertThat(node.keys()).isEmpty();
  }

  @Test
  void refusesOtherIdsThanTheTwo() {
    save(OWN, "symbol", "BTC/USDT");
    bind(OWN, ID);

    assertThat(failure(later(OWN, "ex_order_id", "778")))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith("data.ex_order_id: ");
  }

  @Test
  void isTheSameWhenItIsDoneAgain() {
    save(OWN, "symbol", "BTC/USDT");

    Order once = bind(OWN, ID);

    assertThat(bind(OWN, ID)).isEqualTo(once);
  }

  @Test
  void refusesWhatIsBoundToAnother() {
    save(ID, "symbol", "BTC/USDT");
    save("778", "symbol", "BTC/USDT");
    bind(OWN, ID);

    assertConflict(orders.bindOrder(EX, OWN, "778"));
    assertConflict(orders.bindOrder(EX, OWN, "779"));
    assertConflict(orders.bindOrder(EX, "bot-2", ID));
    assertConflict(orders.bindOrder(EX, "bot-2", OWN));
    assertConflict(orders.bindOrder(EX, ID, "779"));
    assertThat(read("778").clientOrderId()).isNull();
    assertThat(read("779")).isNull();
  }

  @Test
  void refusesToBindWhatIsNotOneOrder() {
    save(OWN, "symbol", "BTC/USDT", "side", "buy", "volume", "1");
    save("a", "symbol", "ETH/USDT");
    save("b", "side", "sell");
    save("c", "final_volume", "1.00000001");

    for (String id : List.of("a", "b", "c")) {
      assertConflict(orders.bindOrder(EX, OWN, id));
    }
    assertThat(get(orders.getOrders(EX))).hasSize(4).noneMatch(o -> o.clientOrderId() != null);
  }

  @Test
  void isFilledWhenItsVolumeIsReachedByBinding() {
    save(OWN, "volume", "1", "status", "open");
    save(ID, "final_volume", "1.0", "status", "open");

    assertThat(bind(OWN, ID).status()).isEqualTo("filled");
    assertThat(get(orders.getOpenOrders(EX))).isEmpty();
  }

  @Test
  void isCalledAsItWasBoundWhateverComesLater() {
    save(OWN, "symbol", "BTC/USDT");
    bind(OWN, ID);

    assertThat(save(ID, "client_order_id", "cancel-77").clientOrderId()).isEqualTo(OWN);
    get(orders.saveOrder(EX, Order.builder().exOrderId(ID).clientOrderId("other").build()));

    assertThat(read(OWN).clientOrderId()).isEqualTo(OWN);
    assertThat(byClient("cancel-77")).isNull();
    assertThat(byClient("other")).isNull();
    save("778", "client_order_id", OWN);
    assertThat(byClient(OWN).exOrderId()).isEqualTo(ID);
  }

  @Test
  void isBoundToItself() {
    save(OWN, "status", "open");

    assertThat(bind(OWN, OWN).clientOrderId()).isEqualTo(OWN);
    assertThat(bind(OWN, OWN)).isEqualTo(read(OWN));
    assertThat(get(orders.getOrders(EX))).containsExactly(byClient(OWN));
  }

  @Test
  void freesTheBotsIdWithTheOrder() {
    bind(OWN, ID);
    get(orders.deleteOrder(EX, ID));

    assertThat(byClient(OWN)).isNull();
    assertThat(save(OWN, "status", "open").exOrderId()).isEqualTo(OWN);
    assertThat(bind(OWN, "778").exOrderId()).isEqualTo("778");
  }

  @Test
  void bindsWhatTheExchangeHasToldTheBotsIdOf() {
    save(OWN, "bot_id", "b", "client_order_id", OWN);
    Order told = save(ID, "client_order_id", OWN, "status", "open");
    assertThat(read(OWN).botId()).isEqualTo("b");

    Order bound = bind(OWN, ID);

    assertThat(bound.botId()).isEqualTo("b");
    assertThat(bound.version()).isGreaterThan(told.version());
    assertThat(get(orders.getOrders(EX))).containsExactly(read(OWN));
  }

  @Test
  void takesABotsIdForAnotherOrderAgain() {
    save("1", "client_order_id", OWN, "status", "filled");
    save(OWN, "status", "open");

    assertThat(read("1").status()).isEqualTo("filled");
    assertThat(bind(OWN, "2").status()).isEqualTo("open");
    assertThat(byClient(OWN).exOrderId()).isEqualTo("2");
    get(orders.deleteOrder(EX, "1"));
    assertThat(read(OWN).exOrderId()).isEqualTo("2");
  }

  @Test
  void isFoundUnderTheBotsIdThatWasToldLast() {
    save(ID, "client_order_id", OWN);
    save(ID, "client_order_id", "new");
    assertThat(byClient("new").exOrderId()).isEqualTo(ID);
    assertThat(byClient(OWN)).isNull();

    get(orders.saveOrder(EX, Order.builder().exOrderId(ID).build()));
    assertThat(byClient("new")).isNull();
  }

  @Test
  void isBoundWhateverTheIdsAre() {
    int i = 0;
    for (String own : List.of("a:b", "{x}", "}:order:1", "=2", "~3", "\"q\\", "漢 é", "7")) {
      String id = "{" + i++ + "}:" + own;
      save(own, "symbol", "BTC/USDT", "reason", own);

      assertThat(bind(own, id).reason()).isEqualTo(own);

      assertThat(read(own)).isEqualTo(read(id)).isEqualTo(byClient(own));
    }
    assertThat(get(orders.getOrders(EX))).hasSize(i);
  }

  @Test
  void takesIntegersAsIds() {
    JsonObject bind = new JsonObject().put("exId", 1).put("clientOrderId", 12).put("exOrderId", 34);
    JsonObject bound = (JsonObject) get(node.call(OrdersCache.ADDRESS, "bindOrder", bind));

    assertThat(bound.getValue("client_order_id")).isEqualTo("12");
    assertThat(bound.getValue("ex_order_id")).isEqualTo("34");
    assertThat(get(orders.getOrderByClientId("1", "12"))).isEqualTo(Order.fromJson(bound));
  }

  @Test
  void isBoundOnceByManyAtOnce() {
    List<Future<Order>> all =
        IntStream.range(0, 20).mapToObj(i -> orders.bindOrder(EX, OWN, String.valueOf(i))).toList();
    get(Future.join(all).otherwiseEmpty());

    assertThat(all.stream().filter(Future::succeeded)).hasSize(1);
    all.stream().filter(Future::failed).forEach(OrderIdsTest::assertConflict);
    assertThat(get(orders.getOrders(EX))).containsExactly(read(OWN));
  }

  @Test
  void findsAnOrderThatTellsItsClientIdItself() {
    save(ID, "client_order_id", OWN);
    assertThat(byClient(OWN).exOrderId()).isEqualTo(ID);
    assertThat(read(OWN)).isNull();

    save("778", "client_order_id", OWN);
    assertThat(byClient(OWN).exOrderId()).isEqualTo("778");
    get(orders.deleteOrder(EX, ID));
    assertThat(byClient(OWN).exOrderId()).isEqualTo("778");
  }

  @Test
  void findsNoOrderThatIsCalledOtherwise() {
    save(ID, "client_order_id", OWN);
    save(OWN + "0", "reason", "saved under the bot's own id");

    assertThat(byClient(ID)).isNull();
    assertThat(byClient("?")).isNull();
    assertThat(byClient(OWN + "0").reason()).isNotNull();
  }

  @Test
  void letsTheBotsIdGoWithTheOrder() {
    save(ID, "client_order_id", OWN, "symbol", "BTC/USDT");
    String client = "fullon:{orders:" + EX + "}:client:" + OWN;
    assertThat(node.redis(Command.PTTL, client).toLong()).isEqualTo(-1);

    save(ID, "status", "canceled");

    assertThat(node.redis(Command.PTTL, client).toLong()).isBetween(1L, 3_600_000L);
  }

  @Test
  void losesNothingWhileMessagesComeUnderBothIds() {
    List<Future<Order>> all =
        IntStream.range(0, 60)
            .mapToObj(
                i ->
                    i == 30
                        ? orders.bindOrder(EX, OWN, ID)
                        : later(i % 2 == 0 ? ID : OWN, "field" + i, "x"))
            .toList();
    all.forEach(CacheNode::get);

    assertThat(read(ID).more().size()).isEqualTo(59);
    assertThat(get(orders.getOrders(EX))).containsExactly(read(OWN));
  }
}
