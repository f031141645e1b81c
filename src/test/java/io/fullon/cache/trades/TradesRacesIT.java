package io.fullon.cache.trades;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Many callers at once, on two nodes with four verticles each. */
class TradesRacesIT {

  private static final int CALLERS = 8;
  private static final int ROUNDS = 1_000;
  private static final int ALL = CALLERS * ROUNDS;
  private static final String SYMBOL = "BTC/USDT";

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode one = redis.node("trades", "instances", 4);
  private static final CacheNode other = redis.node("trades", "instances", 4);
  private static final List<TradesCache> nodes = List.of(one.trades(), other.trades());

  /** Every trade that came out, in the order of the answers. */
  private final Queue<String> out = new ConcurrentLinkedQueue<>();

  private final AtomicInteger count = new AtomicInteger();

  private static TradesCache node(int caller) {
    return nodes.get(caller % nodes.size());
  }

  /** The number of a caller's own trade, from 1, is its volume. */
  private static Trade trade(int caller, int number) {
    return Trade.builder(caller + "." + number, SYMBOL, Side.BUY)
        .volume(BigDecimal.valueOf(number + 1L))
        .price(BigDecimal.ONE)
        .uid("u" + caller)
        .build();
  }

  private static Trade ofNobody(Trade trade) {
    return trade.toBuilder().uid(null).build();
  }

  private void out(List<Trade> trades) {
    trades.forEach(trade -> out.add(trade.tradeId()));
    count.addAndGet(trades.size());
  }

  private boolean over() {
    return count.get() >= ALL;
  }

  /** Whether each caller's trades are in the order of their numbers without a gap. */
  private static boolean isContiguous(List<Trade> trades) {
    Map<String, Integer> last = new HashMap<>();
    for (Trade trade : trades) {
      int number = trade.volume().intValueExact();
      Integer before = last.put(trade.uid(), number);
      if (before != null && number != before + 1) {
        return false;
      }
    }
    return true;
  }

  @Test
  void everyTradeIsDrainedOnceWhileOthersPushAndRead() {
    Queue<List<Trade>> torn = new ConcurrentLinkedQueue<>();
    List<Future<?>> callers = new ArrayList<>();
    for (int c = 0; c < CALLERS; c++) {
      int caller = c;
      callers.add(
          Callers.inTurn(
              ROUNDS, i -> node(caller).pushTradeList(SYMBOL, "drain", trade(caller, i))));
      callers.add(
          Callers.until(
              this::over,
              () ->
                  node(caller)
                      .drainTradesList(SYMBOL, "drain", ThreadLocalRandom.current().nextInt(1, 50))
                      .onSuccess(this::out)));
      callers.add(
          Callers.until(
              this::over,
              () ->
                  node(caller)
                      .getTradesList(SYMBOL, "drain", 100)
                      .onSuccess(
                          trades -> {
                            if (!isContiguous(trades)) {
                              torn.add(trades);
                            }
                          })));
    }
    Callers.await(callers);

    assertThat(out).hasSize(ALL).doesNotHaveDuplicates();
    assertThat(torn).isEmpty();
    assertThat(get(node(0).getTradesList(SYMBOL, "drain", 1))).isEmpty();
  }

  @Test
  void everyOwnTradeIsPoppedOnceAlsoWhenTimeoutsEndMeanwhile() {
    List<Future<?>> callers = new ArrayList<>();
    for (int c = 0; c < CALLERS; c++) {
      int caller = c;
      callers.add(
          Callers.inTurn(
              ROUNDS,
              i -> node(caller).pushMyTradesList("u" + i % 2, "pop", ofNobody(trade(caller, i)))));
      for (int user = 0; user < 2; user++) {
        String uid = "u" + user;
        callers.add(
            Callers.until(
                this::over,
                () ->
                    node(caller)
                        .popMyTrade(uid, "pop", ThreadLocalRandom.current().nextInt(3))
                        .onSuccess(trade -> out(trade == null ? List.of() : List.of(trade)))));
      }
    }
    Callers.await(callers);

    assertThat(out).hasSize(ALL).doesNotHaveDuplicates();
    assertThat(get(node(0).popMyTrade("u0", "pop", 0))).isNull();
    assertThat(get(node(1).popMyTrade("u1", "pop", 0))).isNull();
  }

  @Test
  void aTradeThatManyRecordAtOnceIsListedOnceAlsoWhileOthersDrain() {
    AtomicInteger recording = new AtomicInteger(CALLERS);
    List<Future<?>> callers = new ArrayList<>();
    for (int c = 0; c < CALLERS; c++) {
      int caller = c;
      callers.add(
          Callers.inTurn(
                  ROUNDS, i -> node(caller).pushTradeList(SYMBOL, "record", trade(0, i), true))
              .onComplete(v -> recording.decrementAndGet()));
    }
    callers.add(
        Callers.until(
            () -> recording.get() == 0,
            () -> node(1).drainTradesList(SYMBOL, "record", 10).onSuccess(this::out)));
    Callers.await(callers);
    out(get(node(0).drainTradesList(SYMBOL, "record", 5_000)));

    assertThat(out).hasSize(ROUNDS).doesNotHaveDuplicates();
  }
}
