package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Options;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Order ids that nobody acknowledges. */
class OrderDeadTest {

  private static final String QUEUE = "local 1";
  private static final String DEAD = QUEUE + ".dead";
  private static final String KEYS = "fullon:{orders:queue:" + QUEUE + "}:";
  private static final long LONG_MS = 20_000;

  @AutoClose
  private static final CacheNode node =
      CacheNode.start(
          new JsonObject()
              .put(
                  "orders",
                  new JsonObject().put("max_deliveries", 2).put("visibility_timeout_ms", 60_000)));

  private static final OrdersCache orders = node.orders();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static OrderClaim take(String queue) {
    return get(orders.takeOpenOrder(queue, "consumer", 0));
  }

  private static int length(String queue) {
    return get(orders.getQueueLength(queue));
  }

  /** As if the visibility timeout of all claims were over. */
  private static void endClaims(String claimed) {
    for (Response number : node.redis(Command.ZRANGE, KEYS + claimed, "0", "-1")) {
      node.redis(Command.ZADD, KEYS + claimed, "1", number.toString());
    }
  }

  private static void deliverTwice(String id) {
    get(orders.pushOpenOrder(id, QUEUE));
    for (int i = 1; i <= 2; i++) {
      assertThat(take(QUEUE).deliveries()).isEqualTo(i);
      endClaims("claimed");
    }
  }

  @Test
  void goToTheQueueOfTheDeadAfterSoManyDeliveries() {
    deliverTwice("a");
    get(orders.pushOpenOrder("b", QUEUE));

    assertThat(length(QUEUE)).isEqualTo(1);
    assertThat(take(QUEUE).exOrderId()).isEqualTo("b");

    assertThat(length(QUEUE)).isZero();
    assertThat(length(DEAD)).isEqualTo(1);
    assertThat(get(orders.popOpenOrder(DEAD, 0))).isEqualTo("a");
  }

  @Test
  void areNotGivenToWhoPopsEither() {
    deliverTwice("a");

    assertThat(get(orders.popOpenOrder(QUEUE, 0))).isNull();

    assertThat(take(DEAD).exOrderId()).isEqualTo("a");
  }

  @Test
  void wakeWhoWaitsForTheDead() {
    Future<String> waiting = orders.popOpenOrder(DEAD, LONG_MS);
    deliverTwice("a");

    assertThat(take(QUEUE)).isNull();

    assertThat(get(waiting)).isEqualTo("a");
  }

  @Test
  void areThereForWhoeverAsksFirst() {
    deliverTwice("a");
    assertThat(length(QUEUE)).isZero();
    assertThat(length(DEAD)).isEqualTo(1);
    assertThat(take(DEAD).exOrderId()).isEqualTo("a");
    assertThat(length(DEAD)).isZero();

    deliverTwice("b");
    assertThat(get(orders.popOpenOrder(DEAD, 0))).isEqualTo("b");
    assertThat(length(DEAD)).isZero();
  }

  @Test
  void goThereBeforeSomethingIsPushed() {
    Future<String> waiting = orders.popOpenOrder(DEAD, LONG_MS);
    deliverTwice("a");

    get(orders.pushOpenOrder("b", QUEUE));

    assertThat(get(waiting)).isEqualTo("a");
    for (int i = 1; i <= 2; i++) {
      take(QUEUE);
      endClaims("claimed");
    }
    assertThat(get(orders.pushOpenOrder("c", DEAD))).isEqualTo(2);
    assertThat(get(orders.popOpenOrder(DEAD, 0))).isEqualTo("b");
  }

  @Test
  void areNotThoseThatComeAgain() {
    get(orders.pushOpenOrder("a", QUEUE));
    take(QUEUE);
    endClaims("claimed");

    assertThat(take(DEAD)).isNull();

    assertThat(length(DEAD)).isZero();
    assertThat(take(QUEUE).deliveries()).isEqualTo(2);
  }

  @Test
  void comeToWhoWaitsForThemThoughNobodyAsksForTheirQueueAnyMore() {
    try (CacheNode impatient =
        CacheNode.start(
            node.redis(),
            Options.section("orders", "max_deliveries", 1, "visibility_timeout_ms", 200))) {
      OrdersCache near = impatient.orders();
      Future<String> before = near.popOpenOrder(DEAD, LONG_MS);
      for (String id : new String[] {"a", "b"}) {
        get(near.pushOpenOrder(id, QUEUE));
        assertThat(get(near.takeOpenOrder(QUEUE, "consumer", 0)).exOrderId()).isEqualTo(id);
      }
      Future<String> after = near.popOpenOrder(DEAD, LONG_MS);

      assertThat(get(before)).isEqualTo("a");
      assertThat(get(after)).isEqualTo("b");
    }
  }

  @Test
  void areDeliveredAsOftenAsItTakesFromTheQueueOfTheDead() {
    deliverTwice("a");
    take(QUEUE);

    for (int i = 1; i <= 5; i++) {
      OrderClaim claim = take(DEAD);
      assertThat(claim.deliveries()).isEqualTo(i);
      if (i == 5) {
        assertThat(get(orders.ackOpenOrder(DEAD, claim.receipt()))).isTrue();
      } else {
        endClaims("dead:claimed");
      }
    }
    assertThat(node.keys()).isEmpty();
  }

  @Test
  void areNoneThatAreAcknowledgedInTime() {
    get(orders.pushOpenOrder("a", QUEUE));
    take(QUEUE);
    endClaims("claimed");
    OrderClaim second = take(QUEUE);

    assertThat(get(orders.ackOpenOrder(QUEUE, second.receipt()))).isTrue();

    assertThat(take(QUEUE)).isNull();
    assertThat(node.keys()).isEmpty();
  }

  @Test
  void areKeptApartFromQueuesOfSuchNames() {
    for (String queue : new String[] {"a", "a.dead", "a.dead.dead", ".dead", "a.deadly"}) {
      get(orders.pushOpenOrder(queue, queue));
    }
    for (String queue : new String[] {"a", "a.dead", "a.dead.dead", ".dead", "a.deadly"}) {
      assertThat(get(orders.popOpenOrder(queue, 0))).isEqualTo(queue);
      assertThat(length(queue)).isZero();
    }
  }

  @Test
  void areNoneOfAQueueWhoseNameHasNoRoomForTheirs() {
    String queue = "q".repeat(124);
    get(orders.pushOpenOrder("a", queue));
    for (int i = 1; i <= 4; i++) {
      assertThat(take(queue).deliveries()).isEqualTo(i);
      String claimed = "fullon:{orders:queue:" + queue + "}:claimed";
      for (Response number : node.redis(Command.ZRANGE, claimed, "0", "-1")) {
        node.redis(Command.ZADD, claimed, "1", number.toString());
      }
    }
    String longest = "q".repeat(123);
    get(orders.pushOpenOrder("b", longest + ".dead"));
    assertThat(get(orders.popOpenOrder(longest + ".dead", 0))).isEqualTo("b");
  }
}
