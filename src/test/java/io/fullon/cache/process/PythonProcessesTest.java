package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Python;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the Python package does to the registry and what we do, on one Redis. The package itself
 * cannot be had everywhere, so a script does its commands; it runs in Python, whose JSON, floats
 * and times they are.
 */
class PythonProcessesTest {

  private static final AtomicInteger COMPONENTS = new AtomicInteger();

  @AutoClose
  private static final CacheNode node = CacheNode.start("process", "heartbeat_ms", 3_600_000);

  private static final ProcessCache ours = ProcessCache.proxy(node.vertx());

  @AutoClose
  private static final Python python = Python.start("process/process_cache.py", node.redis().uri());

  private final String component = "kraken:BTC/USD ∆ " + COMPONENTS.incrementAndGet();

  private String ofPython(ProcessType type, JsonObject params) {
    return (String) python.call("register_process", type.toString(), component, params);
  }

  private String ofOurs(ProcessType type) {
    return get(ours.registerProcess(type, component));
  }

  private static List<String> ids(Iterable<?> processes) {
    List<String> ids = new ArrayList<>();
    processes.forEach(process -> ids.add(((JsonObject) process).getString("process_id")));
    return ids;
  }

  private List<String> seenByOurs() {
    return ids(get(ours.getActiveProcesses(null, component, null, null)));
  }

  private List<String> seenByPython() {
    return ids((JsonArray) python.call("get_active_processes", null, component));
  }

  private static JsonObject inPython(String id) {
    return (JsonObject) python.call("get_process", id);
  }

  private static JsonObject inOurs(String id) {
    return get(ours.getProcess(id));
  }

  @ParameterizedTest
  @EnumSource
  void eachSeesWhatTheOtherRegisters(ProcessType type) {
    JsonObject params = new JsonObject().put("list", new JsonArray().add(1.5)).put("ä", "∆");
    String theirs = ofPython(type, params);
    assertThat(seenByOurs()).containsExactly(theirs);
    assertThat(inOurs(theirs)).isEqualTo(inPython(theirs));
    assertThat(inOurs(theirs).getJsonObject("params").encode()).isEqualTo(params.encode());
    assertThat(get(ours.getComponentStatus(component)).getString("process_id")).isEqualTo(theirs);

    String own = ofOurs(type);
    assertThat(seenByPython()).containsExactlyInAnyOrder(own, theirs);
    assertThat(inPython(own)).isEqualTo(inOurs(own));
    assertThat(inPython(own).fieldNames()).containsExactlyElementsOf(inPython(theirs).fieldNames());
    JsonObject ofComponent = (JsonObject) python.call("get_component_status", component);
    assertThat(ofComponent.getString("process_id")).isEqualTo(own);
    assertThat(get(ours.getActiveProcesses(type, component, null, null)))
        .allSatisfy(process -> assertThat(process.getBoolean("_heartbeat_stale")).isFalse());
    assertThat((JsonArray) python.call("get_active_processes", type.toString(), component))
        .allSatisfy(
            process -> assertThat(((JsonObject) process).getBoolean("_heartbeat_stale")).isFalse());
  }

  @Test
  void eachUpdatesWhatTheOtherHasRegistered() {
    String theirs = ofPython(ProcessType.BOT, new JsonObject().put("a", 1e-7).put("b", 1));
    JsonObject more = new JsonObject().put("b", 2).put("c", "9.9640");

    for (int i = 0; i < 3; i++) {
      assertThat(get(ours.updateProcess(theirs, ProcessStatus.RUNNING, "ours " + i, more, null)))
          .isTrue();
      JsonObject seen = inPython(theirs);
      assertThat(seen.getString("status")).isEqualTo("running");
      assertThat(seen.getString("message")).isEqualTo("ours " + i);
      assertThat(seen.getJsonObject("params").getDouble("a")).isEqualTo(1e-7);
      assertThat(seen.getJsonObject("params").getInteger("b")).isEqualTo(2);
      assertThat(seen.getJsonObject("params").getString("c")).isEqualTo("9.9640");

      assertThat(
              python.call("update_process", theirs, "idle", "theirs " + i, new JsonObject(), true))
          .isEqualTo(true);
      assertThat(inOurs(theirs)).isEqualTo(inPython(theirs));
      assertThat(inOurs(theirs).getString("message")).isEqualTo("theirs " + i);
    }
    assertThat(seenByOurs()).isEqualTo(seenByPython()).containsExactly(theirs);

    String own = ofOurs(ProcessType.BOT);
    assertThat(python.call("update_process", own, "error", "theirs", more, false)).isEqualTo(true);
    assertThat(inOurs(own).getString("status")).isEqualTo("error");
    assertThat(inOurs(own).getJsonObject("params")).isEqualTo(more);
    assertThat(get(ours.updateProcess(own))).isTrue();
    assertThat(inPython(own).getJsonObject("params")).isEqualTo(more);
  }

  @Test
  void eachStopsWhatTheOtherHasRegistered() {
    String theirs = ofPython(ProcessType.ORDER, null);
    assertThat(get(ours.stopProcess(theirs, "by ours"))).isTrue();
    assertThat(inPython(theirs).getString("status")).isEqualTo("stopped");
    assertThat(inPython(theirs).getString("message")).isEqualTo("by ours");
    assertThat(seenByPython()).isEmpty();
    assertThat(python.call("get_component_status", component)).isNull();

    String own = ofOurs(ProcessType.ORDER);
    assertThat(python.call("stop_process", own)).isEqualTo(true);
    assertThat(inOurs(own).getString("status")).isEqualTo("stopped");
    assertThat(inOurs(own).getString("message")).isEqualTo("Process stopped");
    assertThat(seenByOurs()).isEmpty();
    assertThat(get(ours.getComponentStatus(component))).isNull();
    assertThat(get(ours.updateProcess(own))).isFalse();
  }

  @Test
  void eachCleansUpWhatTheOtherHasRegistered() {
    String theirs = ofPython(ProcessType.ACCOUNT, null);
    String own = ofOurs(ProcessType.ACCOUNT);
    python.call("age", theirs, 31);
    python.call("age", own, 29);

    assertThat(get(ours.cleanupStaleProcesses(null))).isEqualTo(1);
    assertThat(inPython(theirs).getString("message")).isEqualTo("Process stale for 30 minutes");
    assertThat(inPython(theirs).getString("status")).isEqualTo("stopped");

    assertThat(python.call("cleanup_stale_processes", 28)).isEqualTo(1);
    assertThat(inOurs(own).getString("message")).isEqualTo("Process stale for 28 minutes");
    assertThat(seenByOurs()).isEmpty();
    assertThat(get(ours.cleanupStaleProcesses(28L))).isZero();
    assertThat(node.redis(Command.HLEN, "process:active:account").toInteger()).isZero();
  }

  /** It removes the entry of a component, whoever has it. */
  @Test
  void whatTheOtherHidesIsFoundAllTheSame() {
    String own = ofOurs(ProcessType.OHLCV);
    String theirs = ofPython(ProcessType.TICK, null);
    python.call("stop_process", theirs);
    assertThat(python.call("get_component_status", component)).isNull();

    assertThat(get(ours.getComponentStatus(component)).getString("process_id")).isEqualTo(own);
    get(ours.updateProcess(own));
    JsonObject found = (JsonObject) python.call("get_component_status", component);
    assertThat(found.getString("process_id")).isEqualTo(own);
  }

  @Test
  void oneOfTheirsIsStaleByTheirRuleHereToo() {
    String theirs = ofPython(ProcessType.TICK, null);
    python.call("age", theirs, 4);

    assertThat(get(ours.getActiveProcesses(null, component, null, null)))
        .isEqualTo(
            ((JsonArray) python.call("get_active_processes", null, component)).stream().toList());
  }

  @Test
  void broadcastsAreHeardOnBothSides() {
    List<JsonObject> heard = new CopyOnWriteArrayList<>();
    node.vertx()
        .eventBus()
        .<JsonObject>localConsumer(
            ProcessCache.broadcasts(ProcessType.CRAWLER), message -> heard.add(message.body()));
    python.call("listen");
    JsonObject data = new JsonObject().put("n", 1.5).put("ä", "∆");

    assertThat(python.call("broadcast_message", "crawler", "from Python", data)).isEqualTo(2);
    await().until(() -> heard.size() == 1);
    JsonArray itself = python.heard();
    assertThat(heard.get(0)).isEqualTo(itself.getJsonObject(1));

    assertThat(get(ours.broadcastMessage(ProcessType.CRAWLER, "from Java", data))).isEqualTo(2);
    await().until(() -> heard.size() == 2);
    JsonArray other = python.heard();
    assertThat(other.getString(0)).isEqualTo("process:broadcast:crawler");
    assertThat(other.getJsonObject(1)).isEqualTo(heard.get(1));
    assertThat(other.getJsonObject(1).getJsonObject("data")).isEqualTo(data);
  }

  @Test
  void pythonReadsEveryTimeThatWeWrite() {
    String own = ofOurs(ProcessType.CRAWLER);
    for (int i = 0; i < 200; i++) {
      get(ours.updateProcess(own));
      assertThat(seenByPython()).containsExactly(own);
    }
  }
}
