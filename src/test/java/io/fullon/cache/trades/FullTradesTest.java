package io.fullon.cache.trades;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A list that drops and one that refuses; both hold five trades. */
@ResourceLock("fullon.cache.trades.dropped")
class FullTradesTest {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final String ENDS = "fullon:{trades:binance}:ends:list:" + SYMBOL;
  private static final int BOUND = 5;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode node =
      redis.node(Options.section("trades", "max_list", BOUND, "on_full", "refuse"));
  private static final TradesCache refusing = node.trades();
  private static final TradesCache dropping =
      redis.node(Options.section("trades", "max_list", BOUND, "on_full", "drop")).trades();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private double refusedBefore;
  private double droppedBefore;

  @BeforeEach
  void start() {
    Metrics.addRegistry(metrics);
    refusedBefore = counted("refused");
    droppedBefore = counted("dropped");
  }

  @AfterEach
  void stop() {
    Metrics.removeRegistry(metrics);
    node.redis(Command.FLUSHALL);
  }

  private double counted(String what) {
    return metrics.get("fullon.cache.trades." + what).functionCounter().count();
  }

  private double refused() {
    return counted("refused") - refusedBefore;
  }

  private double dropped() {
    return counted("dropped") - droppedBefore;
  }

  private static Trade trade(int id) {
    return Trade.builder(String.valueOf(id), SYMBOL, Side.BUY)
        .volume(BigDecimal.ONE)
        .price(BigDecimal.ONE)
        .build();
  }

  private static Future<Integer> push(TradesCache trades, int id) {
    return trades.pushTradeList(SYMBOL, EXCHANGE, trade(id));
  }

  private static void fill(TradesCache trades, int count) {
    IntStream.rangeClosed(1, count).forEach(id -> get(push(trades, id)));
  }

  private static List<Integer> ids(List<Trade> some) {
    return some.stream().map(trade -> Integer.valueOf(trade.tradeId())).toList();
  }

  private static List<Integer> listed() {
    return ids(get(refusing.getTradesList(SYMBOL, EXCHANGE, 100)));
  }

  private static TradesClaim take(int max) {
    return get(refusing.takeTrades(SYMBOL, EXCHANGE, "c", max, 0));
  }

  private static void endClaims() {
    for (Response position : node.redis(Command.ZRANGE, ENDS, "0", "-1")) {
      node.redis(Command.ZADD, ENDS, "1", position.toString());
    }
  }

  @Test
  void oneThatRefusesTakesNoMoreAndCountsIt() {
    fill(refusing, BOUND);
    Instant last = get(refusing.getTradeStatus(EXCHANGE));

    assertThat(assertFails(push(refusing, 6), Failure.CONFLICT)).hasMessageContaining("full");
    assertFails(refusing.pushTradeList(SYMBOL, EXCHANGE, trade(7), true), Failure.CONFLICT);

    assertThat(listed()).containsExactly(1, 2, 3, 4, 5);
    assertThat(get(refusing.getTradeStatus(EXCHANGE))).isEqualTo(last);
    assertThat(List.of(refused(), dropped())).containsExactly(2.0, 0.0);
  }

  @Test
  void aRefusedTradeIsTakenOnceThereIsRoom() {
    fill(refusing, BOUND);
    assertFails(refusing.pushTradeList(SYMBOL, EXCHANGE, trade(6), true), Failure.CONFLICT);

    get(refusing.drainTradesList(SYMBOL, EXCHANGE, 1));

    assertThat(get(refusing.pushTradeList(SYMBOL, EXCHANGE, trade(6), true))).isEqualTo(BOUND);
    assertThat(listed()).containsExactly(2, 3, 4, 5, 6);
  }

  @Test
  void aTradeThatIsThereOnceIsNeverTooMuch() {
    for (int id = 1; id <= BOUND; id++) {
      get(refusing.pushTradeList(SYMBOL, EXCHANGE, trade(id), true));
    }
    assertThat(get(refusing.pushTradeList(SYMBOL, EXCHANGE, trade(3), true))).isEqualTo(BOUND);
    assertThat(refused()).isZero();
  }

  @Test
  void claimedTradesTakeRoomUntilTheyAreAcknowledged() {
    fill(refusing, BOUND);
    TradesClaim claim = take(2);
    assertFails(push(refusing, 6), Failure.CONFLICT);

    get(refusing.ackTrades(SYMBOL, EXCHANGE, claim.receipt()));

    assertThat(get(push(refusing, 6))).isEqualTo(4);
    assertThat(get(push(refusing, 7))).isEqualTo(5);
    assertFails(push(refusing, 8), Failure.CONFLICT);
  }

  @Test
  void aUsersOwnListRefusesToo() {
    for (int id = 1; id <= BOUND; id++) {
      get(refusing.pushMyTradesList("u", EXCHANGE, trade(id)));
    }
    assertFails(refusing.pushMyTradesList("u", EXCHANGE, trade(6)), Failure.CONFLICT);
    assertThat(get(refusing.popMyTrade("u", EXCHANGE, 0)).tradeId()).isEqualTo("1");
    assertThat(get(refusing.pushMyTradesList("u", EXCHANGE, trade(6)))).isEqualTo(BOUND);
  }

  @Test
  void fromOneThatDropsFallsFirstWhatWasNotAcknowledgedInTime() {
    fill(dropping, BOUND);
    take(3);
    endClaims();

    assertThat(get(push(dropping, 6))).isEqualTo(BOUND);
    assertThat(get(push(dropping, 7))).isEqualTo(BOUND);
    assertThat(listed()).containsExactly(3, 4, 5, 6, 7);
    assertThat(get(push(dropping, 8))).isEqualTo(BOUND);
    assertThat(get(push(dropping, 9))).isEqualTo(BOUND);
    assertThat(listed()).containsExactly(5, 6, 7, 8, 9);
    assertThat(dropped()).isEqualTo(4);
  }

  @Test
  void whatIsClaimedDoesNotFallOff() {
    fill(dropping, BOUND);
    TradesClaim claim = take(BOUND);

    for (int id = 6; id <= 8; id++) {
      get(push(dropping, id));
    }

    assertThat(listed()).as("the newest one waits in any case").containsExactly(8);
    assertThat(dropped()).isEqualTo(2);
    assertThat(ids(claim.trades())).containsExactly(1, 2, 3, 4, 5);
    assertThat(get(refusing.ackTrades(SYMBOL, EXCHANGE, claim.receipt()))).isTrue();
    fill(dropping, 4);
    assertThat(listed()).containsExactly(8, 1, 2, 3, 4);
  }

  @Test
  void oneThatBecameSmallerLetsFallOffWhatIsTooMuch() {
    try (CacheNode large = CacheNode.start(redis.server(), Options.section("trades"))) {
      fill(large.trades(), 12_000);
    }
    assertThat(get(push(dropping, 12_001))).isEqualTo(BOUND);
    assertThat(listed()).containsExactly(11_997, 11_998, 11_999, 12_000, 12_001);
    assertThat(dropped()).isEqualTo(11_996);
  }
}
