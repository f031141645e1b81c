package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.value.Fields;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurabilityTest {

  private Vertx vertx;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
  }

  @AfterEach
  void close() {
    get(vertx.close());
  }

  private List<String> warnings(EmbeddedRedis redis, boolean wanted) {
    JsonObject section = new JsonObject().put("uri", redis.uri()).put("warn_durability", wanted);
    RedisLinkOptions options = RedisLinkOptions.from(Fields.of("redis", section));
    return get(new Loop(vertx).call(() -> Durability.check(vertx, options)));
  }

  @Test
  void warnsOfAServerThatKeepsNothing() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      assertThat(warnings(redis, true))
          .singleElement()
          .asString()
          .startsWith("Redis keeps nothing on disk");
      assertThat(warnings(redis, false)).isEmpty();
    }
  }

  @Test
  void warnsOfAServerThatThrowsKeysAway(@TempDir Path data) throws IOException {
    Map<String, String> settings = Map.of("maxmemory-policy", "allkeys-lru", "appendonly", "yes");
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, data, settings)) {
      assertThat(warnings(redis, true)).singleElement().asString().contains("allkeys-lru");
    }
  }

  @Test
  void isSilentWhereItMayNotAsk(@TempDir Path data) throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, data, Map.of("rename-command", "CONFIG x"))) {
      assertThat(warnings(redis, true)).isEmpty();
    }
  }
}
