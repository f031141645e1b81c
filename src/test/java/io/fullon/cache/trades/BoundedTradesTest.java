package io.fullon.cache.trades;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Nobody else lets trades fall off meanwhile: the metric is the whole process'. */
@ResourceLock("fullon.cache.trades.dropped")
class BoundedTradesTest {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final int BOUND = 5;

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

  @AutoClose
  private final CacheNode node = CacheNode.start("trades", "max_list", BOUND, "instances", 2);

  private final TradesCache trades = node.trades();
  private double before;

  @BeforeEach
  void start() {
    Metrics.addRegistry(metrics);
    before = counted();
  }

  @AfterEach
  void stop() {
    Metrics.removeRegistry(metrics);
  }

  private static Trade trade(int id) {
    return Trade.builder(String.valueOf(id), SYMBOL, Side.BUY)
        .volume(BigDecimal.ONE)
        .price(BigDecimal.ONE)
        .build();
  }

  private Future<Integer> push(int id) {
    return trades.pushTradeList(SYMBOL, EXCHANGE, trade(id));
  }

  private double dropped() {
    return counted() - before;
  }

  private double counted() {
    return metrics.get("fullon.cache.trades.dropped").functionCounter().count();
  }

  private List<Integer> listed() {
    return get(trades.getTradesList(SYMBOL, EXCHANGE, 100)).stream()
        .map(trade -> Integer.valueOf(trade.tradeId()))
        .toList();
  }

  @Test
  void letsTheOldestFallOffAndCountsThem() {
    for (int i = 1; i <= BOUND; i++) {
      assertThat(get(push(i))).isEqualTo(i);
    }
    assertThat(dropped()).isZero();

    assertThat(get(push(6))).isEqualTo(BOUND);
    assertThat(get(push(7))).isEqualTo(BOUND);

    assertThat(listed()).containsExactly(3, 4, 5, 6, 7);
    assertThat(dropped()).isEqualTo(2);
  }

  @Test
  void boundsRecordedTradesAndAUsersOwnToo() {
    for (int i = 1; i <= BOUND + 2; i++) {
      get(trades.pushTradeList(SYMBOL, EXCHANGE, trade(i), true));
      get(trades.pushTradeList(SYMBOL, EXCHANGE, trade(i), true));
      get(trades.pushMyTradesList("u", EXCHANGE, trade(i)));
    }

    assertThat(listed()).containsExactly(3, 4, 5, 6, 7);
    assertThat(get(trades.popMyTrade("u", EXCHANGE, 0)).tradeId()).isEqualTo("3");
    assertThat(dropped()).isEqualTo(4);
    assertThat(get(trades.pushTradeList(SYMBOL, EXCHANGE, trade(1), true)))
        .as("it is not put there again")
        .isEqualTo(BOUND);
    assertThat(listed()).containsExactly(3, 4, 5, 6, 7);
  }

  @Test
  void countsEachThatFellOffWithManyCallers() {
    int count = 500;
    List<Future<Integer>> pushes = IntStream.range(0, count).mapToObj(this::push).toList();
    List<Future<List<Trade>>> drains =
        Stream.generate(() -> trades.drainTradesList(SYMBOL, EXCHANGE, 2)).limit(50).toList();

    get(Future.all(pushes));
    get(Future.all(drains));
    int drained = drains.stream().mapToInt(drain -> drain.result().size()).sum();
    assertThat(dropped()).isEqualTo(count - drained - listed().size());
  }
}
