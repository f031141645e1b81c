package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrderWaitingTest {

  private static final String QUEUE = "local-1";
  private static final long LONG_MS = 20_000;

  /** Waits until the node has begun whatever it was asked to do before. */
  private static void settle(CacheNode node) {
    get(node.orders().getQueueLength("another"));
  }

  private static List<Future<String>> wait(CacheNode node, int callers) {
    List<Future<String>> waiting = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      waiting.add(node.orders().popOpenOrder(QUEUE, LONG_MS));
    }
    settle(node);
    return waiting;
  }

  private static boolean isRefused(Future<?> call) {
    return get(
        call.transform(
            result -> Future.succeededFuture(Failure.UNAVAILABLE.matches(result.cause()))));
  }

  @Test
  void waitsForAnIdThatIsPushedLater() {
    try (CacheNode node = CacheNode.start()) {
      Future<String> popping = node.orders().popOpenOrder(QUEUE, LONG_MS);
      Future<OrderClaim> taking = node.orders().takeOpenOrder(QUEUE, "consumer", LONG_MS);
      settle(node);
      assertThat(popping.isComplete() || taking.isComplete()).isFalse();

      get(node.orders().pushOpenOrder("a", QUEUE));
      get(node.orders().pushOpenOrder("b", QUEUE));

      assertThat(get(popping)).isEqualTo("a");
      assertThat(get(taking).exOrderId()).isEqualTo("b");
    }
  }

  @Test
  void waitsForASecondWhenTheCallDoesNotSay() {
    assertThat(Endpoint.timeoutMs(Fields.of("", new JsonObject()))).isEqualTo(1_000);
    try (CacheNode node = CacheNode.start()) {
      JsonObject pop = new JsonObject().put("localOrderId", QUEUE);
      JsonObject take = pop.copy().put("consumer", "me").putNull("timeoutMs");
      Future<Object> popping = node.call(OrdersCache.ADDRESS, "popOpenOrder", pop);
      Future<Object> taking = node.call(OrdersCache.ADDRESS, "takeOpenOrder", take);
      settle(node);

      assertThat(popping.isComplete() || taking.isComplete()).isFalse();
      assertThat(get(popping)).isNull();
      assertThat(get(taking)).isNull();
    }
  }

  @Test
  void tellsEveryCallerWhenTheServiceStopsAndLosesNoId() {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode stopping = CacheNode.start(redis, new JsonObject());
        CacheNode other = CacheNode.start(redis, new JsonObject())) {
      List<Future<String>> waiting = wait(stopping, 500);
      List<Future<Integer>> pushes = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        pushes.add(other.orders().pushOpenOrder(String.valueOf(i), QUEUE));
      }
      get(pushes.get(100));

      stopping.undeploy();

      get(Future.all(pushes));
      List<String> got = new ArrayList<>();
      for (Future<String> each : waiting) {
        if (!isRefused(each)) {
          got.add(get(each));
        }
      }
      for (int left = get(other.orders().getQueueLength(QUEUE)); left > 0; left--) {
        got.add(get(other.orders().popOpenOrder(QUEUE, 0)));
      }
      assertThat(got).doesNotHaveDuplicates().hasSize(400).doesNotContainNull();
    } finally {
      redis.close();
    }
  }

  @Test
  void givesWhatWasPushedWhileItCouldNotBeTold() {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode node = CacheNode.start(redis, new JsonObject());
        CacheNode other =
            CacheNode.start(
                redis, new JsonObject().put("tick", disabled()).put("web", disabled()))) {
      List<Future<String>> waiting = wait(node, 3);
      node.redis(Command.ACL, "SETUSER", "default", "-subscribe");
      node.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");

      for (int i = 0; i < 3; i++) {
        get(other.orders().pushOpenOrder("id", QUEUE));
      }
      assertThat(waiting).noneMatch(Future::isComplete);
      node.redis(Command.ACL, "SETUSER", "default", "+subscribe");

      assertThat(get(Future.all(waiting)).<String>list()).containsExactly("id", "id", "id");
    } finally {
      redis.close();
    }
  }

  @Test
  void servesThoseWhoComeWhileNobodyTells() {
    try (CacheNode node = CacheNode.start()) {
      node.redis(Command.ACL, "SETUSER", "default", "-subscribe");
      node.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");
      await().until(() -> subscribers(node) == 0);

      get(node.orders().pushOpenOrder("a", QUEUE));

      assertThat(get(node.orders().popOpenOrder(QUEUE, LONG_MS))).isEqualTo("a");
      assertThat(get(node.orders().popOpenOrder(QUEUE, 0))).isNull();
      // It asks once more before it says that there is nothing.
      Future<String> waiting = node.orders().popOpenOrder(QUEUE, 1_000);
      settle(node);
      get(node.orders().pushOpenOrder("b", QUEUE));
      assertThat(get(waiting)).isEqualTo("b");
    }
  }

  private static long subscribers(CacheNode node) {
    return node.redis(Command.PUBSUB, "NUMPAT").toLong();
  }

  private static JsonObject disabled() {
    return new JsonObject().put("enabled", false);
  }

  @Test
  void letsThoseWaitOnForRedisToComeBackAndTellsNewOnesAtOnce(@TempDir Path folder)
      throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start(0, folder, Map.of());
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      List<Future<String>> waiting = wait(node, 3);

      redis.close();

      await().until(() -> isRefused(node.orders().popOpenOrder(QUEUE, 0)));
      for (long timeoutMs : new long[] {0, 1, LONG_MS}) {
        assertThat(failure(node.orders().popOpenOrder(QUEUE, timeoutMs)))
            .matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
        assertThat(failure(node.orders().takeOpenOrder("other", "me", timeoutMs)))
            .matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
      }
      assertThat(waiting).noneMatch(Future::isComplete);
      try (EmbeddedRedis elsewhere = EmbeddedRedis.start(0, folder, Map.of());
          CacheNode other = CacheNode.start(elsewhere, new JsonObject())) {
        get(other.orders().pushOpenOrder("a", QUEUE));
        get(other.orders().pushOpenOrder("b", QUEUE));
      }
      try (EmbeddedRedis back = EmbeddedRedis.start(redis.port(), folder, Map.of())) {
        assertThat(back.port()).isEqualTo(redis.port());
        assertThat(get(waiting.get(0)) + get(waiting.get(1))).isEqualTo("ab");
        await().until(() -> !isRefused(node.orders().pushOpenOrder("c", QUEUE)));
        assertThat(get(waiting.get(2))).isEqualTo("c");
      }
    } finally {
      redis.close();
    }
  }

  @Test
  void saysThatRedisIsAwayWhenTheTimeEndsMeanwhile() {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      Future<String> waiting = node.orders().popOpenOrder(QUEUE, 2_000);
      settle(node);

      redis.close();

      assertThat(failure(waiting)).matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
    } finally {
      redis.close();
    }
  }
}
