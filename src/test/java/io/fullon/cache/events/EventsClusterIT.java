package io.fullon.cache.events;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.account.PositionChange;
import io.fullon.cache.bot.BlockChange;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.EventState;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderRemoval;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Exchanges and accounts on several servers: what is stored on each is told by one node. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventsClusterIT {

  private static final String SYMBOL = "BTC/USDT";
  private static final List<String> EXCHANGES = List.of("binance", "kraken", "okx", "bybit");

  private final ClusterServers servers = ClusterServers.start();
  private final Vertx writer = Vertx.vertx();
  private final Vertx node = Vertx.vertx();
  private final Heard orders = new Heard(node, OrdersCache.UPDATES, OrdersCache.STATE);
  private final Heard positions = new Heard(node, AccountCache.UPDATES, AccountCache.STATE);
  private final Heard trades = new Heard(node, TradesCache.UPDATES, TradesCache.STATE);
  private final Heard blocks = new Heard(node, BotCache.UPDATES, BotCache.STATE);
  private final List<Heard> all = List.of(orders, positions, trades, blocks);

  @BeforeAll
  void start() {
    deploy(writer);
    get(OrdersCache.proxy(writer).saveOrderData("okx", "early", data("open")));
    get(BotCache.proxy(writer).acquireBlock("okx", "early", "a", 6_000));
    deploy(node);
    await().until(() -> all.stream().allMatch(heard -> heard.all().contains(EventState.LIVE)));
    all.forEach(Heard::forget);
  }

  private void deploy(Vertx vertx) {
    JsonObject config =
        new JsonObject()
            .put(
                "redis",
                new JsonObject()
                    .put("uri", "redis://" + servers.nodes().get(0))
                    .put("cluster", true)
                    .put("connect_timeout_ms", 10_000)
                    .put("command_timeout_ms", 10_000))
            .put("orders", new JsonObject().put("keep_cancelled_ms", 50))
            .put("web", new JsonObject().put("enabled", false));
    get(vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
  }

  @AfterAll
  void stop() {
    get(node.close());
    get(writer.close());
    servers.close();
  }

  private static JsonObject data(String status) {
    return new JsonObject().put("symbol", SYMBOL).put("status", status);
  }

  private static Trade fill(String id) {
    return Trade.builder(id, SYMBOL, Side.BUY).volume(BigDecimal.ONE).price(BigDecimal.TEN).build();
  }

  @Test
  void whatIsStoredOnEachServerIsTold() {
    List<Order> saved = new ArrayList<>();
    List<Position> applied = new ArrayList<>();
    for (int i = 0; i < EXCHANGES.size(); i++) {
      String exchange = EXCHANGES.get(i);
      saved.add(get(OrdersCache.proxy(writer).saveOrderData(exchange, "o", data("canceled"))));
      applied.add(get(AccountCache.proxy(writer).applyFill(i, fill("a"))).position());
      get(TradesCache.proxy(writer).pushTradeList(SYMBOL, exchange, fill(exchange)));
      get(BotCache.proxy(writer).acquireBlock(exchange, SYMBOL, "a", 100));
    }

    // And of each order its end by time, of each block its end.
    await().until(() -> orders.all().size() == 8 && blocks.all(BlockChange.class).size() == 9);
    assertThat(orders.all(Order.class)).containsExactlyInAnyOrderElementsOf(saved);
    assertThat(orders.all(OrderRemoval.class))
        .extracting(OrderRemoval::exId)
        .containsExactlyInAnyOrderElementsOf(EXCHANGES);
    assertThat(positions.all(PositionChange.class))
        .extracting(PositionChange::position)
        .containsExactlyInAnyOrderElementsOf(applied);
    assertThat(trades.all(Trade.class))
        .extracting(Trade::tradeId)
        .containsExactlyInAnyOrderElementsOf(EXCHANGES);
    assertThat(blocks.all(BlockChange.class))
        .extracting(change -> change.kind() + change.block().exchange() + change.block().symbol())
        .contains("expiredokxearly")
        .doesNotHaveDuplicates();
  }
}
