package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Orders whose statuses only the configuration knows. */
class OrderStatusesTest {

  private static final String EX = "binance";

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final OrdersCache before = redis.node(new JsonObject()).orders();
  private static final CacheNode node =
      redis.node(
          "orders",
          "statuses",
          new JsonObject().put("Parked", "canceled").put("half-way", "partially_filled"));
  private static final OrdersCache orders = node.orders();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static Order merge(OrdersCache cache, String id, String status) {
    return get(cache.saveOrderData(EX, id, new JsonObject().put("status", status)));
  }

  private static List<String> ids(Future<List<Order>> list) {
    return get(list).stream().map(Order::exOrderId).toList();
  }

  private static List<String> ids(String key, Object value) {
    return ids(orders.getOrders(EX, new JsonObject().put(key, value)));
  }

  @Test
  void meanWhatTheConfigurationSays() {
    merge(orders, "a", "PARKED");
    merge(orders, "b", "Half Way");

    assertThat(merge(orders, "a", "open").status()).isEqualTo("PARKED");
    assertThat(merge(orders, "b", "open").status()).isEqualTo("Half Way");
    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("b");
    assertThat(ids("status", "canceled")).containsExactly("a");
    assertThat(ids("status", "partially_filled")).containsExactly("b");
  }

  @Test
  void meanItForWhatWasSavedBefore() {
    merge(before, "a", "parked");
    merge(before, "b", "open");

    assertThat(ids(before.getOpenOrders(EX))).containsExactly("a", "b");
    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("b");
    assertThat(ids("open", true)).containsExactly("b");
    assertThat(ids("open", false)).containsExactly("a");
    assertThat(get(orders.awaitOrder(EX, "a", 0)).status()).isEqualTo("parked");
    merge(orders, "a", "open");
    assertThat(get(orders.getOrderStatus(EX, "a")).status()).isEqualTo("parked");
    assertThat(ids(before.getOpenOrders(EX))).containsExactly("b");
  }
}
