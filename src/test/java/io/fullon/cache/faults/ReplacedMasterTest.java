package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A master that becomes a replica behind an address that stays: a name, a virtual address. */
class ReplacedMasterTest {

  private static final String EXCHANGE = "binance";
  private static final int SHORT_MS = 100;
  private static final int LONG_MS = 60_000;

  private EmbeddedRedis first;
  private EmbeddedRedis second;
  private RedisProxy address;
  private Vertx other;
  private long seconds;

  @BeforeEach
  void start() {
    first = CacheNode.newRedis();
    second = CacheNode.newRedis();
    address = new RedisProxy(first.port());
    other = Vertx.vertx();
  }

  @AfterEach
  void stop() {
    get(other.close());
    address.close();
    first.close();
    second.close();
  }

  private CacheNode node(int heartbeatMs) {
    return CacheNode.start(first, config(heartbeatMs));
  }

  private JsonObject config(int heartbeatMs) {
    return new JsonObject()
        .put("redis", new JsonObject().put("uri", address.uri()).put("heartbeat_ms", heartbeatMs));
  }

  private void replicaOf(EmbeddedRedis server, String... master) {
    Request request = Request.cmd(Command.REPLICAOF);
    for (String part : master) {
      request.arg(part);
    }
    get(Redis.createClient(other, server.uri()).send(request));
  }

  private void demoteFirst() {
    replicaOf(first, "127.0.0.1", String.valueOf(second.port()));
  }

  private void promoteFirst() {
    replicaOf(first, "NO", "ONE");
  }

  private boolean updates(TickCache ticks) {
    Tick tick = Tick.of(EXCHANGE, "A", BigDecimal.ONE, Instant.ofEpochSecond(++seconds));
    return get(
        ticks
            .updateTicker(EXCHANGE, tick)
            .transform(result -> Future.succeededFuture(result.succeeded())));
  }

  private static int ready(CacheNode node) {
    return RawHttp.get(node.port(), "/health/ready").status();
  }

  @Test
  void aRefusedWriteMakesTheLinkLookWhereTheAddressLeadsNow() {
    try (CacheNode node = node(LONG_MS)) {
      assertThat(updates(node.ticks())).isTrue();

      demoteFirst();
      address.lead(second.port());

      await().until(() -> updates(node.ticks()));
      assertThat(get(node.ticks().getTicker("A", EXCHANGE)).time())
          .isEqualTo(Instant.ofEpochSecond(seconds));
    }
  }

  @Test
  void theFeedGoesOnFromWhereTheAddressLeadsNow() {
    try (CacheNode node = node(SHORT_MS)) {
      Queue<Tick> heard = new ConcurrentLinkedQueue<>();
      get(
          node.vertx()
              .eventBus()
              .<Tick>localConsumer(TickCache.UPDATES, message -> heard.add(message.body()))
              .completion());

      demoteFirst();
      // A replica passes on what its master publishes: this one must not.
      replicaOf(first, "127.0.0.1", "1");
      address.lead(second.port());
      await().until(() -> updates(node.ticks()));

      await().until(() -> heard.stream().anyMatch(t -> t.time().getEpochSecond() == seconds));
      await().until(() -> ready(node) == 200);
    }
  }

  @Test
  void aNodeIsNotReadyWhileTheServerIsAReplica() {
    try (CacheNode node = node(SHORT_MS)) {
      assertThat(ready(node)).isEqualTo(200);

      demoteFirst();

      await().until(() -> ready(node) == 503);
      assertThat(failure(node.ticks().deleteTicker("A", EXCHANGE)))
          .matches(Failure.UNAVAILABLE::matches);
      // On a busy machine a heartbeat was late, and what is refused tells the node why.
      await().until(() -> ready(node) == 503);

      promoteFirst();
      await().until(() -> ready(node) == 200);
      // The service's own connection comes back in its own time.
      await().until(() -> updates(node.ticks()));
    }
  }

  @Test
  void theStartWaitsForTheReplicaToBecomeTheMaster() {
    demoteFirst();
    try (LogLines log = LogLines.of("io.fullon.cache.redis.Outages", Level.WARN)) {
      JsonObject config =
          CacheNode.config(first, config(SHORT_MS))
              .put("web", new JsonObject().put("enabled", false));
      Vertx vertx = Vertx.vertx();
      Future<String> deployed =
          vertx.deployVerticle(
              new FullonCacheVerticle(), new DeploymentOptions().setConfig(config));
      await()
          .until(
              () ->
                  log.lines().stream()
                      .anyMatch(
                          line ->
                              line.contains(String.valueOf(address.port()))
                                  && line.contains("is a replica, which takes no writes")));

      promoteFirst();

      get(deployed);
      assertThat(updates(TickCache.proxy(vertx))).isTrue();
      get(vertx.close());
    }
  }
}
