package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.get;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.faults.FaultyProxy.Fault;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.SentinelServers;
import io.fullon.cache.testing.Signals;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Blocks with their tokens, queues and merges of orders are each as if one call came after the
 * other, on two nodes, whatever happens to Redis: what a call did, it did at one moment between its
 * begin and its answer. A call that failed with 504 did it at any moment, or never; one that failed
 * with 503, never.
 *
 * <p>A failover keeps that of what was acknowledged, when all replicas must have each write. What
 * is read meanwhile may be of writes that are not acknowledged yet, and be lost.
 */
class LinearizabilityIT {

  /** How often each fault comes. */
  private static final int ROUNDS =
      Integer.getInteger("fullon.rounds", Boolean.getBoolean("fullon.long") ? 10 : 1);

  /** Answers of each lane between two faults. */
  private static final int SOME = 100;

  private static final long DEADLINE_MS = 1_000;
  private static final Map<String, String> SAFE =
      Map.of("appendonly", "yes", "appendfsync", "always");

  private final List<Vertx> nodes = List.of(Vertx.vertx(), Vertx.vertx());

  @TempDir private Path data;
  private EmbeddedRedis redis;

  @AfterEach
  void stop() {
    nodes.forEach(node -> get(node.close()));
  }

  private static void deploy(Vertx node, JsonObject redis) {
    JsonObject config =
        new JsonObject()
            .put("redis", redis.put("connect_timeout_ms", 10_000))
            .put("orders", new JsonObject().put("visibility_timeout_ms", RecordedLoad.LONG_MS))
            .put("web", new JsonObject().put("enabled", false));
    get(node.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
  }

  private interface Round {
    void run(RecordedLoad load) throws IOException;
  }

  private void forEachRound(String faults, Round each) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      RecordedLoad load = new RecordedLoad(nodes, round).start();
      load.awaitProgress(SOME);
      each.run(load);
      load.awaitProgress(SOME);
      load.assertLinearizable(faults);
    }
  }

  @Test
  void oneServerThatIsKilledAndCutOff() throws IOException {
    redis = EmbeddedRedis.start(0, data, SAFE);
    try (FaultyProxy one = new FaultyProxy(redis.port());
        FaultyProxy other = new FaultyProxy(redis.port())) {
      deploy(nodes.get(0), behind(one));
      deploy(nodes.get(1), behind(other));
      forEachRound(
          "killed, silent, cut off and reset",
          load -> {
            kill();
            load.awaitProgress(SOME);
            Signals.freeze(redis);
            load.awaitUnanswered();
            Signals.unfreeze(redis);
            for (Fault fault : List.of(Fault.CUT, Fault.CUT_FROM_SERVER, Fault.CUT_TO_SERVER)) {
              load.awaitProgress(SOME);
              one.become(fault);
              load.awaitUnanswered();
              one.become(Fault.NONE);
            }
            load.awaitProgress(SOME);
            other.reset();
          });
    } finally {
      redis.close();
    }
  }

  private static JsonObject behind(FaultyProxy proxy) {
    return new JsonObject()
        .put("uri", "redis://127.0.0.1:" + proxy.port())
        .put("command_timeout_ms", DEADLINE_MS)
        .put("heartbeat_ms", DEADLINE_MS / 2);
  }

  private void kill() throws IOException {
    Signals.send("KILL", redis.pid());
    redis.close();
    redis = EmbeddedRedis.start(redis.port(), data, SAFE);
  }

  @Test
  void aMasterThatIsReplacedWhenAllReplicasMustHaveEachWrite() throws IOException {
    try (SentinelServers servers = SentinelServers.start()) {
      for (Vertx node : nodes) {
        deploy(
            node,
            new JsonObject()
                .put("nodes", String.join(",", servers.sentinels()))
                .put("master", servers.masterName())
                .put("wait_replicas", servers.replicaPorts().size()));
      }
      forEachRound(
          "Sentinels, failovers, all replicas have each write",
          load -> {
            load.lose(
                () -> {
                  servers.failover();
                  servers.awaitInSync();
                });
            load.awaitProgress(SOME);
            load.lose(
                () -> {
                  int killed = servers.killMaster();
                  servers.awaitMasterOtherThan(killed);
                  servers.restart(killed);
                });
            load.awaitProgress(SOME);
            load.lose(
                () -> {
                  EmbeddedRedis paused = servers.server(servers.masterPort());
                  Signals.freeze(paused);
                  servers.awaitMasterOtherThan(paused.port());
                  Signals.unfreeze(paused);
                  servers.awaitInSync();
                });
          });
    }
  }

  @Test
  void aClusterWhoseReplicasTakeOver() throws IOException {
    try (ClusterServers servers = ClusterServers.start()) {
      for (Vertx node : nodes) {
        deploy(
            node,
            new JsonObject()
                .put("uri", "redis://" + servers.nodes().get(0))
                .put("cluster", true)
                .put("wait_replicas", 1));
      }
      forEachRound(
          "Cluster, replicas take over",
          load -> {
            for (String key : List.of("{1}", "{2}", "{3}", "{4}")) {
              load.lose(() -> servers.failoverOf(key));
              load.awaitProgress(SOME);
            }
          });
    }
  }
}
