package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.SentinelServers;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What all services of a node have in common, and what it costs while nothing happens. */
class SharedDeploymentIT {

  private static final int HEARTBEATS = 30;
  private static final int SHORT_MS = 100;
  private static final int LONG_MS = 60_000;

  @AutoClose private final OwnVertx own = new OwnVertx();
  private final Vertx vertx = own.vertx();

  private String deploy(JsonObject redis, int heartbeatMs) {
    JsonObject config =
        new JsonObject()
            .put(
                "redis",
                redis
                    .put("connect_timeout_ms", 10_000)
                    .put("command_timeout_ms", 10_000)
                    .put("heartbeat_ms", heartbeatMs))
            .put("web", new JsonObject().put("enabled", false));
    return get(
        vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
  }

  private static JsonObject redis(SentinelServers servers) {
    return new JsonObject()
        .put("nodes", String.join(",", servers.sentinels()))
        .put("master", servers.masterName());
  }

  private static int port(String server) {
    return Integer.parseInt(server.substring(server.lastIndexOf(':') + 1));
  }

  /** A number in what INFO says. */
  private static long number(Response info, String field) {
    return info.toString()
        .lines()
        .filter(line -> line.startsWith(field))
        .map(line -> line.substring(field.length()).split("[,\r]", 2)[0])
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }

  private static long connections(List<Integer> ports, BiFunction<Integer, String, Response> info) {
    return ports.stream()
        .mapToLong(port -> number(info.apply(port, "stats"), "total_connections_received:"))
        .sum();
  }

  /** Waits for so many heartbeats, each of which is published. */
  private static void awaitHeartbeats(int port, BiFunction<Integer, String, Response> info) {
    String field = "cmdstat_publish:calls=";
    long before = number(info.apply(port, "commandstats"), field);
    await().until(() -> number(info.apply(port, "commandstats"), field) > before + HEARTBEATS);
  }

  @Test
  void aNodeAtRestMakesNoNewConnectionsToOneServer() {
    EmbeddedRedis redis = CacheNode.newRedis();
    RedisConnection client = get(Redis.createClient(vertx, redis.uri()).connect());
    BiFunction<Integer, String, Response> info =
        (port, section) -> get(client.send(Request.cmd(Command.INFO).arg(section)));
    try {
      deploy(new JsonObject().put("uri", redis.uri()), SHORT_MS);
      awaitHeartbeats(redis.port(), info);
      long before = connections(List.of(redis.port()), info);

      awaitHeartbeats(redis.port(), info);

      assertThat(connections(List.of(redis.port()), info)).isEqualTo(before);
    } finally {
      redis.close();
    }
  }

  @Test
  void aNodeAtRestMakesNoNewConnectionsToAMasterWithSentinels() {
    try (SentinelServers servers = SentinelServers.start()) {
      deploy(redis(servers), SHORT_MS);
      BiFunction<Integer, String, Response> info =
          (port, section) -> servers.ask(port, Command.INFO, section);
      List<Integer> master = List.of(servers.masterPort());
      List<Integer> sentinels = servers.sentinels().stream().map(SharedDeploymentIT::port).toList();
      connections(sentinels, info);
      awaitHeartbeats(master.get(0), info);
      long toMaster = connections(master, info);
      long toSentinels = connections(sentinels, info);

      awaitHeartbeats(master.get(0), info);

      assertThat(connections(master, info)).isEqualTo(toMaster);
      // Each is asked once for the first time.
      assertThat(connections(sentinels, info) - toSentinels).isLessThanOrEqualTo(sentinels.size());
    }
  }

  @Test
  void aNodeAtRestMakesNoNewConnectionsToACluster() {
    try (ClusterServers servers = ClusterServers.start()) {
      deploy(
          new JsonObject().put("uri", "redis://" + servers.nodes().get(0)).put("cluster", true),
          SHORT_MS);
      BiFunction<Integer, String, Response> info =
          (port, section) -> servers.ask(port, Command.INFO, section);
      List<Integer> all = servers.nodes().stream().map(SharedDeploymentIT::port).toList();
      int master = servers.masterOf("any");
      awaitHeartbeats(master, info);
      long before = connections(all, info);

      awaitHeartbeats(master, info);

      assertThat(connections(all, info)).isEqualTo(before);
    }
  }

  @Test
  void allServicesShareOneSubscriptionWithOneHeartbeat() {
    EmbeddedRedis redis = CacheNode.newRedis();
    RedisConnection client = get(Redis.createClient(vertx, redis.uri()).connect());
    try {
      deploy(new JsonObject().put("uri", redis.uri()), SHORT_MS);

      Response channels = get(client.send(Request.cmd(Command.PUBSUB).arg("CHANNELS").arg("*")));
      assertThat(channels.stream().map(Response::toString))
          .filteredOn(channel -> channel.startsWith("fullon:heartbeat:"))
          .hasSize(1);
      assertThat(channels.stream().map(Response::toString))
          .contains("fullon:orders:pushed", "fullon:trades:pushed");
      Response listeners =
          get(client.send(Request.cmd(Command.CLIENT).arg("LIST").arg("TYPE").arg("pubsub")));
      assertThat(listeners.toString().lines()).hasSize(1);
    } finally {
      redis.close();
    }
  }

  @Test
  void theLastServiceClosesWhatAllShared() {
    EmbeddedRedis redis = CacheNode.newRedis();
    RedisConnection client = get(Redis.createClient(vertx, redis.uri()).connect());
    try {
      for (int round = 0; round < 3; round++) {
        get(vertx.undeploy(deploy(new JsonObject().put("uri", redis.uri()), SHORT_MS)));

        await()
            .atMost(java.time.Duration.ofSeconds(5))
            .untilAsserted(
                () ->
                    assertThat(
                            get(client.send(Request.cmd(Command.CLIENT).arg("LIST")))
                                .toString()
                                .lines())
                        .hasSize(1));
      }
    } finally {
      redis.close();
    }
  }

  /** No heartbeat helps here; and while the former master is one, nobody ends its connections. */
  @Test
  void aFormerMasterIsLeftAsSoonAsTheSentinelsNameAnother() {
    try (SentinelServers servers = SentinelServers.start()) {
      deploy(redis(servers), LONG_MS);
      int former = servers.masterPort();
      assertThat(listeners(servers, former)).isPositive();

      int next = servers.failover();
      await().until(() -> listeners(servers, next) > 0 && listeners(servers, former) == 0);

      assertThat(servers.ask(former, Command.ROLE).get(0)).hasToString("master");
    }
  }

  /** Of tickers; Sentinels listen too, to their own. */
  private static int listeners(SentinelServers servers, int port) {
    return servers.ask(port, Command.PUBSUB, "NUMPAT").toInteger();
  }
}
