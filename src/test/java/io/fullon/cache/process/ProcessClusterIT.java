package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.Options;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A Redis Cluster, where the keys of a process are on several servers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProcessClusterIT {

  private ClusterServers servers;
  private Vertx vertx;
  private ProcessCache processes;

  @BeforeAll
  void start() {
    servers = ClusterServers.start();
    vertx = Vertx.vertx();
    JsonObject config =
        new JsonObject()
            .put(
                "redis",
                new JsonObject()
                    .put("uri", "redis://" + servers.nodes().get(0))
                    .put("cluster", true)
                    .put("connect_timeout_ms", 10_000)
                    .put("command_timeout_ms", 10_000))
            .put("process", Options.of("heartbeat_ms", 100))
            .put("web", Options.of("enabled", false));
    get(vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
    processes = ProcessCache.proxy(vertx);
  }

  @AfterAll
  void stop() {
    get(vertx.close());
    servers.close();
  }

  private List<JsonObject> active(ProcessType type, String component) {
    return get(processes.getActiveProcesses(type, component, null, null));
  }

  private String ofComponent(String component) {
    return String.valueOf(get(servers.sendToKey("process:components", Command.HGET, component)));
  }

  @Test
  void everyStepIsAsOnOneServer() {
    String id =
        get(
            processes.registerProcess(
                ProcessType.BOT, "a", new JsonObject().put("x", 1), null, null));
    assertThat(active(ProcessType.BOT, "a")).hasSize(1);
    assertThat(ofComponent("a")).isEqualTo(id);

    assertThat(
            get(
                processes.updateProcess(
                    id, ProcessStatus.RUNNING, "m", new JsonObject().put("y", 2), null)))
        .isTrue();
    JsonObject process = active(null, "a").get(0);
    assertThat(process.getString("status")).isEqualTo("running");
    assertThat(process.getJsonObject("params")).isEqualTo(new JsonObject().put("x", 1).put("y", 2));
    assertThat(get(processes.getComponentStatus("a")).getString("process_id")).isEqualTo(id);

    String later = get(processes.registerProcess(ProcessType.ORDER, "a"));
    assertThat(get(processes.stopProcess(id))).isTrue();
    assertThat(get(processes.updateProcess(id))).isFalse();
    assertThat(ofComponent("a")).isEqualTo(later);
    assertThat(active(null, "a")).hasSize(1);
    assertThat(get(processes.stopProcess(later))).isTrue();
    assertThat(ofComponent("a")).isEqualTo("null");
    assertThat(get(processes.getProcess(id)).getString("status")).isEqualTo("stopped");
    assertThat(get(processes.stopProcess("bot:nobody:1.5"))).isFalse();
  }

  @Test
  void aThousandAreReadAndCleanedUp() {
    List<Future<String>> registered = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      registered.add(processes.registerProcess(ProcessType.CRAWLER, "crawler " + i));
    }
    get(Future.all(registered));
    assertThat(active(ProcessType.CRAWLER, null)).hasSize(1_000);
    assertThat(get(processes.getMetrics()).getInteger("active_crawler")).isEqualTo(1_000);
    assertThat(get(processes.getMetrics()).getInteger("total_processes"))
        .isGreaterThanOrEqualTo(1_000);
    assertThat(get(processes.getSystemHealth()).getJsonObject("by_type").getInteger("crawler"))
        .isEqualTo(1_000);

    String old = "2020-01-01T00:00:00+00:00";
    for (Future<String> each : registered.subList(0, 10)) {
      String key = "process:data:" + each.result();
      String text = get(servers.sendToKey(key, Command.GET)).toString();
      String heartbeat = new JsonObject(text).getString("heartbeat");
      get(servers.sendToKey(key, Command.SET, text.replace(heartbeat, old)));
      get(servers.sendToKey("process:active:crawler", Command.HSET, each.result(), old));
    }
    // The node looks after them by itself.
    await()
        .until(
            () ->
                get(processes.getMetrics()).getInteger("active_crawler") == 990
                    && ofComponent("crawler 0").equals("null"));
    assertThat(get(processes.cleanupStaleProcesses(null))).isZero();
  }

  @Test
  void aNodeIsRegisteredAndBroadcastsAreHeard() {
    await().until(() -> active(ProcessType.TICK, null).size() == 1);
    List<JsonObject> heard = new CopyOnWriteArrayList<>();
    for (ProcessType type : ProcessType.values()) {
      vertx
          .eventBus()
          .<JsonObject>localConsumer(
              ProcessCache.broadcasts(type), message -> heard.add(message.body()));
    }

    for (ProcessType type : ProcessType.values()) {
      get(processes.broadcastMessage(type, type.toString()));
    }

    await().until(() -> heard.size() == ProcessType.values().length);
  }
}
