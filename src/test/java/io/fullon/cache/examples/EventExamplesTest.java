package io.fullon.cache.examples;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.PositionChange;
import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.tick.Tick;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Each example on a node; what it waits for is stored by another one. */
class EventExamplesTest {

  private static final String EX = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final JsonObject WITHOUT_GATEWAY =
      new JsonObject().put("web", new JsonObject().put("enabled", false));

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final CacheNode node = redis.node(WITHOUT_GATEWAY);
  private final CacheNode other = redis.node(WITHOUT_GATEWAY);
  private final BotCache bots = BotCache.proxy(other.vertx());

  private void havePrice(String price) {
    Tick tick = Tick.of(EX, SYMBOL, new BigDecimal(price), Instant.now());
    get(other.ticks().updateTicker(EX, tick));
  }

  private void awaitOrderAt(String price) {
    await()
        .until(
            () -> {
              Order order = get(other.orders().getOrderStatus(EX, "ORD_1"));
              return order != null && order.price().toPlainString().equals(price);
            });
  }

  @Test
  void aBotFollowsTheTicksAndAmendsItsOrderUntilItIsFilled() {
    Future<Order> ended = FollowingBot.run(node.vertx(), "ORD_1");
    await().until(() -> "bot_1".equals(get(bots.isBlocked(EX, SYMBOL))));
    await()
        .until(
            () -> {
              havePrice("49999.0");
              return get(other.orders().getOrderStatus(EX, "ORD_1")) != null;
            });

    havePrice("50001.5");
    awaitOrderAt("50001.5");
    havePrice("49998.0");
    awaitOrderAt("49998.0");
    get(other.orders().saveOrderData(EX, "ORD_1", new JsonObject().put("status", "filled")));

    assertThat(get(ended).price()).isEqualTo("49998.0");
    assertThat(get(ended).blockToken()).isNotNull();
    assertThat(get(bots.getBlocks())).isEmpty();
  }

  @Test
  void aBotThatHasLostItsBlockAmendsNothing() {
    Future<Order> ended = FollowingBot.run(node.vertx(), "ORD_1");
    await().until(() -> get(bots.isBlocked(EX, SYMBOL)) != null);
    Block stolen = get(bots.acquireBlock(EX, SYMBOL, "bot_1", 60_000));
    assertThat(stolen).isNotNull();

    await()
        .until(
            () -> {
              havePrice("49999.0");
              havePrice("49998.0");
              return ended.isComplete();
            });

    assertFails(ended, Failure.CONFLICT);
    assertThat(get(other.orders().getOrderStatus(EX, "ORD_1"))).isNull();
  }

  @Test
  void fillsOfTheUserStreamEndInTradeAndPosition() {
    Queue<Trade> trades = new ConcurrentLinkedQueue<>();
    Queue<PositionChange> positions = new ConcurrentLinkedQueue<>();
    get(node.vertx().deployVerticle(new UserStream(trades::add, positions::add)));
    JsonObject execution =
        new JsonObject()
            .put("i", "ORD_1")
            .put("t", 17)
            .put("S", "BUY")
            .put("l", "0.1")
            .put("L", "50000.0")
            .put("T", System.currentTimeMillis());

    node.vertx().eventBus().publish("binance.user_stream", execution);
    node.vertx().eventBus().publish("binance.user_stream", execution);
    node.vertx()
        .eventBus()
        .publish("binance.user_stream", execution.copy().put("t", 18).put("l", "0.3"));

    await().until(() -> trades.size() == 2 && positions.size() == 2);
    assertThat(trades).extracting(Trade::tradeId).containsExactlyInAnyOrder("17", "18");
    assertThat(positions)
        .extracting(change -> change.position().size().toPlainString())
        .containsExactly("0.1", "0.4");
    await()
        .untilAsserted(
            () ->
                assertThat(get(other.orders().getOrderStatus(EX, "ORD_1")).finalVolume())
                    .isEqualTo("0.4"));
    assertThat(get(other.trades().getTradesList(SYMBOL, EX, 10))).hasSize(2);
  }

  private void buy(int account, String id, String volume) {
    Trade fill =
        Trade.builder(id, SYMBOL, Side.BUY)
            .volume(new BigDecimal(volume))
            .price(new BigDecimal("50000"))
            .build();
    get(AccountCache.proxy(other.vertx()).applyFill(account, fill));
  }

  @Test
  void aRiskWatcherBlocksAMarketOfWhichTooMuchIsHeld() {
    buy(1, "a", "4");
    get(node.vertx().deployVerticle(new RiskWatcher(List.of(1, 2), BigDecimal.TEN)));
    Block lease = get(bots.acquireBlock(EX, SYMBOL, "bot_1", 60_000));

    buy(2, "b", "5");
    buy(3, "c", "2");
    assertThat(get(bots.isBlocked(EX, SYMBOL))).isEqualTo("bot_1");
    get(bots.renewBlock(EX, SYMBOL, "bot_1", lease.token(), 500));

    await().until(() -> "risk_watcher".equals(get(bots.isBlocked(EX, SYMBOL))));
  }

  @Test
  void aRiskWatcherCountsWhatAllAccountsHold() {
    get(node.vertx().deployVerticle(new RiskWatcher(List.of(1), BigDecimal.TEN)));
    buy(1, "a", "4");
    buy(2, "a", "7");
    await().until(() -> get(bots.isBlocked(EX, SYMBOL)) != null);

    assertThat(get(bots.getBlocks())).extracting(Block::symbol).containsExactly(SYMBOL);
  }
}
