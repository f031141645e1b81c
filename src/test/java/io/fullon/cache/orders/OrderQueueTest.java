package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class OrderQueueTest {

  private static final String QUEUE = "local 1";
  private static final String CLAIMED = "fullon:{orders:queue:" + QUEUE + "}:claimed";
  private static final long LONG_MS = 20_000;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode node = redis.node(new JsonObject());
  private static final CacheNode impatient = redis.node("orders", "visibility_timeout_ms", 50);
  private static final OrdersCache orders = node.orders();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static int push(String id) {
    return get(orders.pushOpenOrder(id, QUEUE));
  }

  private static String pop() {
    return get(orders.popOpenOrder(QUEUE, 0));
  }

  private static OrderClaim take() {
    return get(orders.takeOpenOrder(QUEUE, "consumer", 0));
  }

  private static boolean ack(OrderClaim claim) {
    return get(orders.ackOpenOrder(QUEUE, claim.receipt()));
  }

  private static int length() {
    return get(orders.getQueueLength(QUEUE));
  }

  private static long keys() {
    return node.keys().size();
  }

  /** As if the visibility timeout of all claims were over. */
  private static void endClaims() {
    for (Response number : node.redis(Command.ZRANGE, CLAIMED, "0", "-1")) {
      node.redis(Command.ZADD, CLAIMED, "1", number.toString());
    }
  }

  @Test
  void givesTheIdsInTheOrderInWhichTheyWerePushed() {
    assertThat(List.of(push("b"), push("a"), push("b"))).containsExactly(1, 2, 3);

    assertThat(List.of(pop(), pop(), pop())).containsExactly("b", "a", "b");
  }

  @Test
  void whatIsPushedIsThereForWhoeverComesNext() {
    List<Future<Integer>> lengths = new ArrayList<>();
    List<Integer> expected = new ArrayList<>();
    for (int i = 1; i <= 250; i++) {
      lengths.add(orders.pushOpenOrder(String.valueOf(i), QUEUE));
      expected.add(i);
    }
    Future<Integer> length = orders.getQueueLength(QUEUE);
    Future<String> first = orders.popOpenOrder(QUEUE, 0);
    Future<Integer> pushedAfterwards = orders.pushOpenOrder("251", QUEUE);

    assertThat(get(first)).isEqualTo("1");
    assertThat(get(length)).isEqualTo(250);
    assertThat(get(pushedAfterwards)).isEqualTo(250);
    assertThat(lengths.stream().map(CacheNode::get)).containsExactlyElementsOf(expected);
  }

  @Test
  void givesNullWhereThereIsNone() {
    assertThat(pop()).isNull();
    assertThat(take()).isNull();
    assertThat(get(orders.popOpenOrder(QUEUE, 1))).isNull();
    assertThat(get(orders.takeOpenOrder(QUEUE, "consumer", 1))).isNull();
    assertThat(length()).isZero();
    assertThat(get(orders.ackOpenOrder(QUEUE, "1.1"))).isFalse();
    assertThat(keys()).isZero();
  }

  @Test
  void keepsQueuesApartWhateverTheirNames() {
    List<String> queues = List.of("a", "a:b", "a%3Ab", "{a}", "}", "a}:waiting", "'\"\\ é漢😀", "1");
    for (String queue : queues) {
      assertThat(get(orders.pushOpenOrder("id of " + queue, queue))).isEqualTo(1);
    }
    for (String queue : queues) {
      assertThat(get(orders.popOpenOrder(queue, 0))).isEqualTo("id of " + queue);
    }
  }

  @Test
  void takesIntegersAsIdsAndGivesTexts() {
    JsonObject push = new JsonObject().put("exOrderId", 12).put("localOrderId", 7);

    assertThat(get(node.call(OrdersCache.ADDRESS, "pushOpenOrder", push))).isEqualTo(1);

    JsonObject pop = new JsonObject().put("localOrderId", "7").put("timeoutMs", 0);
    assertThat(get(node.call(OrdersCache.ADDRESS, "popOpenOrder", pop))).isEqualTo("12");
  }

  @Test
  void claimsTheOldestId() {
    push("a");
    push("b");

    OrderClaim claim = take();

    assertThat(claim.exOrderId()).isEqualTo("a");
    assertThat(claim.deliveries()).isEqualTo(1);
    assertThat(take().exOrderId()).isEqualTo("b");
    assertThat(pop()).isNull();
  }

  @Test
  void givesAClaimInPlainJson() {
    push("a");
    JsonObject call =
        new JsonObject().put("localOrderId", QUEUE).put("consumer", "me").put("timeoutMs", 0);

    JsonObject claim = (JsonObject) get(node.call(OrdersCache.ADDRESS, "takeOpenOrder", call));

    assertThat(claim.fieldNames())
        .containsExactlyInAnyOrder("ex_order_id", "receipt", "deliveries");
    JsonObject ack =
        new JsonObject().put("localOrderId", QUEUE).put("receipt", claim.getString("receipt"));
    assertThat(get(node.call(OrdersCache.ADDRESS, "ackOpenOrder", ack))).isEqualTo(true);
  }

  @Test
  void acknowledgesOnce() {
    push("a");
    OrderClaim claim = take();

    assertThat(ack(claim)).isTrue();

    assertThat(ack(claim)).isFalse();
    assertThat(pop()).isNull();
  }

  @Test
  void acknowledgesOnlyInTheClaimsOwnQueueAndByItsWholeReceipt() {
    push("a");
    get(orders.pushOpenOrder("b", "other"));
    String receipt = take().receipt();
    get(orders.takeOpenOrder("other", "consumer", 0));

    assertThat(get(orders.ackOpenOrder("other", receipt))).isFalse();
    for (String wrong : List.of("", "x", receipt + "0", receipt.replace(".1", ".2"), "last.1")) {
      assertThat(get(orders.ackOpenOrder(QUEUE, wrong))).as(wrong).isFalse();
    }
    assertThat(get(orders.ackOpenOrder(QUEUE, receipt))).isTrue();
  }

  @Test
  void deliversAgainBeforeNewerOnesWhatWasNotAcknowledgedInTime() {
    push("a");
    push("b");
    take();
    endClaims();
    push("c");

    OrderClaim again = take();

    assertThat(again.exOrderId()).isEqualTo("a");
    assertThat(again.deliveries()).isEqualTo(2);
    assertThat(List.of(pop(), pop())).containsExactly("b", "c");
    endClaims();
    assertThat(take().deliveries()).isEqualTo(3);
  }

  @Test
  void deliversAgainInTheOldOrder() {
    push("a");
    push("b");
    push("c");
    take();
    take();
    OrderClaim last = take();
    ack(last);
    endClaims();

    assertThat(List.of(pop(), take().exOrderId())).containsExactly("a", "b");
  }

  @Test
  void doesNotAcceptTheReceiptOfAnEarlierDelivery() {
    push("a");
    OrderClaim first = take();
    endClaims();
    OrderClaim second = take();

    assertThat(ack(first)).isFalse();
    assertThat(ack(second)).isTrue();
  }

  @Test
  void doesNotAcceptAReceiptWhoseTimeIsOver() {
    push("a");
    OrderClaim claim = take();
    endClaims();

    assertThat(ack(claim)).isFalse();

    assertThat(pop()).isEqualTo("a");
    assertThat(ack(claim)).isFalse();
  }

  @Test
  void countsThoseThatWaitAndNotThoseThatAreClaimed() {
    push("a");
    push("b");
    take();
    assertThat(length()).isEqualTo(1);
    assertThat(push("c")).isEqualTo(2);

    endClaims();

    assertThat(length()).isEqualTo(3);
  }

  @Test
  void deliversAgainWhenTheConfiguredTimeIsOver() {
    push("a");
    OrderClaim claim = get(impatient.orders().takeOpenOrder(QUEUE, "consumer", 0));
    assertThat(claim.exOrderId()).isEqualTo("a");

    await().until(() -> length() == 1);

    assertThat(ack(claim)).isFalse();
    assertThat(take().deliveries()).isEqualTo(2);
  }

  @Test
  void givesToHimWhoWaitsWhatAnotherOneDidNotAcknowledge() {
    push("a");
    get(impatient.orders().takeOpenOrder(QUEUE, "consumer", 0));

    // Nobody pushes; the second node has not made the claim itself.
    assertThat(get(orders.popOpenOrder(QUEUE, LONG_MS))).isEqualTo("a");
  }

  @Test
  void givesToHimWhoWaitedBeforeWhatAnotherOneDidNotAcknowledge() {
    Future<String> waiting = orders.popOpenOrder(QUEUE, LONG_MS);
    Future<OrderClaim> claim = impatient.orders().takeOpenOrder(QUEUE, "consumer", LONG_MS);
    assertThat(get(orders.getQueueLength(QUEUE))).isZero();
    assertThat(get(impatient.orders().getQueueLength(QUEUE))).isZero();

    push("a");

    assertThat(get(waiting)).isEqualTo("a");
    push("b");
    assertThat(get(claim)).isNotNull();
  }

  @Test
  void leavesNothingInRedisWhenAllIsPoppedOrAcknowledged() {
    push("a");
    push("b");
    push("c");
    OrderClaim first = take();
    OrderClaim second = take();
    ack(second);
    pop();
    assertThat(keys()).isNotZero();

    ack(first);

    assertThat(keys()).isZero();
  }

  @Test
  void givesGrowingReceiptsThoughTheClockGoesBack() {
    push("a");
    String ahead = "9000000000000000";
    node.redis(Command.HSET, CLAIMED.replace("claimed", "entries"), "last", ahead);

    push("b");

    pop();
    assertThat(take().receipt()).isEqualTo("9000000000000001.1");
  }

  @Test
  void goesOnWithAThousandClaimsWhoseTimeIsOverAtOnce() {
    int count = 1_500;
    List<Integer> rounds = IntStream.range(0, count).boxed().toList();
    get(Future.all(rounds.stream().map(i -> orders.pushOpenOrder("id-" + i, QUEUE)).toList()));
    get(Future.all(rounds.stream().map(i -> takeWaiting()).toList()));
    assertThat(length()).isZero();

    node.redis(
        Command.EVAL,
        "for _, n in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do"
            + " redis.call('ZADD', KEYS[1], 1, n) end",
        "1",
        CLAIMED);

    List<Future<OrderClaim>> claims = rounds.stream().map(i -> takeWaiting()).toList();
    get(Future.all(claims));
    assertThat(claims).allMatch(claim -> claim.result().deliveries() == 2);
    assertThat(claims).extracting(claim -> claim.result().exOrderId()).doesNotHaveDuplicates();
  }

  private static Future<OrderClaim> takeWaiting() {
    return orders.takeOpenOrder(QUEUE, "consumer", LONG_MS);
  }

  @Test
  void deliversAgainForEverUnlessToldOtherwise() {
    push("a");
    for (int i = 1; i <= 20; i++) {
      assertThat(take().deliveries()).isEqualTo(i);
      endClaims();
    }
  }
}
