package io.fullon.cache.flow;

import static io.fullon.cache.flow.OneSession.BOT;
import static io.fullon.cache.flow.OneSession.LONG;
import static io.fullon.cache.flow.OneSession.OTHER;
import static io.fullon.cache.flow.OneSession.SYMBOL;
import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bot.Block;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.HeldMessages;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Sessions that do not get their block, or lose it. */
class BotSessionLossTest {

  @AutoClose private static final CacheNode node = CacheNode.start();

  private final OneSession one = new OneSession(node);

  // To other bots

  @Test
  void doesNotRunTheBodyWhenAnotherBotHasTheBlock() {
    Block others = one.takeOver();

    assertThat(assertFails(one.run(LONG), Failure.CONFLICT))
        .hasMessageContaining(SYMBOL)
        .hasMessageContaining(one.exchange);

    assertThat(one.hasBegun()).isFalse();
    one.assertUntouched(others);
  }

  @Test
  void doesNotRunTheBodyWhenAnotherBotHasTheMark() {
    get(one.bots().markOpeningPosition(one.exchange, SYMBOL, OTHER));

    assertFails(one.run(LONG), Failure.CONFLICT);

    assertThat(one.hasBegun()).isFalse();
    assertThat(get(one.holder())).isNull();
    assertThat(get(one.opening())).isTrue();
    assertThat(get(one.bots().unmarkOpeningPosition(one.exchange, SYMBOL, OTHER))).isTrue();
  }

  @Test
  void tellsTheBodyThatTheBlockIsLost() {
    Future<String> result = one.begin(Duration.ofSeconds(2));

    Block others = one.takeOver();

    assertThat(get(one.session().lost())).isNull();
    assertFails(result, Failure.CONFLICT);
    one.assertUntouched(others);
    one.body.complete("too late");
    one.assertUntouched(others);
  }

  @Test
  void doesNoStepOnceTheBlockIsLost() {
    AtomicInteger steps = new AtomicInteger();
    one.begin(Duration.ofSeconds(2));

    one.takeOver();
    get(one.session().lost());

    assertThat(one.session().isHeld()).isFalse();
    assertFails(
        one.session().step(() -> Future.succeededFuture(steps.incrementAndGet())),
        Failure.CONFLICT);
    assertThat(steps).hasValue(0);
  }

  /** It may not know it yet: Redis does. */
  @Test
  void writesNoOrderOnceAnotherBotHasTheBlock() {
    one.begin(LONG);
    OrdersCache own = one.session().orders();
    JsonObject data = new JsonObject().put("symbol", SYMBOL).put("status", "open");
    Order before = get(own.saveOrderData(one.exchange, "O1", data));
    one.takeOver();

    List<Future<?>> writes =
        List.of(
            own.saveOrderData(one.exchange, "O1", data.copy().put("status", "filled")),
            own.saveOrder(one.exchange, before),
            own.bindOrder(one.exchange, "own", "O1"),
            own.pushOpenOrder("O1", one.exchange),
            own.deleteOrder(one.exchange, "O1"));

    writes.forEach(write -> assertFails(write, Failure.CONFLICT));
    assertThat(get(own.getOrderStatus(one.exchange, "O1"))).isEqualTo(before);
  }

  @Test
  void tellsTheBodyAlsoWhenNobodyElseHasTheBlock() {
    Future<String> result = one.begin(Duration.ofSeconds(2));

    one.unblock();

    assertFails(result, Failure.CONFLICT);
    one.assertGivenBack();
  }

  @Test
  void doesNotReportSuccessWhenTheBlockTurnsOutToBeLostAtTheEnd() {
    Future<String> result = one.begin(LONG);
    Block others = one.takeOver();

    one.body.complete("done");

    assertFails(result, Failure.CONFLICT);
    one.assertUntouched(others);
  }

  @Test
  void passesTheBodysFailureOnAlsoWhenTheBlockWasLost() {
    RuntimeException failure = new IllegalStateException("no luck");
    Future<String> result = one.begin(LONG);
    Block others = one.takeOver();

    one.body.fail(failure);

    assertThat(failure(result)).isSameAs(failure);
    one.assertUntouched(others);
  }

  // To another session of the same bot

  @Test
  void losesTheBlockToALaterSessionOfTheSameBot() {
    Promise<String> laterBody = Promise.promise();
    AtomicReference<BotSession> later = new AtomicReference<>();
    Future<String> first = one.begin(LONG);
    Future<String> second =
        one.run(
            LONG,
            begun -> {
              later.set(begun);
              return laterBody.future();
            });
    await("the later body to begin").until(() -> later.get() != null);

    one.body.complete("first");
    assertFails(first, Failure.CONFLICT);
    one.assertUntouched(later.get().block());

    laterBody.complete("second");
    assertThat(get(second)).isEqualTo("second");
    one.assertGivenBack();
  }

  // In time

  @Test
  void losesTheBlockWhenNoRenewalComesThrough() {
    try (HeldMessages renewals = new HeldMessages(node.vertx(), "renewBlock", one.exchange)) {
      Future<String> result = one.begin(Duration.ofSeconds(2));

      assertThat(get(one.session().lost())).isNull();
      assertFails(result, Failure.CONFLICT);
      assertThat(renewals.count()).isPositive();
    }
    await("the block to end").until(() -> get(one.holder()) == null);
    one.assertGivenBack();
  }

  @Test
  void givesBackWhatARenewalKeptWhoseAnswerNeverCame() {
    Future<String> result = one.begin(Duration.ofSeconds(2));
    long token = one.session().token();
    get(one.bots().renewBlock(one.exchange, SYMBOL, BOT, token, LONG.toMillis()));

    try (HeldMessages renewals = new HeldMessages(node.vertx(), "renewBlock", one.exchange)) {
      assertFails(result, Failure.CONFLICT);
      assertThat(renewals.count()).isPositive();

      await("the block to be given back").until(() -> get(one.holder()) == null);
    }
  }

  @Test
  void neitherMarksNorBeginsWhenTheLeaseHasEndedBefore() {
    try (HeldMessages marks = new HeldMessages(node.vertx(), "markOpeningPosition", one.exchange);
        HeldMessages renewals = new HeldMessages(node.vertx(), "renewBlock", one.exchange)) {
      assertFails(one.run(Duration.ofMillis(300)), Failure.CONFLICT);

      await("the lease to end").until(() -> get(one.holder()) == null);
      assertThat(marks.count()).isEqualTo(1);
      // Too late.
      marks.letGo();
      renewals.letGo();
    }

    one.assertGivenBack();
    assertThat(one.hasBegun()).isFalse();
  }
}
