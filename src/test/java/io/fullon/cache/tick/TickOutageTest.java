package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TickOutageTest {

  private static final String EXCHANGE = "exchange";

  private static JsonObject staleReads(long ms) {
    return new JsonObject()
        .put("tick", new JsonObject().put("stale_reads_ms", ms))
        .put("redis", new JsonObject().put("heartbeat_ms", 100));
  }

  private static Tick tick(String symbol, String price, long second) {
    return Tick.of(EXCHANGE, symbol, new BigDecimal(price), Instant.ofEpochSecond(second));
  }

  private static boolean fails(Future<?> future, Failure kind) {
    return get(future.transform(result -> Future.succeededFuture(kind.matches(result.cause()))));
  }

  /** The service's own connection comes back in its own time; until then nothing is sent. */
  private static void updateWhenBack(TickCache ticks, Tick tick) {
    await().until(() -> !fails(ticks.updateTicker(EXCHANGE, tick), Failure.UNAVAILABLE));
    assertThat(get(ticks.getPrice(tick.symbol(), EXCHANGE))).isEqualTo(tick.price());
  }

  @Test
  void readsGoOnForAWhileAndWritesFailAtOnce() {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode node = CacheNode.start(redis, staleReads(60_000))) {
      TickCache ticks = node.ticks();
      get(ticks.updateTicker(EXCHANGE, tick("A", "1", 1)));

      redis.close();
      await()
          .until(() -> fails(ticks.updateTicker(EXCHANGE, tick("A", "2", 2)), Failure.UNAVAILABLE));

      assertThat(get(ticks.getPrice("A", EXCHANGE))).isEqualTo("1");
    }
  }

  @Test
  void readsFailWhenTheKnownTicksAreTooOld() {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode node = CacheNode.start(redis, staleReads(0))) {
      TickCache ticks = node.ticks();
      get(ticks.updateTicker(EXCHANGE, tick("A", "1", 1)));

      redis.close();

      await().until(() -> fails(ticks.getTicker("A", EXCHANGE), Failure.UNAVAILABLE));
      assertThat(failure(ticks.getAllTickers(EXCHANGE))).matches(Failure.UNAVAILABLE::matches);
      assertThat(failure(ticks.getNextTicker("A", EXCHANGE, 10)))
          .matches(Failure.UNAVAILABLE::matches);
    }
  }

  @Test
  void whatChangedWhileRedisWasAwayIsToldOnceWhenItIsBack(@TempDir Path folder) throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start(0, folder, Map.of());
    Queue<String> told = new ConcurrentLinkedQueue<>();
    try (CacheNode node = CacheNode.start(redis, staleReads(60_000))) {
      TickCache ticks = node.ticks();
      get(ticks.updateTickers(List.of(tick("A", "1", 1), tick("B", "1", 1), tick("C", "1", 1))));
      await("what was stored to be published")
          .until(() -> get(TickSnapshot.request(node.vertx())).ticks().size() == 3);
      node.vertx()
          .eventBus()
          .<Tick>localConsumer(
              TickCache.UPDATES, m -> told.add(m.body().symbol() + m.body().price()));
      node.vertx()
          .eventBus()
          .<TickRemoval>localConsumer(TickCache.REMOVED, m -> told.add("-" + m.body().symbols()));
      node.vertx().eventBus().<String>localConsumer(TickCache.STATE, m -> told.add(m.body()));

      redis.close();
      await().until(() -> told.contains("stale"));
      try (EmbeddedRedis other = EmbeddedRedis.start(0, folder, Map.of());
          CacheNode elsewhere = CacheNode.start(other, new JsonObject())) {
        get(elsewhere.ticks().updateTicker(EXCHANGE, tick("B", "2", 2)));
        get(elsewhere.ticks().deleteTicker("C", EXCHANGE));
      }
      try (EmbeddedRedis back = EmbeddedRedis.start(redis.port(), folder, Map.of())) {
        await().until(() -> told.contains("live"));
        assertThat(told).containsExactly("stale", "-[C]", "B2", "live");
        assertThat(back.port()).isEqualTo(redis.port());

        updateWhenBack(ticks, tick("A", "3", 3));
        await().until(() -> told.contains("A3"));
        assertThat(get(ticks.getAllTickers(EXCHANGE)))
            .extracting(tick -> tick.symbol() + tick.price())
            .containsExactly("A3", "B2");
      }
    } finally {
      redis.close();
    }
  }

  @Test
  void aRedisThatLostItsDataIsBelieved() throws IOException {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode node = CacheNode.start(redis, staleReads(60_000))) {
      TickCache ticks = node.ticks();
      get(ticks.updateTicker(EXCHANGE, tick("A", "1", 100)));
      long before = get(ticks.getTicker("A", EXCHANGE)).seq();
      redis.close();
      try (EmbeddedRedis empty = EmbeddedRedis.start(redis.port(), null, Map.of())) {
        await().until(() -> get(ticks.getTicker("A", EXCHANGE)) == null);

        assertThat(empty.port()).isEqualTo(redis.port());
        updateWhenBack(ticks, tick("A", "2", 50));
        assertThat(get(ticks.getTicker("A", EXCHANGE)).seq()).isGreaterThan(before);
      }
    }
  }
}
