package io.fullon.cache.flow;

import static io.fullon.cache.flow.StoppingProcess.ACCOUNT;
import static io.fullon.cache.flow.StoppingProcess.BOT;
import static io.fullon.cache.flow.StoppingProcess.EXCHANGE;
import static io.fullon.cache.flow.StoppingProcess.SYMBOL;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes that are killed at each step of what they do. */
class FlowCrashIT {

  private static final String ORDER = "ORD_1";

  @AutoClose private static final CacheNode node = CacheNode.start();

  @BeforeEach
  void beginWithNothing() {
    node.redis(Command.FLUSHALL);
  }

  /** Starts a process that goes no further than there. */
  private static ChildJvm start(String when, String action, String... order) {
    String[] arguments = new String[3 + order.length];
    arguments[0] = node.redis().uri();
    arguments[1] = when;
    arguments[2] = action;
    System.arraycopy(order, 0, arguments, 3, order.length);
    return ChildJvm.start(StoppingProcess.class, arguments);
  }

  // Settlement

  private static List<Trade> trades() {
    return get(
        TradesCache.proxy(node.vertx()).getTradesList(SYMBOL, EXCHANGE, TradesCache.MAX_MAX));
  }

  private static boolean hasPosition() {
    return get(AccountCache.proxy(node.vertx()).getPosition(SYMBOL, ACCOUNT)) != null;
  }

  private static Settlement settle() {
    return get(FlowCache.proxy(node.vertx()).settleOrder(EXCHANGE, ORDER, ACCOUNT));
  }

  @ParameterizedTest
  @CsvSource({
    // where it is killed, what there is then: trades in the list, and a position
    "call,   settleOrder,    0, false",
    "call,   getSymbol,      0, false",
    "answer, getSymbol,      0, false",
    "call,   pushTradeList,  0, true",
    "answer, pushTradeList,  1, true",
    "answer, settleOrder,    1, true",
  })
  void settlesAnOrderOnceWhereverAProcessIsKilled(
      String when, String action, int trades, boolean position) {
    JsonObject filled =
        new JsonObject()
            .put("symbol", SYMBOL)
            .put("side", "buy")
            .put("status", "filled")
            .put("final_volume", "0.10")
            .put("fill_price", "50000");
    get(node.orders().saveOrderData(EXCHANGE, ORDER, filled));

    try (ChildJvm process = start(when, action, ORDER, StoppingProcess.SETTLE)) {
      process.expect(StoppingProcess.REACHED);
      process.kill();
    }

    assertThat(trades()).hasSize(trades);
    assertThat(hasPosition()).isEqualTo(position);

    Settlement settlement = settle();
    assertThat(settlement.settledBefore()).isEqualTo(position);
    assertThat(settlement.position().size()).isEqualTo("0.10");
    assertThat(trades()).containsExactly(settlement.trade());

    assertThat(settle().settledBefore()).isTrue();
    assertThat(trades()).hasSize(1);
    assertThat(settle().position().size()).isEqualTo("0.10");
  }

  // Executions

  @ParameterizedTest
  @CsvSource({
    // where it is killed, what there is then: trades in the list, a position, and of the order
    "call,   reportFill,     0, false, false",
    "answer, getSymbol,      0, false, false",
    "call,   pushTradeList,  0, true,  false",
    "answer, pushTradeList,  1, true,  false",
    "answer, reportFill,     1, true,  true",
  })
  void countsAnExecutionOnceWhereverAProcessIsKilled(
      String when, String action, int trades, boolean position, boolean order) {
    try (ChildJvm process = start(when, action, ORDER, StoppingProcess.REPORT)) {
      process.expect(StoppingProcess.REACHED);
      process.kill();
    }

    assertThat(trades()).hasSize(trades);
    assertThat(hasPosition()).isEqualTo(position);
    assertThat(get(node.orders().getOrderStatus(EXCHANGE, ORDER)) != null).isEqualTo(order);

    for (int times = 1; times <= 2; times++) {
      ReportedFill reported =
          get(
              FlowCache.proxy(node.vertx())
                  .reportFill(EXCHANGE, ORDER, ACCOUNT, StoppingProcess.fill()));

      assertThat(reported.counted()).isEqualTo(times == 1 && !position);
      assertThat(reported.position().size()).isEqualTo("0.10");
      assertThat(reported.order().finalVolume()).isEqualByComparingTo("0.10");
      assertThat(trades()).hasSize(1);
    }
    assertThat(settle().settledBefore()).isTrue();
  }

  // Sessions

  private static BotCache bots() {
    return BotCache.proxy(node.vertx());
  }

  private static String holder() {
    return get(bots().isBlocked(EXCHANGE, SYMBOL));
  }

  private static boolean opening() {
    return get(bots().isOpeningPosition(EXCHANGE, SYMBOL));
  }

  @ParameterizedTest
  @CsvSource({
    // where it is killed, what there is then: a block, and a mark
    "call,   acquireBlock,    false, false",
    "answer, acquireBlock,    true,  false",
    "call,   markOpeningPosition, true,  false",
    "answer, markOpeningPosition, true,  true",
    "body,   body,            true,  true",
    "call,   unblockExchange, true,  true",
    "answer, unblockExchange, false, false",
  })
  void leavesNoBlockAndNoMarkBehindForLongerThanTheLease(
      String when, String action, boolean block, boolean mark) {
    try (ChildJvm process = start(when, action)) {
      process.expect(StoppingProcess.REACHED);
      assertThat(holder()).isEqualTo(block ? BOT : null);
      assertThat(opening()).isEqualTo(mark);
      process.kill();
    }

    await("the block to end").until(() -> holder() == null);
    assertThat(opening()).isFalse();
    assertThat(node.redis(Command.HLEN, "fullon:{bot}:marks").toInteger()).isZero();
    Future<String> next =
        BotSession.run(
            node.vertx(),
            EXCHANGE,
            SYMBOL,
            "bot 2",
            Duration.ofMinutes(1),
            session -> Future.succeededFuture("done"));
    assertThat(get(next)).isEqualTo("done");
  }

  @Test
  void keepsTheBlockUntilItsProcessIsKilled() {
    try (ChildJvm process = start("body", "body")) {
      process.expect(StoppingProcess.REACHED);
      Instant first = get(bots().getBlocks()).get(0).expiresAt();

      await("renewals for longer than one lease")
          .until(
              () ->
                  get(bots().getBlocks())
                      .get(0)
                      .expiresAt()
                      .isAfter(first.plus(StoppingProcess.TTL)));
      assertThat(opening()).isTrue();
      process.kill();
    }

    await("the block to end").until(() -> holder() == null);
    assertThat(opening()).isFalse();
  }
}
