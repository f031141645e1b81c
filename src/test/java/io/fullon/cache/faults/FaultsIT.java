package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.faults.FaultyProxy.Fault;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Signals;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What can happen to Redis and to the way there, under load. After each fault every acknowledged
 * write is there, every caller goes on, and a client of the feed has the latest ticks.
 */
class FaultsIT {

  private static final long FREEZE_SECONDS = 5;
  private static final int KILLS = 6;
  private static final int FLUSHES = 10;
  private static final Map<String, String> SAFE =
      Map.of("appendonly", "yes", "appendfsync", "always");

  @TempDir private Path data;
  private EmbeddedRedis redis;
  private FaultyProxy proxy;
  private CacheNode node;
  private TradingLoad load;

  @BeforeEach
  void start() throws IOException {
    redis = EmbeddedRedis.start(0, data, SAFE);
    proxy = new FaultyProxy(redis.port());
    JsonObject link =
        new JsonObject()
            .put("uri", "redis://127.0.0.1:" + proxy.port())
            .put("command_timeout_ms", 2_000)
            .put("connect_timeout_ms", 5_000)
            .put("heartbeat_ms", 1_000);
    node = CacheNode.start(redis, new JsonObject().put("redis", link));
    load = new TradingLoad(node.vertx(), node.feed()).start();
    load.awaitProgress();
  }

  @AfterEach
  void stop() {
    node.close();
    proxy.close();
    redis.close();
  }

  private void assertNothingLost(String fault) {
    load.awaitProgress();
    load.awaitLatestTicks();
    assertThat(load.stop(fault)).isEqualTo(TradingLoad.Lost.NOTHING);
  }

  @Test
  void aKilledServerComesBack() throws IOException {
    Signals.send("KILL", redis.pid());
    load.awaitFeed("stale");
    load.awaitFailures();
    redis.close();
    redis = EmbeddedRedis.start(redis.port(), data, SAFE);

    load.awaitFeed("live");
    assertNothingLost("killed and restarted");
  }

  @Test
  void aSilentServerSpeaksAgain() {
    Signals.freeze(redis);
    get(node.vertx().timer(FREEZE_SECONDS, TimeUnit.SECONDS));
    load.awaitFeed("stale");
    load.awaitFailures();
    Signals.unfreeze(redis);

    load.awaitFeed("live");
    assertNothingLost("silent for " + FREEZE_SECONDS + " s");
  }

  @ParameterizedTest
  @EnumSource(names = {"CUT", "CUT_FROM_SERVER", "CUT_TO_SERVER", "GARBAGE"})
  void aNetworkThatFailsIsMended(Fault fault) {
    proxy.become(fault);
    load.awaitFeed("stale");
    load.awaitFailures();
    proxy.become(Fault.NONE);

    load.awaitFeed("live");
    assertNothingLost("network: " + fault);
  }

  @ParameterizedTest
  @EnumSource(names = {"DELAY", "TRICKLE"})
  void aSlowNetworkIsOnlySlow(Fault fault) {
    proxy.become(fault);
    load.awaitProgress();
    proxy.become(Fault.NONE);

    assertNothingLost("network: " + fault);
  }

  @Test
  void connectionsThatAreResetComeBack() {
    for (int i = 0; i < KILLS; i++) {
      proxy.reset();
      load.awaitProgress();
    }

    assertNothingLost("connections reset " + KILLS + " times");
  }

  @Test
  void connectionsThatTheServerClosesComeBack() {
    for (int i = 0; i < KILLS; i++) {
      String type = ThreadLocalRandom.current().nextBoolean() ? "normal" : "pubsub";
      node.redis(Command.CLIENT, "KILL", "TYPE", type);
      load.awaitProgress();
    }

    assertNothingLost("CLIENT KILL " + KILLS + " times");
  }

  @Test
  void scriptsThatRedisForgetsAreNotMissed() {
    for (int i = 0; i < FLUSHES; i++) {
      node.redis(Command.SCRIPT, "FLUSH");
      load.awaitProgress();
    }

    assertThat(load.failures()).isEmpty();
    assertNothingLost("SCRIPT FLUSH " + FLUSHES + " times");
  }

  @Test
  void aFullServerRefuses() {
    node.redis(Command.CONFIG, "SET", "maxmemory", "1");
    load.awaitFailures();
    node.redis(Command.CONFIG, "SET", "maxmemory", "0");

    assertThat(load.failures()).containsOnlyKeys(503);
    assertNothingLost("out of memory");
  }

  @Test
  void aReadOnlyServerRefuses() {
    // Of a master that is not there: it keeps what it has.
    node.redis(Command.REPLICAOF, "127.0.0.1", "1");
    load.awaitFailures();
    node.redis(Command.REPLICAOF, "NO", "ONE");

    assertThat(load.failures()).containsOnlyKeys(503);
    assertNothingLost("read-only");
  }
}
