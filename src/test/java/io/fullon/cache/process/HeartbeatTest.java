package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.flow.BotSession;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes, sessions and processes that say that they are alive. */
class HeartbeatTest {

  private static final long BEAT_MS = 50;
  private static final Duration LEASE = Duration.ofMinutes(1);

  @AutoClose private final SharedRedis redis = new SharedRedis();

  private CacheNode node() {
    return redis.node("process", "heartbeat_ms", BEAT_MS);
  }

  private static ProcessCache processes(CacheNode node) {
    return ProcessCache.proxy(node.vertx());
  }

  private static List<JsonObject> active(CacheNode node, ProcessType type) {
    return get(processes(node).getActiveProcesses(type, null, null, null));
  }

  private static JsonObject only(CacheNode node, ProcessType type) {
    await().until(() -> active(node, type).size() == 1);
    return active(node, type).get(0);
  }

  // Nodes

  @Test
  void aNodeIsRegisteredAndBeatsUntilItIsUndeployed() {
    CacheNode stays = node();
    CacheNode goes = redis.node(Options.section("process", "instances", 3));
    await().until(() -> active(stays, ProcessType.TICK).size() == 2);

    JsonObject process = active(goes, ProcessType.TICK).get(0);
    assertThat(process.getString("component")).startsWith("fullon-cache:");
    assertThat(process.getString("status")).isEqualTo("running");
    assertThat(process.getJsonObject("params").getInteger("heartbeat_ms")).isPositive();
    assertThat(process.getJsonObject("params").getLong("pid"))
        .isEqualTo(ProcessHandle.current().pid());

    goes.undeploy();

    assertThat(active(stays, ProcessType.TICK)).hasSize(1);
    String before = only(stays, ProcessType.TICK).getString("heartbeat");
    await().until(() -> !only(stays, ProcessType.TICK).getString("heartbeat").equals(before));
    assertThat(get(processes(stays).getMetrics()).getInteger("components")).isEqualTo(1);
  }

  @Test
  void aNodeThatIsNotToBeIsNotRegistered() {
    CacheNode node = redis.node("process", "enabled", false);

    assertThat(node.redis(Command.EXISTS, "process:active:tick").toInteger()).isZero();
  }

  @Test
  void whatIsStoppedByOthersOrForgottenIsRegisteredAgain() {
    CacheNode node = node();
    JsonObject first = only(node, ProcessType.TICK);

    get(processes(node).stopProcess(first.getString("process_id")));
    JsonObject second = only(node, ProcessType.TICK);
    assertThat(second.getString("process_id")).isEqualTo(first.getString("process_id"));
    assertThat(second.getString("status")).isEqualTo("running");
    assertThat(component(node, second)).isEqualTo(first.getString("process_id"));

    node.redis(Command.FLUSHALL);
    JsonObject third = only(node, ProcessType.TICK);
    assertThat(third.getString("component")).isEqualTo(first.getString("component"));
    assertThat(third.getString("process_id")).isNotEqualTo(first.getString("process_id"));
  }

  private static String component(CacheNode node, JsonObject process) {
    return node.redis(Command.HGET, "process:components", process.getString("component"))
        .toString();
  }

  @Test
  void registrationKeepsNoNodeFromStartingAndNoSessionFromOpening() {
    CacheNode first = redis.node("process", "enabled", false);
    for (String key : List.of("active:tick", "active:bot", "components")) {
      first.redis(Command.SET, "process:" + key, "of another program");
    }

    CacheNode node = node();
    Future<String> session =
        BotSession.run(
            node.vertx(), "binance", "A", "bot", LEASE, s -> Future.succeededFuture("done"));
    assertThat(get(session)).isEqualTo("done");
    assertThat(active(node, ProcessType.BOT)).isEmpty();

    first.redis(Command.DEL, "process:active:tick", "process:components");
    only(node, ProcessType.TICK);
  }

  @Test
  void aSessionNeedsNoServiceOfProcesses() {
    CacheNode node = redis.node("process", "enabled", false);

    Future<String> session =
        BotSession.run(
            node.vertx(), "binance", "A", "bot", LEASE, s -> Future.succeededFuture("done"));

    assertThat(get(session)).isEqualTo("done");
  }

  /** Redis comes back with what it had, and then without. */
  @Test
  void aNodeGoesOnWhenRedisComesBack(@TempDir Path folder) throws IOException {
    EmbeddedRedis server = EmbeddedRedis.start(0, folder, Map.of());
    JsonObject often =
        new JsonObject()
            .put("process", Options.of("heartbeat_ms", BEAT_MS))
            .put("redis", Options.of("heartbeat_ms", 100));
    try (CacheNode node = CacheNode.start(server, Vertx.vertx(), often)) {
      JsonObject before = only(node, ProcessType.TICK);

      server.close();
      try (EmbeddedRedis back = EmbeddedRedis.start(server.port(), folder, Map.of())) {
        assertThat(back.port()).isEqualTo(server.port());
        await()
            .ignoreExceptions()
            .until(
                () ->
                    active(node, ProcessType.TICK).stream()
                        .anyMatch(
                            process ->
                                process.getString("component").equals(before.getString("component"))
                                    && process
                                            .getString("heartbeat")
                                            .compareTo(before.getString("heartbeat"))
                                        > 0));
        node.undeploy();
      }
    }
  }

  // Sessions

  @Test
  void aSessionIsItsBotsProcessWhileItRuns() {
    CacheNode node = node();
    Promise<String> end = Promise.promise();

    Future<String> session =
        BotSession.run(node.vertx(), "binance", "BTC/USDT", "bot 1", LEASE, s -> end.future());

    JsonObject process = only(node, ProcessType.BOT);
    assertThat(process.getString("component")).isEqualTo("bot 1");
    assertThat(process.getString("status")).isEqualTo("running");
    assertThat(process.getJsonObject("params"))
        .isEqualTo(
            new JsonObject()
                .put("exchange", "binance")
                .put("symbol", "BTC/USDT")
                .put("heartbeat_ms", 10_000));
    assertThat(process.getBoolean("_heartbeat_stale")).isFalse();

    end.complete("done");
    assertThat(get(session)).isEqualTo("done");
    assertThat(active(node, ProcessType.BOT)).isEmpty();
    String id = process.getString("process_id");
    assertThat(get(processes(node).getProcess(id)).getString("status")).isEqualTo("stopped");
  }

  @Test
  void aSessionThatFailsIsStoppedToo() {
    CacheNode node = node();
    Promise<String> end = Promise.promise();
    Future<String> session =
        BotSession.run(node.vertx(), "binance", "BTC/USDT", "bot", LEASE, s -> end.future());
    only(node, ProcessType.BOT);

    end.fail("no luck");

    CacheNode.failure(session);
    await().until(() -> active(node, ProcessType.BOT).isEmpty());
  }

  @Test
  void aBotThatOpensSessionsAllTheTimeLeavesOneProcess() {
    CacheNode node = node();
    for (int i = 0; i < 20; i++) {
      get(
          BotSession.run(
              node.vertx(), "binance", "A", "bot", LEASE, s -> Future.succeededFuture()));
    }

    assertThat(node.redis(Command.KEYS, "process:data:bot:*").size()).isEqualTo(1);
    assertThat(active(node, ProcessType.BOT)).isEmpty();
  }

  @Test
  void oneThatGoesOnSaysWhatItIsNow() {
    CacheNode node = node();
    JsonObject none = new JsonObject();
    String id = get(processes(node).registerProcess(ProcessType.BOT, "b", none, "begins", null));
    get(processes(node).stopProcess(id, null));

    Heartbeat heartbeat = Heartbeat.resume(node.vertx(), ProcessType.BOT, "b", none, id);

    JsonObject process = only(node, ProcessType.BOT);
    assertThat(process.getString("process_id")).isEqualTo(id);
    assertThat(process.getString("message")).isEqualTo("Process b registered");
    get(heartbeat.stop());
  }

  @Test
  void oneThatOthersStopSaysAgainWhatItIsAndLeavesWhatTheySayOtherwise() {
    CacheNode node = node();
    JsonObject tick = only(node, ProcessType.TICK);
    String id = tick.getString("process_id");

    get(processes(node).updateProcess(id, null, "of another", null, null));
    String beat = get(processes(node).getProcess(id)).getString("heartbeat");
    await().until(() -> !only(node, ProcessType.TICK).getString("heartbeat").equals(beat));
    assertThat(only(node, ProcessType.TICK).getString("message")).isEqualTo("of another");
    get(processes(node).stopProcess(id, "operator"));

    JsonObject again = only(node, ProcessType.TICK);
    assertThat(again.getString("process_id")).isEqualTo(id);
    assertThat(again.getString("status")).isEqualTo("running");
    assertThat(again.getString("message")).isEqualTo(tick.getString("message"));
  }

  // Those of others

  @Test
  void aProcessOfOnesOwnBeatsAndTellsHowItIs() {
    CacheNode node = node();

    Heartbeat heartbeat =
        Heartbeat.begin(
            node.vertx(),
            processes(node),
            ProcessType.CRAWLER,
            "news",
            new JsonObject().put("site", "x"),
            BEAT_MS);
    String id = only(node, ProcessType.CRAWLER).getString("process_id");
    await().until(() -> id.equals(heartbeat.id()));
    heartbeat.tell(ProcessStatus.PROCESSING, "page 7");
    await().until(() -> only(node, ProcessType.CRAWLER).getString("message").equals("page 7"));

    JsonObject process = only(node, ProcessType.CRAWLER);
    assertThat(process.getString("status")).isEqualTo("processing");
    assertThat(process.getJsonObject("params").getString("site")).isEqualTo("x");
    get(heartbeat.stop());
    get(heartbeat.stop());
    assertThat(active(node, ProcessType.CRAWLER)).isEmpty();
  }

  @Test
  void oneThatIsStoppedAtOnceDoesNotStay() {
    CacheNode node = node();
    for (int i = 0; i < 100; i++) {
      get(Heartbeat.begin(node.vertx(), ProcessType.BOT, "b" + i, new JsonObject()).stop());
    }

    assertThat(active(node, ProcessType.BOT)).isEmpty();
  }

  // Those that are gone

  @Test
  void whatSaysNothingAnyMoreIsStaleAndThenForgotten() {
    CacheNode node = redis.node("process", "heartbeat_ms", BEAT_MS, "forget_after_ms", 3_000);
    ProcessCache processes = processes(node);
    JsonObject params = new JsonObject().put("heartbeat_ms", BEAT_MS);
    String id =
        get(
            processes.registerProcess(
                ProcessType.BOT, "crashed", params, null, ProcessStatus.RUNNING));

    await()
        .until(
            () ->
                active(node, ProcessType.BOT).stream()
                    .anyMatch(process -> process.getBoolean("_heartbeat_stale")));
    await().until(() -> active(node, ProcessType.BOT).isEmpty());

    assertThat(get(processes.getProcess(id)).getString("status")).isEqualTo("stopped");
    assertThat(get(processes.getComponentStatus("crashed"))).isNull();
    assertThat(only(node, ProcessType.TICK).getBoolean("_heartbeat_stale")).isFalse();
  }
}
