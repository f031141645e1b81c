package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.faults.FaultyProxy.Fault;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Signals;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final long FREEZE_SECONDS = 5;
  private static final int KILLS = 6;
  private static final long DEADLINE_MS = 2_000;

  /** No promise but a bound: every call ends, with some patience for a busy machine. */
  private static final Duration LONGEST = Duration.ofMillis(4 * DEADLINE_MS);

  /** Successes of every caller that tell that all go on. */
  private static final int SOME = 10;

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
            .put("command_timeout_ms", DEADLINE_MS)
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
    awaitReadiness(200);
    assertThat(load.stop(fault)).isEqualTo(TradingLoad.Lost.NOTHING);
    assertThat(load.longestCall()).isLessThan(LONGEST);
  }

  /** Every caller and the feed's clients have noticed. */
  private void awaitOutage() {
    load.awaitFeed("stale");
    load.awaitFailures();
    awaitReadiness(503);
  }

  private void awaitReadiness(int status) {
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/health/ready"))
            .build();
    await("readiness " + status)
        .until(
            () -> HTTP.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == status);
  }

  @Test
  void aKilledServerComesBack() throws IOException {
    Signals.send("KILL", redis.pid());
    awaitOutage();
    redis.close();
    load.heal();
    redis = EmbeddedRedis.start(redis.port(), data, SAFE);

    load.awaitFeed("live");
    assertNothingLost("killed and restarted");
  }

  @Test
  void aSilentServerSpeaksAgain() {
    Signals.freeze(redis);
    get(node.vertx().timer(FREEZE_SECONDS, TimeUnit.SECONDS));
    awaitOutage();
    load.heal();
    Signals.unfreeze(redis);

    load.awaitFeed("live");
    assertNothingLost("silent for " + FREEZE_SECONDS + " s");
  }

  @ParameterizedTest
  @EnumSource(names = {"CUT", "CUT_FROM_SERVER", "CUT_TO_SERVER", "GARBAGE"})
  void aNetworkThatFailsIsMended(Fault fault) {
    proxy.become(fault);
    awaitOutage();
    load.heal();
    proxy.become(Fault.NONE);

    load.awaitFeed("live");
    assertNothingLost("network: " + fault);
  }

  @Test
  void wrongAnswersAreNotTakenForRightOnes() {
    load.expect(500, 503, 504);
    proxy.become(Fault.LIES);
    load.awaitFeed("stale");
    await().until(() -> load.failures().containsKey(500));
    load.heal();
    proxy.become(Fault.NONE);

    load.awaitFeed("live");
    assertNothingLost("network: " + Fault.LIES);
  }

  @ParameterizedTest
  @EnumSource(names = {"DELAY", "TRICKLE"})
  void aSlowNetworkIsOnlySlow(Fault fault) {
    proxy.become(fault);
    load.awaitProgress(SOME);
    load.heal();
    proxy.become(Fault.NONE);

    assertNothingLost("network: " + fault);
  }

  @Test
  void connectionsThatAreResetComeBack() {
    for (int i = 0; i < KILLS; i++) {
      load.heal();
      proxy.reset();
      load.awaitProgress(SOME);
    }

    assertNothingLost("connections reset " + KILLS + " times");
  }

  @Test
  void connectionsThatTheServerClosesComeBack() {
    for (int i = 0; i < KILLS; i++) {
      load.heal();
      killSome();
      load.awaitProgress(SOME);
    }

    assertNothingLost("CLIENT KILL " + KILLS + " times");
  }

  /** At least one of the connections, of commands or of a subscription; not the own one. */
  private void killSome() {
    List<String> ids =
        node.redis(Command.CLIENT, "LIST")
            .toString()
            .lines()
            .map(client -> client.replaceFirst("^id=(\\d+) .*$", "$1"))
            .collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(ids);
    int some = 1 + ThreadLocalRandom.current().nextInt(ids.size() - 1);
    for (String id : ids.subList(0, some + 1)) {
      // The one that asks is left out.
      node.redis(Command.CLIENT, "KILL", "ID", id, "SKIPME", "yes");
    }
  }

  @Test
  void scriptsThatRedisForgetsAreNotMissed() {
    for (int i = 0; i < FLUSHES; i++) {
      load.heal();
      node.redis(Command.SCRIPT, "FLUSH");
      load.awaitProgress(SOME);
    }

    assertThat(load.failures()).isEmpty();
    assertNothingLost("SCRIPT FLUSH " + FLUSHES + " times");
  }

  @Test
  void aFullServerRefuses() {
    node.redis(Command.CONFIG, "SET", "maxmemory", "1");
    load.awaitFailures();
    load.heal();
    node.redis(Command.CONFIG, "SET", "maxmemory", "0");

    assertThat(load.failures()).containsOnlyKeys(503);
    assertNothingLost("out of memory");
  }

  @Test
  void aReadOnlyServerRefuses() {
    // Of a master that is not there: it keeps what it has.
    node.redis(Command.REPLICAOF, "127.0.0.1", "1");
    load.awaitFailures();
    load.heal();
    node.redis(Command.REPLICAOF, "NO", "ONE");

    assertThat(load.failures()).containsOnlyKeys(503);
    assertNothingLost("read-only");
  }

  @Test
  void aServerThatWantsReplicasRefuses() {
    node.redis(Command.CONFIG, "SET", "min-replicas-to-write", "1");
    load.awaitFailures();
    load.heal();
    node.redis(Command.CONFIG, "SET", "min-replicas-to-write", "0");

    assertThat(load.failures()).containsOnlyKeys(503);
    assertNothingLost("no replicas");
  }
}
