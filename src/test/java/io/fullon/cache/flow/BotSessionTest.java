package io.fullon.cache.flow;

import static io.fullon.cache.flow.OneSession.BOT;
import static io.fullon.cache.flow.OneSession.LONG;
import static io.fullon.cache.flow.OneSession.SYMBOL;
import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions that keep their block. */
class BotSessionTest {

  @AutoClose private static final CacheNode node = CacheNode.start();

  private final OneSession one = new OneSession(node);

  @Test
  void runsTheBodyUnderTheBlockWithTheMarkAndGivesBothBack() {
    Future<String> seen =
        one.run(
            LONG,
            own ->
                Future.join(one.holder(), one.opening(), one.bots().getBlocks())
                    .map(
                        state ->
                            state.resultAt(0)
                                + " "
                                + state.resultAt(1)
                                + " "
                                + state.<List<?>>resultAt(2).contains(own.block())
                                + " "
                                + (own.token() == own.block().token() && own.isHeld())));

    assertThat(get(seen)).isEqualTo(BOT + " true true true");
    one.assertGivenBack();
  }

  @Test
  void givesWhatTheBodyGivesAlsoNothing() {
    Future<Integer> seven = one.run(LONG, own -> Future.succeededFuture(7));
    assertThat(get(seven)).isEqualTo(7);

    Future<Void> nothing = one.run(LONG, own -> Future.succeededFuture());
    assertThat(get(nothing)).isNull();

    one.assertGivenBack();
  }

  static Stream<Arguments> bodiesThatFail() {
    RuntimeException failure = new IllegalStateException("no luck");
    Error error = new AssertionError("a bug");
    Function<BotSession, Future<Void>> fails = own -> Future.failedFuture(failure);
    Function<BotSession, Future<Void>> throwsException =
        own -> {
          throw failure;
        };
    Function<BotSession, Future<Void>> throwsError =
        own -> {
          throw error;
        };
    return Stream.of(
        Arguments.of(fails, failure),
        Arguments.of(throwsException, failure),
        Arguments.of(throwsError, error));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("bodiesThatFail")
  void passesTheBodysFailureOnAndGivesBlockAndMarkBack(
      Function<BotSession, Future<Void>> failing, Throwable failure) {
    assertThat(failure(one.run(LONG, failing))).isSameAs(failure);
    one.assertGivenBack();
  }

  @Test
  void failsWhenTheBodyGivesNullForAFuture() {
    assertThat(failure(one.run(LONG, own -> null))).isInstanceOf(NullPointerException.class);
    one.assertGivenBack();
  }

  @Test
  void renewsTheLeaseWhileTheBodyRuns() {
    Duration ttl = Duration.ofSeconds(2);
    Future<String> result = one.begin(ttl);

    Instant later = one.session().block().expiresAt().plus(ttl);
    await("the lease to be renewed more than once").until(() -> one.redisClock().isAfter(later));

    assertThat(one.session().isHeld()).isTrue();
    assertThat(get(one.holder())).isEqualTo(BOT);
    assertThat(get(one.opening())).isTrue();
    one.body.complete("done");
    assertThat(get(result)).isEqualTo("done");
    assertThat(one.session().lost().isComplete()).isFalse();
    one.assertGivenBack();
  }

  @Test
  void writesOrdersWithItsToken() {
    OrdersCache orders = node.orders();
    JsonObject data = new JsonObject().put("symbol", OneSession.SYMBOL).put("status", "open");
    Order whole = Order.builder().exOrderId("O2").symbol(OneSession.SYMBOL).status("open").build();

    Future<Long> written =
        one.run(
            LONG,
            own ->
                own.orders()
                    .saveOrderData(one.exchange, "own", data)
                    .compose(v -> own.orders().bindOrder(one.exchange, "own", "O1"))
                    .compose(v -> own.orders().saveOrder(one.exchange, whole))
                    .compose(v -> own.orders().pushOpenOrder("O1", one.exchange))
                    .compose(v -> own.orders().pushOpenOrder("O2", one.exchange))
                    .compose(v -> own.orders().popOpenOrder(one.exchange, 0))
                    .map(popped -> popped.equals("O1") ? own.token() : null));

    long token = get(written);
    assertThat(get(orders.getOrderStatus(one.exchange, "O1")).blockToken()).isEqualTo(token);
    assertThat(get(orders.getOrderStatus(one.exchange, "O2")).blockToken()).isEqualTo(token);
    // The session is over, and so is what it pushed.
    assertThat(get(orders.popOpenOrder(one.exchange, 0))).isNull();
  }

  @Test
  void readsOrdersAsEverybodyDoes() {
    OrdersCache orders = node.orders();
    JsonObject data = new JsonObject().put("symbol", "another").put("status", "filled");
    get(orders.saveOrderData(one.exchange, "O1", data.copy().put("client_order_id", "own")));
    get(orders.saveOrderData(one.exchange, "O2", data.copy().put("status", "open")));
    get(orders.pushOpenOrder("O1", one.exchange));

    Future<List<?>> seen =
        one.run(
            LONG,
            own ->
                Future.join(
                        List.of(
                            own.orders().getOrderStatus(one.exchange, "O1"),
                            own.orders().getOrderByClientId(one.exchange, "own"),
                            own.orders().awaitOrder(one.exchange, "O1", 0),
                            own.orders().getOrders(one.exchange).map(List::size),
                            own.orders().getOpenOrders(one.exchange).map(List::size),
                            own.orders().getQueueLength(one.exchange)))
                    .compose(
                        all ->
                            own.orders()
                                .takeOpenOrder(one.exchange, "consumer", 0)
                                .compose(
                                    claim ->
                                        own.orders().ackOpenOrder(one.exchange, claim.receipt()))
                                .map(
                                    acknowledged -> {
                                      assertThat(acknowledged).isTrue();
                                      return all.list();
                                    })));

    Order order = get(orders.getOrderStatus(one.exchange, "O1"));
    assertThat(get(seen)).isEqualTo(List.of(order, order, order, 2, 1, 1));
  }

  @Test
  void doesOneStepAfterAnother() {
    Future<String> result =
        one.run(
            LONG,
            own ->
                own.step(() -> Future.succeededFuture("a"))
                    .compose(a -> own.step(() -> Future.succeededFuture(a + "b"))));

    assertThat(get(result)).isEqualTo("ab");
  }

  @Test
  void failsAStepThatThrowsOrGivesNull() {
    RuntimeException failure = new IllegalStateException("no luck");
    Function<BotSession, Future<Void>> throwing =
        own ->
            own.step(
                () -> {
                  throw failure;
                });
    // A null inside of compose would leave its caller without an answer.
    Function<BotSession, Future<Void>> givingNull =
        own -> Future.succeededFuture().compose(v -> own.step(() -> null));

    assertThat(failure(one.run(LONG, throwing))).isSameAs(failure);
    assertThat(failure(one.run(LONG, givingNull))).isInstanceOf(NullPointerException.class);
    one.assertGivenBack();
  }

  @Test
  void doesNoStepAfterItsEnd() {
    Future<String> result = one.begin(LONG);
    one.body.complete("done");
    get(result);

    assertThat(one.session().isHeld()).isFalse();
    assertThat(one.session().step(() -> Future.succeededFuture()).failed()).isTrue();
  }

  @Test
  void holdsSessionsOfOtherSymbolsInsideOneAnother() {
    String otherSymbol = "ETH/USDT";
    Future<String> seen =
        one.run(
            LONG,
            outer ->
                BotSession.run(
                    node.vertx(),
                    one.exchange,
                    otherSymbol,
                    BOT,
                    LONG,
                    inner ->
                        Future.join(one.holder(), one.bots().isBlocked(one.exchange, otherSymbol))
                            .map(both -> both.list() + " " + (inner.token() > outer.token()))));

    assertThat(get(seen)).isEqualTo("[bot 1, bot 1] true");
    one.assertGivenBack();
    assertThat(get(one.bots().isBlocked(one.exchange, otherSymbol))).isNull();
  }

  // Calls that cannot be

  @Test
  void refusesWhatTheServiceRefusesWithoutRunningTheBody() {
    Function<BotSession, Future<Void>> never =
        own -> {
          throw new AssertionError("must not run");
        };

    assertRefused(one.run(Duration.ZERO, never), "ttlMs");
    assertRefused(one.run(Duration.ofDays(31), never), "ttlMs");
    Vertx vertx = node.vertx();
    assertRefused(BotSession.run(vertx, "a b", SYMBOL, BOT, LONG, never), "exchange");
    assertRefused(BotSession.run(vertx, one.exchange, null, BOT, LONG, never), "symbol");
    assertRefused(BotSession.run(vertx, one.exchange, SYMBOL, "", LONG, never), "botId");
    one.assertGivenBack();
  }

  @Test
  void isUnavailableWhereThereIsNoService() {
    Vertx lonely = Vertx.vertx();
    try {
      Future<Void> result =
          BotSession.run(lonely, one.exchange, SYMBOL, BOT, LONG, own -> Future.succeededFuture());

      assertThat(failure(result))
          .matches(Failure.UNAVAILABLE::matches)
          .hasMessageContaining("no node has the service");
    } finally {
      get(lonely.close());
    }
  }
}
