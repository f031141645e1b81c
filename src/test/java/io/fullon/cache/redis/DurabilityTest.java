package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.value.Fields;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurabilityTest {

  @AutoClose private final OwnVertx own = new OwnVertx();
  private final Vertx vertx = own.vertx();

  private List<String> warnings(String uri, boolean wanted) {
    JsonObject section = new JsonObject().put("uri", uri).put("warn_durability", wanted);
    RedisLinkOptions options = RedisLinkOptions.from(Fields.of("redis", section));
    return get(new Loop(vertx).call(() -> Durability.check(vertx, options)));
  }

  @Test
  void warnsOfAServerThatKeepsNothing() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      assertThat(warnings(redis.uri(), true))
          .singleElement()
          .asString()
          .startsWith("Redis keeps nothing on disk");
      assertThat(warnings(redis.uri(), false)).isEmpty();
    }
  }

  @Test
  void warnsOfAServerThatThrowsKeysAway(@TempDir Path data) throws IOException {
    Map<String, String> settings = Map.of("maxmemory-policy", "allkeys-lru", "appendonly", "yes");
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, data, settings)) {
      assertThat(warnings(redis.uri(), true)).singleElement().asString().contains("allkeys-lru");
    }
  }

  @Test
  void isSilentWhereItMayNotAsk() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      Request user = Request.cmd(Command.ACL).arg("SETUSER").arg("guest").arg("on").arg(">secret");
      user.arg("~*").arg("&*").arg("+@all").arg("-config");
      get(Redis.createClient(vertx, redis.uri()).send(user));

      assertThat(warnings("redis://guest:secret@127.0.0.1:" + redis.port(), true)).isEmpty();
    }
  }
}
