package io.fullon.cache.web;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.RawHttp;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import org.junit.jupiter.api.Test;

/** Metrics in a process where nobody has asked for them yet. */
class MetricsIT {

  private static final String GARBAGE = "fullon_cache_ticks_garbage_total";

  /** Starts a node on the Redis server of that port, and asks for the metrics once. */
  static final class ScrapingProcess {

    private ScrapingProcess() {}

    public static void main(String[] arguments) throws Exception {
      try (EmbeddedRedis redis = CacheNode.newRedis()) {
        try (CacheNode first =
            CacheNode.start(
                redis, new JsonObject().put("web", new JsonObject().put("enabled", false)))) {
          for (int i = 0; i < 7; i++) {
            first.redis(Command.HSET, "tickers:k", "X" + i + "/USD", "no json");
          }
        }
        try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
          RawHttp.get(node.port(), "/metrics")
              .text()
              .lines()
              .filter(line -> line.startsWith(GARBAGE))
              .forEach(System.out::println);
        }
      }
      System.exit(0);
    }
  }

  @Test
  void countFromTheStartAndNotFromTheFirstScrape() {
    try (ChildJvm process = ChildJvm.start(ScrapingProcess.class)) {
      process.expect(GARBAGE + " 7.0");
    }
  }
}
