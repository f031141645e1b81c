package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrderExpiryTest {

  private static final String EX = "binance";
  private static final long SOON_MS = 50;
  private static final long HOUR_MS = 3_600_000;
  private static final long WEEK_MS = 7 * 24 * HOUR_MS;

  private CacheNode node;
  private OrdersCache orders;

  private void start(JsonObject options) {
    node = CacheNode.start(new JsonObject().put("orders", options));
    orders = node.orders();
  }

  @BeforeEach
  void startWithDefaults() {
    start(new JsonObject());
  }

  private void restart(JsonObject options) {
    node.close();
    start(options);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private void merge(String id, String status) {
    JsonObject data = new JsonObject().put("status", status).put("symbol", "BTC/USDT");
    get(orders.saveOrderData(EX, id, data));
  }

  private List<String> listed() {
    return get(orders.getOrders(EX)).stream().map(Order::exOrderId).toList();
  }

  private String key(String name) {
    return "fullon:{orders:" + EX + "}:" + name;
  }

  /** For how long the key is there, in milliseconds; −1 for ever, −2 if it is not there. */
  private long lifetime(String name) {
    return node.redis(Command.PTTL, key(name)).toLong();
  }

  private void shorten(String id) {
    node.redis(Command.PEXPIRE, key("order:" + id), "60000");
  }

  @Test
  void keepsACancelledOrderForAnHourAndOtherFinalOnesForAWeek() {
    for (String status : List.of("canceled", "cancelled")) {
      merge(status, status);
      assertThat(lifetime("order:" + status)).as(status).isBetween(HOUR_MS - 60_000, HOUR_MS);
    }
    for (String status : List.of("filled", "closed", "rejected", "expired")) {
      merge(status, status);
      assertThat(lifetime("order:" + status)).as(status).isBetween(WEEK_MS - 60_000, WEEK_MS);
    }
    merge("open", "open");
    assertThat(lifetime("order:open")).isEqualTo(-1);
  }

  @Test
  void letsEachCancelledOrderGoAlone() {
    restart(new JsonObject().put("keep_cancelled_ms", SOON_MS));
    merge("open", "open");
    merge("filled", "filled");
    merge("gone", "canceled");
    merge("gone too", "cancelled");

    await()
        .untilAsserted(
            () -> {
              assertThat(get(orders.getOrderStatus(EX, "gone"))).isNull();
              assertThat(get(orders.getOrderStatus(EX, "gone too"))).isNull();
              assertThat(listed()).containsExactly("filled", "open");
            });
    assertThat(get(orders.getOrderStatus(EX, "open"))).isNotNull();
    assertThat(get(orders.deleteOrder(EX, "gone"))).isFalse();
  }

  @Test
  void letsOtherFinalOrdersGoAfterTheirOwnTime() {
    restart(new JsonObject().put("keep_final_ms", SOON_MS));
    merge("cancelled", "cancelled");
    for (String status : List.of("filled", "closed", "rejected", "expired")) {
      merge(status, status);
    }

    await().until(() -> listed().equals(List.of("cancelled")));
  }

  @Test
  void countsFromTheLastSave() {
    merge("merged", "canceled");
    merge("saved", "filled");
    shorten("merged");
    shorten("saved");

    get(orders.saveOrderData(EX, "merged", new JsonObject().put("reason", "late")));
    get(orders.saveOrder(EX, Order.builder().exOrderId("saved").status("canceled").build()));

    assertThat(lifetime("order:merged")).isGreaterThan(60_000);
    assertThat(lifetime("order:saved")).isBetween(60_001L, HOUR_MS);
  }

  @Test
  void doesNotLetGoWhatALateMergeCouldNotReopenLaterThanBefore() {
    merge("o", "canceled");

    merge("o", "open");

    assertThat(lifetime("order:o")).isBetween(HOUR_MS - 60_000, HOUR_MS);
  }

  @Test
  void keepsAnOrderThatIsSavedAsOpenAgain() {
    merge("o", "canceled");

    get(
        orders.saveOrder(
            EX, Order.builder().exOrderId("o").symbol("BTC/USDT").status("open").build()));

    assertThat(lifetime("order:o")).isEqualTo(-1);
    assertThat(lifetime("index")).isEqualTo(-1);
  }

  @Test
  void takesTheLifetimeOfTheFinalStatusThatCameLast() {
    merge("o", "canceled");
    merge("o", "filled");
    assertThat(lifetime("order:o")).isBetween(WEEK_MS - 60_000, WEEK_MS);

    get(orders.saveOrder(EX, Order.builder().exOrderId("o").status("canceled").build()));
    assertThat(lifetime("order:o")).isBetween(HOUR_MS - 60_000, HOUR_MS);
  }

  @Test
  void keepsACancelledOrderWithAFillAsLongAsAFilledOne() {
    merge("o", "canceled");
    get(orders.saveOrderData(EX, "o", new JsonObject().put("final_volume", "0.00")));
    assertThat(lifetime("order:o")).isBetween(HOUR_MS - 60_000, HOUR_MS);

    get(orders.saveOrderData(EX, "o", new JsonObject().put("final_volume", "0.3")));

    assertThat(lifetime("order:o")).isBetween(WEEK_MS - 60_000, WEEK_MS);
  }

  @Test
  void keepsStatusesByWhatTheyMeanHoweverTheyAreSpelled() {
    restart(new JsonObject().put("statuses", new JsonObject().put("Kaputt!", "canceled")));
    for (String status : List.of("CANCELLED", "Partially-Canceled", "kaputt!", "KA-PUTT!")) {
      merge(status, status);
      assertThat(lifetime("order:" + status)).as(status).isBetween(HOUR_MS - 60_000, HOUR_MS);
    }
    for (String status : List.of("FILLED", "fully filled", "Closed", "DONE", "EXPIRED_IN_MATCH")) {
      merge(status, status);
      assertThat(lifetime("order:" + status)).as(status).isBetween(WEEK_MS - 60_000, WEEK_MS);
    }
  }

  @Test
  void keepsEveryOpenOrderWhateverItLacks() {
    get(orders.saveOrderData(EX, "o", new JsonObject()));
    get(orders.saveOrder(EX, Order.builder().exOrderId("p").build()));

    for (String name : List.of("order:o", "order:p", "index", "ids", "open")) {
      assertThat(lifetime(name)).as(name).isEqualTo(-1);
    }
  }

  @Test
  void makesANewOrderOfWhatComesAfterTheEnd() {
    restart(new JsonObject().put("keep_cancelled_ms", SOON_MS));
    JsonObject end = new JsonObject().put("status", "canceled").put("client_order_id", "c");
    get(orders.saveOrderData(EX, "o", end));
    await().until(() -> get(orders.getOrderStatus(EX, "o")) == null);

    merge("o", "open");

    assertThat(get(orders.getOpenOrders(EX))).hasSize(1);
    assertThat(get(orders.getOrderByClientId(EX, "c"))).isNull();
    assertThat(lifetime("order:o")).isEqualTo(-1);
  }

  @Test
  void freesTheBotsOwnIdOfAnOrderThatExpired() {
    restart(new JsonObject().put("keep_cancelled_ms", SOON_MS));
    merge("own", "open");
    get(orders.bindOrder(EX, "own", "theirs"));
    merge("theirs", "canceled");
    await().until(() -> get(orders.getOrderStatus(EX, "own")) == null);
    assertThat(get(orders.getOrderByClientId(EX, "own"))).isNull();

    merge("own", "open");

    assertThat(listed()).containsExactly("own");
    assertThat(get(orders.bindOrder(EX, "own", "another")).exOrderId()).isEqualTo("another");
  }

  @Test
  void leavesNothingBehindWhenAllHaveExpired() {
    restart(new JsonObject().put("keep_cancelled_ms", SOON_MS).put("keep_final_ms", 2 * SOON_MS));
    merge("a", "canceled");
    merge("b", "filled");
    merge("c", "open");
    merge("d", "canceled");
    get(orders.deleteOrder(EX, "c"));

    await().until(() -> node.keys().isEmpty());
  }

  @Test
  void takesExpiredOrdersOutOfTheIndexWhenOthersAreSaved() {
    for (int i = 0; i < 25; i++) {
      node.redis(Command.ZADD, key("index"), "1", "expired " + i);
      node.redis(Command.ZADD, key("ids"), "0", "expired " + i);
    }
    assertThat(listed()).isEmpty();

    for (String id : List.of("a", "b", "c")) {
      merge(id, "open");
    }

    for (String list : List.of("index", "ids", "open")) {
      assertThat(node.redis(Command.ZRANGE, key(list), "0", "-1"))
          .as(list)
          .extracting(Object::toString)
          .containsExactly("a", "b", "c");
    }
  }
}
