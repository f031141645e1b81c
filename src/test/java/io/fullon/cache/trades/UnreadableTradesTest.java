package io.fullon.cache.trades;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What something else has written into a list, or a later version of this has. */
class UnreadableTradesTest {

  private static final String EXCHANGE = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final String LIST = "fullon:{trades:binance}:list:" + SYMBOL;
  private static final String OWN = "fullon:{trades:binance}:own:u";
  private static final long LONG_MS = 20_000;
  private static final List<String> NONE =
      List.of(
          "",
          "{",
          "null",
          "[]",
          "{}",
          "{\"trade_id\":\"x\",\"symbol\":\"BTC/USDT\",\"side\":\"sideways\"}",
          "{\"trade_id\":\"x\",\"symbol\":\"BTC/USDT\",\"side\":\"buy\",\"price\":1,"
              + "\"volume\":1e999999999}",
          "[".repeat(5_000),
          "\u0000\ufffd");

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final TradesCache trades = node.trades();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private double before;

  @BeforeEach
  void start() {
    Metrics.addRegistry(metrics);
    before = counted();
  }

  @AfterEach
  void stop() {
    Metrics.removeRegistry(metrics);
    node.redis(Command.FLUSHALL);
  }

  private double counted() {
    return metrics.get("fullon.cache.trades.garbage").functionCounter().count();
  }

  private double skipped() {
    return counted() - before;
  }

  private static void write(String list) {
    NONE.forEach(text -> node.redis(Command.RPUSH, list, text));
  }

  private static Trade trade(String id) {
    return Trade.builder(id, SYMBOL, Side.BUY).volume(BigDecimal.ONE).price(BigDecimal.ONE).build();
  }

  private static void push(String id) {
    get(trades.pushTradeList(SYMBOL, EXCHANGE, trade(id)));
  }

  private static void pushOwn(String id) {
    get(trades.pushMyTradesList("u", EXCHANGE, trade(id)));
  }

  private static List<String> ids(List<Trade> some) {
    return some.stream().map(Trade::tradeId).toList();
  }

  @Test
  void areSkippedByReadingWhichLeavesThem() {
    push("a");
    write(LIST);
    push("b");
    push("c");

    assertThat(ids(get(trades.getTradesList(SYMBOL, EXCHANGE, 2)))).containsExactly("a", "b");
    assertThat(skipped()).isEqualTo(NONE.size());
    assertThat(ids(get(trades.getTradesList(SYMBOL, EXCHANGE, 10)))).containsExactly("a", "b", "c");
    assertThat(node.redis(Command.LLEN, LIST).toInteger()).isEqualTo(NONE.size() + 3);
  }

  @Test
  void goWithTheTradesThatAreDrained() {
    write(LIST);
    push("a");
    write(LIST);
    push("b");

    assertThat(ids(get(trades.drainTradesList(SYMBOL, EXCHANGE, 1)))).containsExactly("a");
    assertThat(ids(get(trades.drainTradesList(SYMBOL, EXCHANGE, 10)))).containsExactly("b");
    assertThat(node.redis(Command.EXISTS, LIST).toInteger()).isZero();
    assertThat(skipped()).isEqualTo(2 * NONE.size());
  }

  @Test
  void goWithTheTradesThatAreTakenAndAcknowledged() {
    write(LIST);
    push("a");
    push("b");

    TradesClaim claim = get(trades.takeTrades(SYMBOL, EXCHANGE, "c", NONE.size() + 1, 0));

    assertThat(ids(claim.trades())).containsExactly("a");
    assertThat(get(trades.ackTrades(SYMBOL, EXCHANGE, claim.receipt()))).isTrue();
    assertThat(ids(get(trades.drainTradesList(SYMBOL, EXCHANGE)))).containsExactly("b");
  }

  @Test
  void aTakeThatWouldGiveNothingElseGivesWhatComesBehind() {
    write(LIST);
    push("a");

    TradesClaim claim = get(trades.takeTrades(SYMBOL, EXCHANGE, "c", 2, 0));

    assertThat(ids(claim.trades())).containsExactly("a");
    assertThat(claim.deliveries()).isEqualTo(1);
    assertThat(get(trades.ackTrades(SYMBOL, EXCHANGE, claim.receipt()))).isTrue();
    assertThat(node.keys())
        .filteredOn(key -> !key.contains("recorded:"))
        .as("nothing but the status")
        .hasSize(1);
  }

  @Test
  void doNotStopAQueue() {
    write(OWN);
    pushOwn("a");
    write(OWN);
    pushOwn("b");

    List<Future<Trade>> pops =
        Stream.generate(() -> trades.popMyTrade("u", EXCHANGE, LONG_MS)).limit(3).toList();
    get(Future.any(pops.get(0), pops.get(1)));
    pushOwn("c");

    assertThat(pops.stream().map(CacheNode::get).map(Trade::tradeId))
        .containsExactlyInAnyOrder("a", "b", "c");
    assertThat(node.redis(Command.EXISTS, OWN).toInteger()).isZero();
  }

  @Test
  void whoWaitsDoesNotTakeThemForATrade() {
    write(OWN);
    Future<Trade> waiting = trades.popMyTrade("u", EXCHANGE, LONG_MS);
    assertThat(get(trades.popMyTrade("u", EXCHANGE, 0))).isNull();

    pushOwn("a");

    assertThat(get(waiting).tradeId()).isEqualTo("a");
  }
}
