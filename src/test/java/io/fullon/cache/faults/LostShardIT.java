package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickSnapshot;
import io.fullon.cache.tick.TickVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A Cluster that serves in part and has lost a master without a replica, for good. */
class LostShardIT {

  private static final int HEARTBEATS = 30;
  private static final long LONG_MS = 20_000;

  private ClusterServers servers;
  private Vertx vertx;
  private String livingQueue;
  private String deadQueue;
  private int living;

  @BeforeEach
  void start() {
    servers = ClusterServers.start();
    servers.serveInPart();
    vertx = Vertx.vertx();
    JsonObject config = config(servers.nodes().get(0));
    get(vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
    livingQueue = "queue 0";
    living = masterOf(livingQueue);
    deadQueue =
        IntStream.range(1, 100)
            .mapToObj(i -> "queue " + i)
            .filter(queue -> masterOf(queue) != living)
            .findFirst()
            .orElseThrow();
  }

  @AfterEach
  void stop() {
    get(vertx.close());
    servers.close();
  }

  /**
   * @param server one to begin with
   */
  private static JsonObject config(String server) {
    return new JsonObject()
        .put(
            "redis",
            new JsonObject()
                .put("uri", "redis://" + server)
                .put("cluster", true)
                .put("heartbeat_ms", 100))
        .put("web", new JsonObject().put("enabled", false));
  }

  private static String key(String queue) {
    return "fullon:{orders:queue:" + queue + "}:waiting";
  }

  private int masterOf(String queue) {
    return servers.masterOf(key(queue));
  }

  private void loseShard() {
    servers.kill(servers.replicaOf(key(deadQueue)));
    servers.kill(masterOf(deadQueue));
  }

  private long number(int port, String section, String field) {
    return servers
        .ask(port, Command.INFO, section)
        .toString()
        .lines()
        .filter(line -> line.startsWith(field))
        .map(line -> line.substring(field.length()).split("[,\r]", 2)[0])
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }

  private long connections() {
    return number(living, "stats", "total_connections_received:");
  }

  private void awaitHeartbeats() {
    String field = "cmdstat_publish:calls=";
    long before = number(living, "commandstats", field);
    await().until(() -> number(living, "commandstats", field) > before + HEARTBEATS);
  }

  private static boolean isUnavailable(Future<?> future) {
    return get(
        future.transform(
            result -> Future.succeededFuture(Failure.UNAVAILABLE.matches(result.cause()))));
  }

  @Test
  void whatLivesElsewhereIsReadWrittenAndToldOf() {
    OrdersCache orders = OrdersCache.proxy(vertx);

    loseShard();
    await().until(() -> isUnavailable(orders.pushOpenOrder("lost", deadQueue)));
    awaitHeartbeats();

    for (int i = 0; i < 5; i++) {
      String id = "order " + i;
      Future<String> waiting = orders.popOpenOrder(livingQueue, LONG_MS);
      awaitHeartbeats();
      get(orders.pushOpenOrder(id, livingQueue));
      assertThat(get(waiting)).isEqualTo(id);
    }
    assertThat(failure(orders.popOpenOrder(deadQueue, LONG_MS)))
        .matches(Failure.UNAVAILABLE::matches);
  }

  @Test
  void theLostOneIsLookedForWithoutNewConnectionsToTheOthers() {
    loseShard();
    await().until(() -> isUnavailable(OrdersCache.proxy(vertx).pushOpenOrder("lost", deadQueue)));
    awaitHeartbeats();
    long before = connections();

    awaitHeartbeats();

    // Whoever is asked for the first time gets one.
    assertThat(connections() - before).isLessThanOrEqualTo(1);
  }

  // Tickers: what is beside them in other slots may be lost

  private static Tick tick(String exchange, String symbol) {
    return Tick.of(exchange, symbol, BigDecimal.ONE, Instant.ofEpochSecond(1));
  }

  /** Loses the server that knows which exchanges there are; gives an exchange on another. */
  private String loseExchanges() {
    int dead = servers.masterOf("fullon:exchanges");
    String exchange =
        IntStream.range(0, 200)
            .mapToObj(i -> "exchange" + i)
            .filter(name -> servers.masterOf("tickers:" + name) != dead)
            .findFirst()
            .orElseThrow();
    living = servers.masterOf("tickers:" + exchange);
    servers.kill(servers.replicaOf("fullon:exchanges"));
    servers.kill(dead);
    return exchange;
  }

  @Test
  void tickersOnLivingServersAreStoredReadAndDeleted() {
    TickCache ticks = TickCache.proxy(vertx);
    String exchange = loseExchanges();

    await().until(() -> !isUnavailable(ticks.updateTicker(exchange, tick(exchange, "S0"))));
    for (int i = 0; i < 12; i++) {
      assertThat(get(ticks.updateTicker(exchange, tick(exchange, "S" + i)))).isTrue();
      assertThat(get(ticks.getPrice("S" + i, exchange))).isEqualTo("1");
    }
    // Whose Python times are anywhere.
    for (int i = 0; i < 6; i++) {
      assertThat(get(ticks.deleteTicker("S" + i, exchange))).isTrue();
    }
    assertThat(get(ticks.deleteExchangeTickers(exchange))).isEqualTo(6);
  }

  @Test
  void aGapIsOverForTickersOnLivingServers() {
    TickCache ticks = TickCache.proxy(vertx);
    Queue<String> states = new ConcurrentLinkedQueue<>();
    vertx.eventBus().<String>localConsumer(TickCache.STATE, m -> states.add(m.body()));
    String exchange = loseExchanges();
    await().until(() -> !isUnavailable(ticks.updateTicker(exchange, tick(exchange, "A"))));
    await().until(() -> get(TickSnapshot.request(vertx)).live());
    states.clear();

    for (int port : servers.ports()) {
      servers.ask(port, Command.CLIENT, "KILL", "TYPE", "pubsub");
    }

    await().until(() -> states.contains(TickCache.STALE));
    await().until(() -> states.contains(TickCache.LIVE));
    assertThat(get(ticks.getPrice("A", exchange))).isEqualTo("1");
  }

  @Test
  void aServiceOfTickersStartsWithoutTheLostServer() {
    String exchange = loseExchanges();
    TickCache here = TickCache.proxy(vertx);
    await().until(() -> !isUnavailable(here.updateTicker(exchange, tick(exchange, "A"))));
    Vertx second = Vertx.vertx();
    try {
      get(
          second.deployVerticle(
              new TickVerticle(),
              new DeploymentOptions().setConfig(config("127.0.0.1:" + living))));

      assertThat(get(TickCache.proxy(second).getPrice("A", exchange))).isEqualTo("1");
    } finally {
      get(second.close());
    }
  }
}
