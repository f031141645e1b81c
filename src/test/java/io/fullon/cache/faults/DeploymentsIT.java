package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.examples.BatchOperations;
import io.fullon.cache.examples.BotCoordination;
import io.fullon.cache.examples.CompleteTradingWorkflow;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.SentinelServers;
import io.fullon.cache.testing.TlsRedis;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The deployments of Redis that there are besides one plain server, with what happens to them. */
class DeploymentsIT {

  @AutoClose private final OwnVertx own = new OwnVertx();
  private final Vertx vertx = own.vertx();

  private Future<String> deploy(JsonObject redis) {
    JsonObject config =
        new JsonObject()
            .put("redis", redis.put("connect_timeout_ms", 10_000))
            .put("web", new JsonObject().put("enabled", false));
    return vertx.deployVerticle(
        new FullonCacheVerticle(), new DeploymentOptions().setConfig(config));
  }

  private static JsonObject redis(SentinelServers servers) {
    return new JsonObject()
        .put("nodes", String.join(",", servers.sentinels()))
        .put("master", servers.masterName());
  }

  private static JsonObject redis(ClusterServers servers) {
    return new JsonObject().put("uri", "redis://" + servers.nodes().get(0)).put("cluster", true);
  }

  @Test
  void followsTheMasterThatTheSentinelsName() {
    try (SentinelServers servers = SentinelServers.start()) {
      get(deploy(redis(servers)));
      TradingLoad load = new TradingLoad(vertx).start();
      load.awaitProgress();

      servers.failover();
      load.awaitProgress();
      servers.awaitMasterOtherThan(servers.killMaster());
      load.awaitProgress();

      // Replication is asynchronous: what was lost is shown, not asserted.
      load.stop("Sentinels, failover on request and after a kill");
    }
  }

  @Test
  void losesNothingInAFailoverWhenAllReplicasMustHaveAWrite() {
    try (SentinelServers servers = SentinelServers.start()) {
      get(deploy(redis(servers).put("wait_replicas", servers.replicaPorts().size())));
      TradingLoad load = new TradingLoad(vertx).start();
      load.awaitProgress();

      servers.failover();
      load.awaitProgress();

      assertThat(load.stop("Sentinels, failover, all replicas have each write"))
          .isEqualTo(TradingLoad.Lost.NOTHING);
    }
  }

  @Test
  void theOutageOfAMasterIsToldOfThatOneAndOnce() {
    try (ClusterServers servers = ClusterServers.start();
        LogLines log = LogLines.of("io.fullon.cache.redis.Outages", Level.INFO)) {
      get(deploy(redis(servers)));
      TickCache ticks = TickCache.proxy(vertx);
      Tick tick = Tick.of("binance", "A", BigDecimal.ONE, Instant.ofEpochSecond(1));

      List<String> all = servers.nodes();
      String killed = "127.0.0.1:" + servers.killMasterOf("tickers:binance");
      servers.awaitOk();
      await().ignoreExceptions().until(() -> get(ticks.updateTicker("binance", tick)));
      await().until(() -> linesOf(log, List.of(killed)).size() == 2);

      assertThat(linesOf(log, all)).hasSize(2);
      assertThat(linesOf(log, all).get(0)).contains(killed).endsWith("trying again");
      assertThat(linesOf(log, all).get(1)).contains(killed).contains("not needed any more after");
    }
  }

  /** Other tests have servers of their own meanwhile. */
  private static List<String> linesOf(LogLines log, List<String> servers) {
    return log.lines().stream().filter(line -> servers.stream().anyMatch(line::contains)).toList();
  }

  @Test
  void followsTheSlotsOfACluster() {
    try (ClusterServers servers = ClusterServers.start()) {
      get(deploy(redis(servers)));
      TradingLoad load = new TradingLoad(vertx).start();
      load.awaitProgress();

      for (int lane = 0; lane < 4; lane++) {
        int slot = servers.slotOf("fullon:{orders:queue:queue " + lane + "}");
        int from = servers.masterOf(slot);
        int to =
            IntStream.range(0, 16)
                .map(i -> servers.masterOf("key " + i))
                .filter(port -> port != from)
                .findFirst()
                .orElseThrow();
        servers.moveSlot(slot, from, to);
      }
      load.awaitProgress();
      assertThat(load.stop("Cluster, slots move")).isEqualTo(TradingLoad.Lost.NOTHING);
    }
  }

  @Test
  void runsTheGuidesWorkflowsOnACluster() {
    try (ClusterServers servers = ClusterServers.start()) {
      get(deploy(redis(servers)));

      assertThat(get(CompleteTradingWorkflow.run(vertx)).positions()).hasSize(1);
      assertThat(get(BatchOperations.run(vertx))).isNotNull();
      assertThat(get(BotCoordination.run(vertx))).isNotNull();
      assertThat(get(BotCache.proxy(vertx).getBlocks())).isEmpty();
      assertThat(get(SymbolCache.proxy(vertx).getSymbols("binance"))).isNotEmpty();
      assertThat(get(AccountCache.proxy(vertx).getAllAccounts())).isNotNull();
    }
  }

  @Test
  void followsAFailoverInACluster() {
    try (ClusterServers servers = ClusterServers.start()) {
      get(deploy(redis(servers)));
      TradingLoad load = new TradingLoad(vertx).start();
      load.awaitProgress();

      servers.failoverOf("tickers:exchange-0");
      load.awaitProgress();
      servers.killMasterOf("tickers:exchange-1");
      servers.awaitOk();
      load.awaitProgress();

      load.stop("Cluster, failover");
    }
  }

  @Test
  void speaksTlsWithUserAndPassword() {
    try (TlsRedis server = TlsRedis.start("trader", "s3cret/@:")) {
      JsonObject redis = new JsonObject().put("uri", server.uri());

      assertThat(failure(deploy(redis.copy())))
          .hasMessageContaining("Redis at rediss://127.0.0.1:" + server.port())
          .message()
          .doesNotContain("s3cret");

      get(deploy(redis.put("tls_ca", server.certificate().toString())));
      TradingLoad load = new TradingLoad(vertx).start();
      load.awaitProgress();
      assertThat(load.stop("TLS")).isEqualTo(TradingLoad.Lost.NOTHING);
    }
  }
}
