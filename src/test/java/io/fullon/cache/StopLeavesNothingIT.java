package io.fullon.cache;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Heap;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Whoever deploys and undeploys for ever does not pay for what was. */
@Isolated("measures threads and heap of the whole JVM")
class StopLeavesNothingIT {

  private static final boolean LONG = Boolean.getBoolean("fullon.long");

  /** After these rounds everything that is made once has been made. */
  private static final int FIRST_ROUNDS = LONG ? 20 : 8;

  private static final int ROUNDS = LONG ? 100 : 20;

  /** A feed client is there in every round that this divides. */
  private static final int FEED_EVERY = 3;

  /** What a round may leave on the heap on average: less than the smallest of its verticles. */
  private static final long BYTES_PER_ROUND = 20_000;

  /** What the JVM may take for itself meanwhile, however many rounds there are. */
  private static final long BYTES_OF_THE_JVM = 1_000_000;

  private static final long LONG_WAIT_MS = 20_000;

  private static final List<String> ADDRESSES =
      List.of(
          SymbolCache.ADDRESS,
          TickCache.ADDRESS,
          TickCache.ADDRESS + ".snapshot",
          TickCache.ADDRESS + ".updates",
          OrdersCache.ADDRESS,
          TradesCache.ADDRESS,
          AccountCache.ADDRESS,
          BotCache.ADDRESS,
          FlowCache.ADDRESS);

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).sorted().toList();
  }

  @Test
  void roundsOfDeployingAndUndeployingWithCallsInFlight() {
    // All threads of the pools are there after the first rounds.
    VertxOptions options =
        new VertxOptions()
            .setEventLoopPoolSize(2)
            .setWorkerPoolSize(2)
            .setInternalBlockingPoolSize(2);
    Vertx vertx = Vertx.vertx(options);
    try (EmbeddedRedis redis = CacheNode.newRedis()) {
      try {
        for (int round = 1; round <= FIRST_ROUNDS; round++) {
          deployAndUndeploy(vertx, redis, round);
        }
        assertNothingListens(vertx);
        final List<String> threads = threads();
        final Heap heap = Heap.live();

        for (int round = FIRST_ROUNDS + 1; round <= ROUNDS; round++) {
          deployAndUndeploy(vertx, redis, round);
        }

        assertNothingListens(vertx);
        assertOnlyTheTestIsConnected(vertx, redis);
        await("no more threads than before")
            .pollInSameThread()
            .untilAsserted(() -> assertThat(threads).containsAll(threads()));
        int rounds = ROUNDS - FIRST_ROUNDS;
        await("the bus to forget, after 30 s, the calls of flows that were not answered any more")
            .pollInterval(Duration.ofSeconds(1))
            .pollInSameThread()
            .untilAsserted(
                () -> {
                  Heap now = Heap.live();
                  assertThat(now.grownBy(rounds, heap)).as("what stays of each round").isEmpty();
                  assertThat(now.bytes() - heap.bytes())
                      .as("bytes that stay of %s rounds", rounds)
                      .isLessThan(BYTES_OF_THE_JVM + rounds * BYTES_PER_ROUND);
                });
      } finally {
        get(vertx.close());
      }
    }
  }

  private static void deployAndUndeploy(Vertx vertx, EmbeddedRedis redis, int round) {
    FullonCacheVerticle cache = new FullonCacheVerticle();
    JsonObject config = CacheNode.config(redis, new JsonObject());
    String id = get(vertx.deployVerticle(cache, new DeploymentOptions().setConfig(config)));
    if (round % FEED_EVERY != 0) {
      stopWithCallsInFlight(vertx, id, round);
      return;
    }
    // Not the server's: Vert.x keeps something of each client that was made outside of a verticle.
    Vertx clients = Vertx.vertx();
    try (FeedClient feed = FeedClient.connect(clients, cache.webPort())) {
      feed.next("welcome");
      feed.subscribe("*", "*");

      stopWithCallsInFlight(vertx, id, round);

      // 1001: going away.
      assertThat(feed.closeCode()).isEqualTo(1_001);
    } finally {
      get(clients.close());
    }
  }

  /** Some calls are on their way then, some wait at the service for what does not come. */
  private static void stopWithCallsInFlight(Vertx vertx, String id, int round) {
    List<Future<?>> calls = new ArrayList<>(waiting(vertx));
    // Whoever waits has been heard when a later call is answered.
    get(OrdersCache.proxy(vertx).getQueueLength("none"));
    get(TradesCache.proxy(vertx).getTradeStatus("binance"));
    get(TickCache.proxy(vertx).getTicker("NONE", "binance"));
    calls.addAll(onTheirWay(vertx, round));
    Future<Void> stopped = vertx.undeploy(id);
    calls.addAll(onTheirWay(vertx, round));

    get(stopped);

    // Whatever they say: each says it before the bus gives up on it.
    for (Future<?> call : calls) {
      get(call.transform(answer -> Future.succeededFuture()));
    }
  }

  private static List<Future<?>> waiting(Vertx vertx) {
    OrdersCache orders = OrdersCache.proxy(vertx);
    return List.of(
        orders.popOpenOrder("none", LONG_WAIT_MS),
        orders.popOpenOrder("none", LONG_WAIT_MS),
        orders.takeOpenOrder("none at all", "taker", LONG_WAIT_MS),
        TradesCache.proxy(vertx).popMyTrade("nobody", "binance", LONG_WAIT_MS),
        TickCache.proxy(vertx).getNextTicker("NONE", "binance", LONG_WAIT_MS));
  }

  private static List<Future<?>> onTheirWay(Vertx vertx, int round) {
    Tick tick = Tick.of("binance", "BTC/USDT", BigDecimal.ONE, Instant.ofEpochSecond(round));
    Trade trade =
        Trade.fromJson(
            new JsonObject()
                .put("trade_id", "T" + round)
                .put("symbol", "BTC/USDT")
                .put("side", "buy")
                .put("volume", "1")
                .put("price", "1"));
    return List.of(
        TickCache.proxy(vertx).updateTicker("binance", tick),
        TickCache.proxy(vertx).getAllTickers("binance"),
        SymbolCache.proxy(vertx).getSymbols("binance"),
        OrdersCache.proxy(vertx)
            .saveOrderData("binance", "O1", new JsonObject().put("symbol", "BTC/USDT")),
        AccountCache.proxy(vertx).applyFill(1, trade),
        BotCache.proxy(vertx).acquireBlock("binance", "BTC/USDT", "bot", LONG_WAIT_MS),
        FlowCache.proxy(vertx).getQuote("BTC/USDT", "binance"));
  }

  private static void assertNothingListens(Vertx vertx) {
    assertThat(vertx.deploymentIDs()).isEmpty();
    for (String address : ADDRESSES) {
      assertThat(failure(vertx.eventBus().request(address, new JsonObject())))
          .as(address)
          .isInstanceOfSatisfying(
              ReplyException.class,
              e -> assertThat(e.failureType()).isEqualTo(ReplyFailure.NO_HANDLERS));
    }
  }

  private static void assertOnlyTheTestIsConnected(Vertx vertx, EmbeddedRedis redis) {
    Redis client =
        Redis.createClient(
            vertx, new RedisOptions().setConnectionString(redis.uri()).setMaxPoolSize(1));
    Request list = Request.cmd(Command.CLIENT).arg("LIST");
    await("all connections but that of this test to be closed")
        .untilAsserted(() -> assertThat(get(client.send(list)).toString().lines()).hasSize(1));
    get(client.close());
  }
}
