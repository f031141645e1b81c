package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Waiting for the end of an order. */
class OrderEndTest {

  private static final String EX = "binance";
  private static final String ID = "o-1";
  private static final long LONG_MS = 20_000;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode node = redis.node(new JsonObject());
  private static final OrdersCache orders = node.orders();
  private static final OrdersCache other = redis.node(new JsonObject()).orders();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static Order save(String id, String status) {
    return get(other.saveOrderData(EX, id, new JsonObject().put("status", status)));
  }

  @Test
  void givesAnOrderThatIsFinalAtOnce() {
    Order order = save(ID, "Filled");

    assertThat(get(orders.awaitOrder(EX, ID, 0))).isEqualTo(order);
    assertThat(get(orders.awaitOrder(EX, ID, LONG_MS))).isEqualTo(order);
  }

  @Test
  void givesNullWhenItIsNotInTime() {
    assertThat(get(orders.awaitOrder(EX, ID, 0))).isNull();
    save(ID, "open");
    assertThat(get(orders.awaitOrder(EX, ID, 0))).isNull();
    assertThat(get(orders.awaitOrder(EX, ID, 20))).isNull();
  }

  @Test
  void givesTheOrderToAllThatWaitAsSoonAsItIsFinal() {
    save(ID, "open");
    List<Future<Order>> waiting =
        IntStream.range(0, 500).mapToObj(i -> orders.awaitOrder(EX, ID, LONG_MS)).toList();
    Future<Order> another = orders.awaitOrder(EX, "o-2", LONG_MS);
    save(ID, "partially_filled");
    assertThat(waiting).noneMatch(Future::isComplete);

    Order end = save(ID, "CANCELLED");

    waiting.forEach(each -> assertThat(get(each)).isEqualTo(end));
    assertThat(another.isComplete()).isFalse();
    assertThat(get(orders.awaitOrder(EX, ID, LONG_MS))).isEqualTo(end);
  }

  @Test
  void givesAnOrderThatIsSavedAsFinalOrWhollyFilled() {
    Future<Order> saved = orders.awaitOrder(EX, "a", LONG_MS);
    Future<Order> filled = orders.awaitOrder(EX, "b", LONG_MS);

    get(other.saveOrder(EX, Order.builder().exOrderId("a").status("expired").build()));
    get(other.saveOrderData(EX, "b", new JsonObject().put("volume", 1).put("final_volume", 1)));

    assertThat(get(saved).status()).isEqualTo("expired");
    assertThat(get(filled).status()).isEqualTo("filled");
  }

  @Test
  void givesTheOrderToWhoWaitsForItByTheBotsId() {
    Future<Order> bound = orders.awaitOrder(EX, "mine", LONG_MS);
    Future<Order> told = orders.awaitOrder(EX, "mine too", LONG_MS);
    save(ID, "filled");
    get(other.bindOrder(EX, "mine", ID));
    save("mine too", "open");
    get(other.bindOrder(EX, "mine too", "o-2"));
    Future<Order> after = orders.awaitOrder(EX, "mine too", LONG_MS);
    save("o-2", "rejected");

    assertThat(get(bound).exOrderId()).isEqualTo(ID);
    assertThat(get(told).exOrderId()).isEqualTo("o-2");
    assertThat(get(after)).isEqualTo(get(told));
  }

  @Test
  void takesNoConnectionForEachThatWaits() {
    long before = connections();
    List<Future<Order>> waiting =
        IntStream.range(0, 3_000).mapToObj(i -> orders.awaitOrder(EX, "o" + i, LONG_MS)).toList();
    assertThat(connections()).isLessThanOrEqualTo(before);

    for (int i = 0; i < 3_000; i += 100) {
      Order end = save("o" + i, "filled");
      assertThat(get(waiting.get(i))).isEqualTo(end);
    }
    assertThat(connections()).isLessThanOrEqualTo(before);
  }

  private static long connections() {
    return node.redis(Command.CLIENT, "LIST").toString().lines().count();
  }
}
