package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Signals;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions while Redis is silent, away, or has lost its data. */
class BotSessionOutageIT {

  private EmbeddedRedis redis;
  private CacheNode node;
  private OneSession one;

  private void start(EmbeddedRedis server) {
    redis = server;
    node =
        CacheNode.start(
            redis,
            new JsonObject()
                .put("web", new JsonObject().put("enabled", false))
                .put("redis", new JsonObject().put("command_timeout_ms", 1_000)));
    one = new OneSession(node);
  }

  @AfterEach
  void stop() {
    node.close();
    redis.close();
  }

  private boolean answers() {
    return get(one.bots().getBots().map(true).otherwise(false));
  }

  private void awaitGivenBack() {
    await("Redis to be back").until(this::answers);
    await("the block to end").until(() -> get(one.holder()) == null);
    one.assertGivenBack();
  }

  @Test
  void losesTheBlockAtOnceWhenRedisIsSilentForLongerThanTheLease() {
    start(CacheNode.newRedis());
    Future<String> result = one.begin(Duration.ofSeconds(2));

    Signals.freeze(redis);
    try {
      // Nobody waits for Redis to answer again.
      assertThat(get(one.session().lost())).isNull();
      assertFails(result, Failure.CONFLICT);
      assertFails(one.session().step(() -> Future.succeededFuture()), Failure.CONFLICT);
    } finally {
      Signals.unfreeze(redis);
    }

    awaitGivenBack();
  }

  @Test
  void givesTheBlockBackWhenRedisAnswersAgain() {
    start(CacheNode.newRedis());
    Future<String> result = one.begin(Duration.ofMinutes(10));

    Signals.freeze(redis);
    try {
      one.body.complete("done");
      await("Redis to be given up")
          .until(
              () -> get(one.bots().getBots().map(false).otherwise(Failure.UNAVAILABLE::matches)));
      assertThat(result.isComplete()).isFalse();
    } finally {
      Signals.unfreeze(redis);
    }

    assertThat(get(result)).isEqualTo("done");
    awaitGivenBack();
  }

  @Test
  void goesOnWhenRedisWasRestartedWithinTheLease(@TempDir Path folder) throws IOException {
    start(EmbeddedRedis.start(0, folder, Map.of()));
    Future<String> result = one.begin(Duration.ofSeconds(15));

    redis.close();
    redis = EmbeddedRedis.start(redis.port(), folder, Map.of());
    await("Redis to be back").until(this::answers);

    Instant before = get(one.bots().getBlocks()).get(0).expiresAt();
    await("a renewal").until(() -> get(one.bots().getBlocks()).get(0).expiresAt().isAfter(before));
    assertThat(one.session().isHeld()).isTrue();
    assertThat(get(one.opening())).isTrue();
    one.body.complete("done");
    assertThat(get(result)).isEqualTo("done");
    awaitGivenBack();
  }

  @Test
  void losesTheBlockWhenRedisLostItsData() throws IOException {
    start(CacheNode.newRedis());
    Future<String> result = one.begin(Duration.ofSeconds(6));

    redis.close();
    redis = EmbeddedRedis.start(redis.port(), null, Map.of());
    await("Redis to be back").until(this::answers);
    assertThat(get(one.bots().blockExchange(one.exchange, OneSession.SYMBOL, OneSession.OTHER)))
        .isTrue();

    assertThat(get(one.session().lost())).isNull();
    assertFails(result, Failure.CONFLICT);
    assertThat(get(one.holder())).isEqualTo(OneSession.OTHER);
  }
}
