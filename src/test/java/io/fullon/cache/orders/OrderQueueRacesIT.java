package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Many callers at once, on two nodes with four verticles each. */
class OrderQueueRacesIT {

  private static final int CALLERS = 8;
  private static final int ROUNDS = 1_000;
  private static final int QUEUES = 3;
  private static final int ALL = CALLERS * ROUNDS;

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private CacheNode one;
  private CacheNode other;
  private List<OrdersCache> nodes;

  /** How often each id was dealt with: popped, or acknowledged in time. */
  private final Map<String, Integer> done = new ConcurrentHashMap<>();

  private void start(long visibilityMs) {
    JsonObject config =
        Options.section("orders", "instances", 4, "visibility_timeout_ms", visibilityMs);
    one = redis.node(config);
    other = redis.node(config);
    nodes = List.of(one.orders(), other.orders());
  }

  private OrdersCache node(int caller) {
    return nodes.get(caller % nodes.size());
  }

  private static String queue(int number) {
    return "queue-" + number % QUEUES;
  }

  private static long anyTimeout() {
    return new long[] {0, 1, 3, 50}[ThreadLocalRandom.current().nextInt(4)];
  }

  private void done(String id) {
    done.merge(id, 1, Integer::sum);
  }

  private boolean over() {
    return done.size() >= ALL;
  }

  private Future<?> pusher(int caller) {
    return Callers.inTurn(
        ROUNDS, i -> node(caller).pushOpenOrder(caller + "." + i, queue(caller + i)));
  }

  private Future<?> popper(int caller) {
    AtomicInteger turn = new AtomicInteger(caller);
    return Callers.until(
        this::over,
        () ->
            node(caller)
                .popOpenOrder(queue(turn.getAndIncrement()), anyTimeout())
                .onSuccess(
                    id -> {
                      if (id != null) {
                        done(id);
                      }
                    }));
  }

  /** Forgets to acknowledge one in so many; 0: none. */
  private Future<?> taker(int caller, int forgetful) {
    AtomicInteger turn = new AtomicInteger(caller);
    return Callers.until(
        this::over,
        () -> {
          String queue = queue(turn.getAndIncrement());
          return node(caller)
              .takeOpenOrder(queue, "taker " + caller, anyTimeout())
              .compose(claim -> deal(caller, queue, claim, forgetful));
        });
  }

  private Future<?> deal(int caller, String queue, OrderClaim claim, int forgetful) {
    boolean forgets = forgetful > 0 && ThreadLocalRandom.current().nextInt(forgetful) == 0;
    if (claim == null || forgets) {
      return Future.succeededFuture();
    }
    // Another node's connection may be the faster one.
    return node(caller + 1)
        .ackOpenOrder(queue, claim.receipt())
        .onSuccess(
            inTime -> {
              if (inTime) {
                done(claim.exOrderId());
              }
            });
  }

  private void assertAllDoneOnceAndNothingIsLeft() {
    assertThat(done).hasSize(ALL);
    assertThat(done).allSatisfy((id, times) -> assertThat(times).as(id).isEqualTo(1));
    for (int i = 0; i < QUEUES; i++) {
      assertThat(get(node(i).getQueueLength(queue(i)))).isZero();
    }
    assertThat(one.keys()).as("keys in Redis").isEmpty();
  }

  @Test
  void everyPushedIdGoesToOnePopperOrTaker() {
    start(600_000);
    List<Future<?>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(pusher(i));
      callers.add(popper(i));
      callers.add(taker(i, 0));
    }
    Callers.await(callers);

    assertAllDoneOnceAndNothingIsLeft();
  }

  @Test
  void everyPushedIdIsDealtWithOnceThoughClaimsAreForgottenAndRunOut() {
    start(20);
    List<Future<?>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(pusher(i));
      callers.add(popper(i));
      callers.add(taker(i, 3));
    }
    Callers.await(callers);

    assertAllDoneOnceAndNothingIsLeft();
  }

  @Test
  void whoOnlyTakesGetsEveryIdInTheEnd() {
    start(20);
    List<Future<?>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(pusher(i));
      callers.add(taker(i, 2));
    }
    Callers.await(callers);

    assertAllDoneOnceAndNothingIsLeft();
  }

  @Test
  void idsOfOneCallerComeInTheirOrder() {
    start(600_000);
    String queue = "ordered";
    Future<?> pushed = Callers.inTurn(ALL, i -> node(i).pushOpenOrder(String.valueOf(i), queue));
    List<String> popped = new ArrayList<>();
    Future<?> all =
        Callers.inTurn(ALL, i -> node(i / 100).popOpenOrder(queue, 20_000).onSuccess(popped::add));
    Callers.await(List.of(pushed, all));

    for (int i = 0; i < ALL; i++) {
      assertThat(popped.get(i)).isEqualTo(String.valueOf(i));
    }
  }
}
