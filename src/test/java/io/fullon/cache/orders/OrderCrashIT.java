package io.fullon.cache.orders;

import static io.fullon.cache.orders.TakingProcess.LONG_MS;
import static io.fullon.cache.orders.TakingProcess.QUEUE;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** Processes that are killed between taking an order and acknowledging it. */
class OrderCrashIT {

  private static final JsonObject CONFIG = new JsonObject().put("visibility_timeout_ms", 3_000);

  private static String[] takeAndKill(CacheNode node) {
    try (ChildJvm process =
        ChildJvm.start(TakingProcess.class, node.redis().uri(), CONFIG.encode())) {
      return process.line().split(" ");
    }
  }

  private static OrderClaim take(OrdersCache orders) {
    return get(orders.takeOpenOrder(QUEUE, "next", LONG_MS));
  }

  @Test
  void whatAKilledProcessHadTakenIsDeliveredAgainBeforeNewerOnes() {
    try (CacheNode node = CacheNode.start(new JsonObject().put("orders", CONFIG))) {
      OrdersCache orders = node.orders();
      get(orders.pushOpenOrder("old", QUEUE));
      String[] first = takeAndKill(node);
      String[] second = takeAndKill(node);

      assertThat(first).startsWith("old").endsWith("1");
      assertThat(second).startsWith("old").endsWith("2");

      OrderClaim claim = take(orders);
      get(orders.pushOpenOrder("new", QUEUE));

      assertThat(claim.exOrderId()).isEqualTo("old");
      assertThat(claim.deliveries()).isEqualTo(3);
      assertThat(get(orders.ackOpenOrder(QUEUE, first[1]))).as("a dead receipt").isFalse();
      assertThat(get(orders.ackOpenOrder(QUEUE, claim.receipt()))).isTrue();
      assertThat(take(orders).exOrderId()).isEqualTo("new");
    }
  }
}
