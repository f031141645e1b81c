package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user of an access control list must be allowed. */
class RightsTest {

  @AutoClose private final SharedRedis shared = new SharedRedis();
  private final EmbeddedRedis redis = shared.server();
  private final Vertx vertx = shared.vertx();

  /** The user that the documentation shows. */
  private static List<String> user() {
    String line =
        Pages.text(Pages.page("faults"))
            .lines()
            .filter(text -> text.startsWith("ACL SETUSER "))
            .findFirst()
            .orElseThrow();
    return List.of(line.split(" "));
  }

  private void acl(Stream<String> words) {
    Request request = Request.cmd(Command.ACL);
    words.forEach(request::arg);
    Redis admin = Redis.createClient(vertx, redis.uri());
    get(admin.send(request).eventually(admin::close));
  }

  private Future<String> deploy() {
    JsonObject config =
        CacheNode.config(redis, new JsonObject())
            .mergeIn(
                new JsonObject()
                    .put(
                        "redis",
                        new JsonObject()
                            .put("uri", "redis://fullon:secret@127.0.0.1:" + redis.port())
                            .put("start_within_ms", 600_000)),
                true);
    return vertx.deployVerticle(
        new FullonCacheVerticle(), new DeploymentOptions().setConfig(config));
  }

  @Test
  void theUserOfTheDocumentationMayDoAllThatIsNeeded() {
    acl(user().stream().skip(1));

    get(deploy());

    TickCache ticks = TickCache.proxy(vertx);
    Tick tick = Tick.of("binance", "A", BigDecimal.ONE, Instant.ofEpochSecond(1));
    assertThat(get(ticks.updateTicker("binance", tick))).isTrue();
    assertThat(get(ticks.deleteTicker("A", "binance"))).isTrue();
    OrdersCache orders = OrdersCache.proxy(vertx);
    Future<String> popped = orders.popOpenOrder("queue", 20_000);
    get(orders.pushOpenOrder("1", "queue"));
    assertThat(get(popped)).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-@scripting | | eval",
        "-eval | | eval",
        "-publish | fullon: | publish",
        "-hset | fullon:* | HSET",
        "-zpopmin | fullon:* | ZPOPMIN",
        "-scan | fullon:* | SCAN",
        "-time | | TIME",
        "-subscribe | | subscribe",
        "-psubscribe | ticker_updates:* | psubscribe",
        "&fullon:* &process:broadcast:* | ticker_updates:* | channels",
        "&ticker_updates:* | fullon: | channels",
        "~fullon:* ~symbols_list:* | tickers:* | keys",
        "~fullon:* ~tickers:* | symbols_list:* | keys",
        "~tickers:* ~symbols_list:* | fullon:* | keys",
        "~fullon:* ~tickers:* ~ticker_time:* ~symbols_list:* | process:* | keys",
        "&fullon:* &ticker_updates:* | process:broadcast: | channels"
      })
  void aMissingRightFailsTheStartAtOnceAndIsNamed(String change, String where, String what)
      throws IOException {
    acl(user().stream().skip(1));
    Stream<String> reset =
        change.startsWith("&")
            ? Stream.of("resetchannels")
            : change.startsWith("~") ? Stream.of("resetkeys") : Stream.of();
    acl(
        Stream.concat(
            Stream.of("SETUSER", "fullon"), Stream.concat(reset, Stream.of(change.split(" ")))));

    assertThat(failure(deploy()))
        .hasMessageContaining("redis://127.0.0.1:" + redis.port())
        .hasMessageContaining("NOPERM")
        .hasMessageContaining(where == null ? "" : where)
        .hasMessageContaining(what);
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void aRedisThatIsFullFailsTheStartAndIsNamed() {
    JsonObject config =
        CacheNode.config(redis, new JsonObject())
            .mergeIn(
                new JsonObject().put("redis", new JsonObject().put("start_within_ms", 100)), true);
    Redis admin = Redis.createClient(vertx, redis.uri());
    get(
        admin
            .send(Request.cmd(Command.CONFIG).arg("SET").arg("maxmemory").arg("1"))
            .eventually(admin::close));

    assertThat(
            failure(
                vertx.deployVerticle(
                    new FullonCacheVerticle(), new DeploymentOptions().setConfig(config))))
        .hasMessageContaining("redis://127.0.0.1:" + redis.port())
        .hasMessageContaining("HSET")
        .hasMessageContaining("OOM command not allowed");
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  /** Whatever is renamed, or not there at all, fails at once. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "EVALSHA",
        "EVAL",
        "HSET",
        "HSCAN",
        "ZPOPMIN",
        "ZCOUNT",
        "HGETALL",
        "TIME",
        "PUBLISH",
        "SCAN",
        "SUBSCRIBE",
        "PSUBSCRIBE"
      })
  void aCommandThatIsNotThereFailsTheStartAtOnceAndIsNamed(String command) throws IOException {
    try (EmbeddedRedis renamed =
        EmbeddedRedis.start(0, null, Map.of("rename-command " + command, ""))) {
      JsonObject config =
          CacheNode.config(renamed, new JsonObject())
              .mergeIn(
                  new JsonObject().put("redis", new JsonObject().put("start_within_ms", 600_000)),
                  true);

      Throwable failure =
          failure(
              vertx.deployVerticle(
                  new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));

      assertThat(failure).hasMessageContaining("redis://127.0.0.1:" + renamed.port());
      assertThat(failure.getMessage())
          .containsIgnoringCase(command)
          .containsIgnoringCase("unknown");
      assertThat(vertx.deploymentIDs()).isEmpty();
    }
  }

  /** Texts do what digests do. */
  @Test
  void aUserWhoMayNotLoadScriptsRunsThem() throws IOException {
    acl(user().stream().skip(1));
    acl(Stream.of("SETUSER", "fullon", "-script"));

    get(deploy());

    assertThat(get(OrdersCache.proxy(vertx).pushOpenOrder("1", "queue"))).isOne();
  }
}
