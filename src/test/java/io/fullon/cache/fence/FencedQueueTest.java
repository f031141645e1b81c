package io.fullon.cache.fence;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.OrderClaim;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ids that were pushed under a block are given out only while it is held. */
class FencedQueueTest {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USD:PERP";
  private static final String BOT = "bot 1";
  private static final String QUEUE = "queue";
  private static final long LONG_MS = 600_000;

  @AutoClose
  private static final CacheNode node =
      CacheNode.start("orders", "visibility_timeout_ms", 1_500, "max_deliveries", 2);

  private static final BotCache bots = BotCache.proxy(node.vertx());
  private static final OrdersCache orders = node.orders();

  @BeforeEach
  void loseAll() {
    node.redis(Command.FLUSHALL);
  }

  private static Fence acquire() {
    return new Fence(
        EXCHANGE, SYMBOL, get(bots.acquireBlock(EXCHANGE, SYMBOL, BOT, LONG_MS)).token());
  }

  private static int push(String id, Fence block) {
    return get(orders.pushOpenOrder(id, QUEUE, block));
  }

  private static String pop() {
    return get(orders.popOpenOrder(QUEUE, 0));
  }

  private static OrderClaim take() {
    return get(orders.takeOpenOrder(QUEUE, "consumer", 0));
  }

  private static void assertNothingLeft() {
    assertThat(get(orders.getQueueLength(QUEUE))).isZero();
    assertThat(node.redis(Command.KEYS, "*queue*").size()).isZero();
  }

  @Test
  void anIdIsGivenOutWhileItsBlockIsHeld() {
    Fence block = acquire();
    assertThat(push("1", block)).isEqualTo(1);
    assertThat(push("2", block)).isEqualTo(2);

    assertThat(pop()).isEqualTo("1");
    OrderClaim claim = take();
    assertThat(claim.exOrderId()).isEqualTo("2");
    assertThat(claim.deliveries()).isEqualTo(1);
    assertThat(get(orders.ackOpenOrder(QUEUE, claim.receipt()))).isTrue();
    assertNothingLeft();
  }

  @Test
  void aPushUnderABlockThatIsNotHeldIsRefused() {
    assertThat(
            assertFails(
                orders.pushOpenOrder("1", QUEUE, new Fence(EXCHANGE, SYMBOL, 1)), Failure.CONFLICT))
        .hasMessageContaining(SYMBOL);
    Fence old = acquire();
    Fence block = acquire();

    assertFails(orders.pushOpenOrder("1", QUEUE, old), Failure.CONFLICT);
    assertFails(
        orders.pushOpenOrder("1", QUEUE, new Fence(EXCHANGE, "other", block.token())),
        Failure.CONFLICT);
    assertNothingLeft();
  }

  @Test
  void anIdWhoseBlockIsNotHeldAnyMoreIsDropped() {
    Fence old = acquire();
    push("1", old);
    push("2", old);
    Fence block = acquire();
    push("3", block);
    get(orders.pushOpenOrder("4", QUEUE));

    assertThat(pop()).isEqualTo("3");
    assertThat(take().exOrderId()).isEqualTo("4");
    assertThat(pop()).isNull();
  }

  @Test
  void whoTakesGetsNoneWhoseBlockIsNotHeldAnyMore() {
    Fence old = acquire();
    push("1", old);
    acquire();
    assertThat(take()).isNull();
    assertThat(pop()).isNull();
    assertNothingLeft();
  }

  @Test
  void aClaimThatComesBackIsLookedAtAgain() {
    push("1", acquire());
    assertThat(take()).isNotNull();
    acquire();

    assertThat(get(orders.takeOpenOrder(QUEUE, "other", 2_000))).isNull();
    assertNothingLeft();
  }

  @Test
  void aClaimThatComesBackIsGivenOutWhileItsBlockIsHeld() {
    push("1", acquire());
    OrderClaim first = take();

    OrderClaim again = get(orders.takeOpenOrder(QUEUE, "other", 20_000));

    assertThat(again.exOrderId()).isEqualTo("1");
    assertThat(again.deliveries()).isEqualTo(first.deliveries() + 1);
    assertThat(get(orders.ackOpenOrder(QUEUE, first.receipt()))).isFalse();
    assertThat(get(orders.ackOpenOrder(QUEUE, again.receipt()))).isTrue();
    assertNothingLeft();
  }

  @Test
  void whatIsDeadIsLookedAtToo() {
    Fence block = acquire();
    push("1", block);
    take();
    assertThat(get(orders.takeOpenOrder(QUEUE, "other", 20_000)).deliveries()).isEqualTo(2);
    await().until(() -> take() == null && get(orders.getQueueLength(QUEUE + ".dead")) == 1);

    assertThat(get(orders.popOpenOrder(QUEUE + ".dead", 0))).isEqualTo("1");
    assertNothingLeft();
  }

  @Test
  void whoWaitsGetsTheFirstWhoseBlockIsHeld() {
    Future<String> waiting = orders.popOpenOrder(QUEUE, 20_000);
    Fence old = acquire();
    Fence block = acquire();
    // As if it had been pushed before.
    push("0", block);
    assertThat(get(waiting)).isEqualTo("0");

    Future<OrderClaim> taking = orders.takeOpenOrder(QUEUE, "consumer", 20_000);
    assertFails(orders.pushOpenOrder("1", QUEUE, old), Failure.CONFLICT);
    push("2", block);
    assertThat(get(taking).exOrderId()).isEqualTo("2");
  }

  @Test
  void manyThatAreDroppedDoNotHideTheOthers() {
    Fence old = acquire();
    List<Future<?>> pushes = new ArrayList<>();
    IntStream.range(0, 300).forEach(i -> pushes.add(orders.pushOpenOrder("old" + i, QUEUE, old)));
    get(Future.all(pushes));
    Fence block = acquire();
    List<String> expected = new ArrayList<>();
    List<Future<String>> pops = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      push("new" + i, block);
      expected.add("new" + i);
      pops.add(orders.popOpenOrder(QUEUE, 20_000));
    }

    assertThat(pops.stream().map(CacheNode::get)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(pop()).isNull();
    assertNothingLeft();
  }

  @Test
  void blocksOfSeveralExchangesAreLookedAt() {
    Fence block = acquire();
    Fence other =
        new Fence("kraken", SYMBOL, get(bots.acquireBlock("kraken", SYMBOL, BOT, LONG_MS)).token());
    push("1", other);
    push("2", block);
    push("3", other);
    get(bots.unblockExchange("kraken", SYMBOL, BOT, other.token()));

    assertThat(pop()).isEqualTo("2");
    assertThat(pop()).isNull();
  }

  @Test
  void countsWhatIsDropped() {
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    Metrics.addRegistry(metrics);
    try {
      double before = metrics.get("fullon.cache.orders.fenced").functionCounter().count();
      push("1", acquire());
      acquire();
      assertThat(pop()).isNull();
      assertThat(metrics.get("fullon.cache.orders.fenced").functionCounter().count())
          .isEqualTo(before + 1);
    } finally {
      Metrics.removeRegistry(metrics);
    }
  }

  @Test
  void speaksPlainJson() {
    Fence block = acquire();
    JsonObject call =
        new JsonObject()
            .put("exOrderId", "1")
            .put("localOrderId", QUEUE)
            .put("block", block.toJson());
    assertThat(get(node.call(OrdersCache.ADDRESS, "pushOpenOrder", call))).isEqualTo(1);
    assertThat(get(node.call(OrdersCache.ADDRESS, "pushOpenOrder", call.copy().putNull("block"))))
        .isEqualTo(2);
    JsonObject bad = block.toJson().put("exchange", "a:b");
    assertRefused(
        node.call(OrdersCache.ADDRESS, "pushOpenOrder", call.copy().put("block", bad)),
        "block.exchange");
    assertThat(pop()).isEqualTo("1");
  }
}
