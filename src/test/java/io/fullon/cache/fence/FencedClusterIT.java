package io.fullon.cache.fence;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bot.Mark;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.flow.BotSession;
import io.fullon.cache.orders.OrderClaim;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.ClusterServers;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Each step touches one slot: a Cluster refuses all others. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FencedClusterIT {

  private static final String SYMBOL = "BTC/USDT";
  private static final long LONG_MS = 600_000;
  private static final List<String> EXCHANGES = List.of("binance", "kraken", "okx", "bybit");

  private ClusterServers servers;
  private Vertx vertx;
  private BotCache bots;
  private OrdersCache orders;

  @BeforeAll
  void start() {
    servers = ClusterServers.start();
    // As an earlier version has left it.
    send("fullon:{bot}:blocks", Command.HSET, "earlier:" + SYMBOL, "17 0 1 old bot");
    send("fullon:{bot}:blocks", Command.HSET, "other:A", "18 0 0 old bot");
    send("fullon:{bot}:marks", Command.HSET, "marked:" + SYMBOL, "old bot");
    send("fullon:{bot}:token", Command.SET, "18");
    vertx = Vertx.vertx();
    JsonObject config =
        new JsonObject()
            .put(
                "redis",
                new JsonObject()
                    .put("uri", "redis://" + servers.nodes().get(0))
                    .put("cluster", true)
                    .put("connect_timeout_ms", 10_000)
                    .put("command_timeout_ms", 10_000))
            .put("web", new JsonObject().put("enabled", false));
    get(vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
    bots = BotCache.proxy(vertx);
    orders = OrdersCache.proxy(vertx);
  }

  @AfterAll
  void stop() {
    get(vertx.close());
    servers.close();
  }

  private void send(String key, Command command, Object... more) {
    get(servers.sendToKey(key, command, more));
  }

  private static JsonObject data() {
    return new JsonObject().put("symbol", SYMBOL).put("status", "open");
  }

  @Test
  void theExchangesAreOnSeveralServers() {
    Stream<Integer> masters =
        EXCHANGES.stream().map(name -> servers.masterOf("fullon:{orders:" + name + "}:blocks"));
    assertThat(masters.distinct()).hasSizeGreaterThan(1);
  }

  @Test
  void whatAnEarlierVersionHadIsTakenOver() {
    assertThat(get(bots.checkBlock("earlier", SYMBOL, 17))).isTrue();
    assertThat(get(bots.checkBlock("other", "A", 18))).isTrue();
    assertThat(get(bots.isOpeningPosition("earlier", SYMBOL))).isTrue();
    assertThat(get(bots.isOpeningPosition("marked", SYMBOL))).isTrue();
    assertThat(get(bots.getMarks())).extracting(Mark::exchange).contains("earlier", "marked");
    assertThat(get(bots.acquireBlock("earlier", SYMBOL, "bot", LONG_MS))).isNull();
  }

  @Test
  void blocksMarksAndFencedWritesOfEveryExchangeWork() {
    for (String exchange : EXCHANGES) {
      Block old = get(bots.acquireBlock(exchange, SYMBOL, "bot", LONG_MS));
      get(orders.pushOpenOrder("old", "queue-" + exchange, fence(old)));
      Block block = get(bots.acquireBlock(exchange, SYMBOL, "bot", LONG_MS));
      assertThat(get(bots.markOpeningPosition(exchange, SYMBOL, "bot", block.token()))).isTrue();

      get(orders.saveOrderData(exchange, "own", data(), block.token()));
      get(orders.bindOrder(exchange, "own", "O1", block.token()));
      assertFails(orders.saveOrderData(exchange, "O1", data(), old.token()), Failure.CONFLICT);
      assertFails(orders.deleteOrder(exchange, "own", old.token()), Failure.CONFLICT);

      get(orders.pushOpenOrder("1", "queue-" + exchange, fence(block)));
      get(orders.pushOpenOrder("2", "queue-" + exchange, fence(block)));
      assertThat(get(orders.popOpenOrder("queue-" + exchange, 0))).isEqualTo("1");
      OrderClaim claim = get(orders.takeOpenOrder("queue-" + exchange, "consumer", 0));
      assertThat(claim.exOrderId()).isEqualTo("2");
      assertThat(get(orders.ackOpenOrder("queue-" + exchange, claim.receipt()))).isTrue();

      assertThat(get(orders.deleteOrder(exchange, "own", block.token()))).isTrue();
    }
    assertThat(get(bots.getBlocks())).extracting(Block::exchange).containsAll(EXCHANGES);
    assertThat(get(bots.getMarks())).extracting(Mark::exchange).containsAll(EXCHANGES);
  }

  private static Fence fence(Block block) {
    return new Fence(block.exchange(), block.symbol(), block.token());
  }

  @Test
  void aSessionWritesUnderItsBlock() {
    get(
        BotSession.run(
            vertx,
            "session",
            SYMBOL,
            "bot",
            Duration.ofMinutes(10),
            session -> session.orders().saveOrderData("session", "O1", data())));

    assertThat(get(orders.getOrderStatus("session", "O1")).blockToken()).isPositive();
  }
}
