package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Many callers at once, on two nodes with four verticles each. */
class OrderMergeRacesIT {

  private static final int CALLERS = 8;
  private static final int ROUNDS = 1_000;

  /** Of each caller, as many as an order may have of all. */
  private static final int FIELDS = 32;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode one = redis.node("orders", "instances", 4);
  private static final CacheNode other = redis.node("orders", "instances", 4);
  private static final List<OrdersCache> nodes = List.of(one.orders(), other.orders());

  private static OrdersCache node(int caller) {
    return nodes.get(caller % nodes.size());
  }

  private static JsonObject status(String status) {
    return new JsonObject().put("status", status);
  }

  @Test
  void disjointFieldsAreAllThereInTheEnd() {
    String exId = "disjoint";
    Future<?> rounds =
        Callers.inTurn(
            ROUNDS,
            round ->
                Callers.each(
                    CALLERS,
                    caller ->
                        node(caller)
                            .saveOrderData(
                                exId,
                                "order-" + round,
                                new JsonObject().put("field-" + caller, round))));
    Callers.await(List.of(rounds));

    JsonObject expected = new JsonObject();
    List<Order> orders = get(node(0).getOrders(exId));
    assertThat(orders).hasSize(ROUNDS);
    for (Order order : orders) {
      int round = Integer.parseInt(order.exOrderId().substring("order-".length()));
      for (int caller = 0; caller < CALLERS; caller++) {
        expected.put("field-" + caller, round);
      }
      assertThat(order.more()).isEqualTo(expected);
    }
  }

  @Test
  void fieldsOfOneOrderThatGrowInManyHandsAreAllThereInTheEnd() {
    Future<?> callers =
        Callers.each(
            CALLERS,
            caller ->
                Callers.inTurn(
                    FIELDS,
                    round ->
                        node(caller + round)
                            .saveOrderData(
                                "growing",
                                "one",
                                new JsonObject().put(caller + "." + round, round))));
    Callers.await(List.of(callers));

    JsonObject all = get(node(0).getOrderStatus("growing", "one")).more();
    assertThat(all.size()).isEqualTo(CALLERS * FIELDS);
    for (int caller = 0; caller < CALLERS; caller++) {
      for (int round = 0; round < FIELDS; round++) {
        assertThat(all.getInteger(caller + "." + round)).isEqualTo(round);
      }
    }
  }

  @Test
  void aFinalStatusIsNotUndoneInAnyInterleaving() {
    List<String> statuses =
        new ArrayList<>(List.of("new", "open", "open", "filled", "open", "held", "partial", "x"));
    List<Order> undone = new ArrayList<>();
    Future<?> rounds =
        Callers.inTurn(
            ROUNDS,
            round -> {
              Collections.shuffle(statuses);
              List<String> order = List.copyOf(statuses);
              return Callers.each(
                      CALLERS,
                      caller ->
                          node(caller)
                              .saveOrderData("final", "o" + round, status(order.get(caller))))
                  .compose(v -> node(round).getOrderStatus("final", "o" + round))
                  .onSuccess(
                      saved -> {
                        if (!saved.status().equals("filled")) {
                          undone.add(saved);
                        }
                      });
            });
    Callers.await(List.of(rounds));

    assertThat(undone).isEmpty();
  }

  @Test
  void whoHasSeenAFinalStatusNeverSeesAnotherOne() {
    String id = "seen";
    AtomicInteger merging = new AtomicInteger(CALLERS);
    Queue<String> reopened = new ConcurrentLinkedQueue<>();
    List<Future<?>> callers = new ArrayList<>();
    for (int c = 0; c < CALLERS; c++) {
      int caller = c;
      callers.add(
          Callers.inTurn(
                  ROUNDS,
                  i ->
                      node(caller)
                          .saveOrderData(
                              "final", id, status(caller == 0 && i == 500 ? "filled" : "s" + i)))
              .onComplete(v -> merging.decrementAndGet()));
      boolean[] seen = new boolean[1];
      callers.add(
          Callers.until(
              () -> merging.get() == 0,
              () ->
                  node(caller)
                      .getOrderStatus("final", id)
                      .onSuccess(
                          order -> {
                            if (order != null && seen[0] && !order.isFinal()) {
                              reopened.add(order.status());
                            }
                            seen[0] |= order != null && order.isFinal();
                          })));
    }
    Callers.await(callers);

    assertThat(reopened).isEmpty();
    assertThat(get(node(0).getOrderStatus("final", id)).status()).isEqualTo("filled");
  }
}
