package io.fullon.cache.bench;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.SentinelServers;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a node with its defaults and nothing to do costs, it and all servers of its Redis. */
final class RestBench {

  /** Until the compiler has ended its work. */
  private static final long SETTLE_MS = 60_000;

  private static final long REST_MS = 60_000;

  private RestBench() {}

  static void run(Report report, int rounds, boolean quick) throws IOException {
    for (int round = 0; round < rounds; round++) {
      try (EmbeddedRedis redis = EmbeddedRedis.start()) {
        rest(
            report,
            "one server",
            new JsonObject().put("uri", redis.uri()),
            List.of("127.0.0.1:" + redis.port()),
            quick);
      }
      try (SentinelServers servers = SentinelServers.start()) {
        List<String> all = new ArrayList<>(servers.sentinels());
        all.add("127.0.0.1:" + servers.masterPort());
        servers.replicaPorts().forEach(port -> all.add("127.0.0.1:" + port));
        rest(
            report,
            "Sentinels",
            new JsonObject()
                .put("nodes", String.join(",", servers.sentinels()))
                .put("master", servers.masterName()),
            all,
            quick);
      }
      try (ClusterServers servers = ClusterServers.start()) {
        rest(
            report,
            "Cluster",
            new JsonObject().put("nodes", String.join(",", servers.nodes())).put("cluster", true),
            servers.nodes(),
            quick);
      }
    }
  }

  private static void rest(
      Report to, String what, JsonObject redis, List<String> servers, boolean quick) {
    RedisClient client = RedisClient.create();
    List<RedisCommands<String, String>> asked =
        servers.stream()
            .map(server -> client.connect(RedisURI.create("redis://" + server)).sync())
            .toList();
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    try {
      JsonObject config =
          new JsonObject()
              .put("redis", redis.put("warn_durability", false))
              .put("web", new JsonObject().put("port", 0));
      CacheNode.get(
          vertx.deployVerticle(
              new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
      Cpu.pause(quick ? SETTLE_MS / 3 : SETTLE_MS);
      long connections = sum(asked, "stats", "total_connections_received:");
      long usedByServers = cpu(asked);
      long usedByNode = Cpu.ofThisProcess();
      long start = System.nanoTime();
      Cpu.pause(quick ? REST_MS / 4 : REST_MS);
      double nanos = System.nanoTime() - start;
      String section = "at rest, " + what;
      to.add(section, "ours", "CPU %", 100 * (Cpu.ofThisProcess() - usedByNode) / nanos);
      to.add(section, "its servers", "CPU %, all", 100 * (cpu(asked) - usedByServers) / nanos);
      to.add(
          section,
          "ours",
          "new connections a minute",
          (sum(asked, "stats", "total_connections_received:") - connections) * 60e9 / nanos);
    } finally {
      CacheNode.get(vertx.close());
      client.shutdown();
    }
  }

  private static long sum(
      List<RedisCommands<String, String>> servers, String section, String field) {
    return servers.stream().mapToLong(server -> Cpu.field(server.info(section), field)).sum();
  }

  private static long cpu(List<RedisCommands<String, String>> servers) {
    return servers.stream()
        .mapToLong(server -> Cpu.ofProcess(Cpu.field(server.info("server"), "process_id:")))
        .sum();
  }
}
