package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessCacheTest {

  private static final AtomicInteger COMPONENTS = new AtomicInteger();

  private static final List<ProcessType> TYPES = List.of(ProcessType.values());

  private static final String ISO = "\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{6})?\\+00:00";

  /** It says nothing in between. */
  @AutoClose
  private static final CacheNode node = CacheNode.start("process", "heartbeat_ms", 3_600_000);

  private static final ProcessCache processes = ProcessCache.proxy(node.vertx());

  private final String component = "kraken:BTC/USD ∆ " + COMPONENTS.incrementAndGet();

  @BeforeEach
  void forgetWhatEarlierTestsHaveLeft() {
    get(processes.cleanupStaleProcesses(null));
  }

  private String register(ProcessType type) {
    return get(processes.registerProcess(type, component));
  }

  private String register(JsonObject params) {
    return get(processes.registerProcess(ProcessType.BOT, component, params, null, null));
  }

  private static JsonObject process(String id) {
    return get(processes.getProcess(id));
  }

  /** As Redis has it. */
  private static String stored(String id) {
    return String.valueOf(node.redis(Command.GET, "process:data:" + id));
  }

  private static String entry(ProcessType type, String id) {
    return String.valueOf(node.redis(Command.HGET, "process:active:" + type, id));
  }

  private static String ofComponent(String component) {
    return String.valueOf(node.redis(Command.HGET, "process:components", component));
  }

  private List<String> active(ProcessType type) {
    return get(processes.getActiveProcesses(type, component, null, null)).stream()
        .map(process -> process.getString("process_id"))
        .toList();
  }

  /** Lets a process have said that it is alive so long ago. */
  private static void age(String id, Duration age) {
    ageEntry(id, age);
    JsonObject process = new JsonObject(stored(id));
    String then = iso(Instant.now().minus(age));
    process.put("updated_at", then).put("heartbeat", then);
    node.redis(Command.SET, "process:data:" + id, process.encode());
  }

  private static void ageEntry(String id, Duration age) {
    String type = id.substring(0, id.indexOf(':'));
    node.redis(Command.HSET, "process:active:" + type, id, iso(Instant.now().minus(age)));
  }

  /** As Python writes it. */
  private static String iso(Instant time) {
    return time.toString().replaceAll("(\\.\\d{6})?\\d*Z", "$1+00:00");
  }

  // Registering

  @Test
  void registersAProcessAsThePythonPackageDoes() {
    JsonObject params =
        new JsonObject().put("exchanges", new JsonArray().add("binance")).put("spread", 0.5);

    String id = register(params);

    JsonObject process = process(id);
    assertThat(process.fieldNames())
        .containsExactly(
            "process_id",
            "process_type",
            "component",
            "params",
            "status",
            "message",
            "created_at",
            "updated_at",
            "heartbeat");
    assertThat(process.getString("process_id")).isEqualTo(id);
    assertThat(process.getString("process_type")).isEqualTo("bot");
    assertThat(process.getString("component")).isEqualTo(component);
    assertThat(process.getJsonObject("params").encode()).isEqualTo(params.encode());
    assertThat(process.getString("status")).isEqualTo("starting");
    assertThat(process.getString("message")).isEqualTo("Process " + component + " registered");
    assertThat(process.getString("created_at"))
        .matches(ISO)
        .isEqualTo(process.getString("updated_at"))
        .isEqualTo(process.getString("heartbeat"));
    assertThat(new JsonObject(stored(id)).encode()).isEqualTo(process.encode());
    assertThat(node.redis(Command.TTL, "process:data:" + id).toInteger()).isBetween(86_000, 86_400);
    assertThat(entry(ProcessType.BOT, id)).isEqualTo(process.getString("created_at"));
    assertThat(ofComponent(component)).isEqualTo(id);
  }

  @Test
  void itsIdEndsWithWhenItBeganAsAPythonFloat() {
    String id = register(ProcessType.TICK);

    assertThat(id).matches("tick:\\Q" + component + "\\E:\\d+\\.(0|\\d{0,5}[1-9])");
    BigDecimal seconds = new BigDecimal(id.substring(id.lastIndexOf(':') + 1));
    Instant created = OffsetDateTime.parse(process(id).getString("created_at")).toInstant();
    assertThat(seconds.movePointRight(6).longValueExact())
        .isEqualTo(created.getEpochSecond() * 1_000_000 + created.getNano() / 1_000);
    assertThat(Duration.between(created, Instant.now()).abs()).isLessThan(Duration.ofMinutes(5));
  }

  @ParameterizedTest
  @EnumSource
  void takesEveryType(ProcessType type) {
    String id = register(type);

    assertThat(active(type)).containsExactly(id);
    assertThat(active(null)).containsExactly(id);
    for (ProcessType other : ProcessType.values()) {
      assertThat(active(other)).hasSize(other == type ? 1 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void takesEveryStatusAndAMessage(ProcessStatus status) {
    String id =
        get(processes.registerProcess(ProcessType.BOT, component, null, "Says \"ä\"\n", status));

    assertThat(process(id).getString("status")).isEqualTo(status.toString());
    assertThat(process(id).getString("message")).isEqualTo("Says \"ä\"\n");
    assertThat(process(id).getJsonObject("params")).isEmpty();
  }

  @Test
  void aSecondProcessOfAComponentIsItsProcessFromThenOn() {
    String first = register(ProcessType.TICK);
    String second = register(ProcessType.TICK);

    assertThat(second).isNotEqualTo(first);
    assertThat(active(ProcessType.TICK)).containsExactly(second, first);
    assertThat(get(processes.getComponentStatus(component)).getString("process_id"))
        .isEqualTo(second);
  }

  @Test
  void refusesWhatWouldBeTooLarge() {
    JsonObject large = new JsonObject().put("text", "x".repeat(65_000));
    JsonObject deep = new JsonObject();
    JsonObject inner = deep;
    for (int i = 0; i < 40; i++) {
      JsonObject next = new JsonObject();
      inner.put("deeper", next);
      inner = next;
    }

    assertRefused(processes.registerProcess(ProcessType.BOT, "b", deep, null, null), "params");
    assertRefused(
        processes.registerProcess(
            ProcessType.BOT, component, large, "m".repeat(ProcessCache.MAX_MESSAGE), null),
        "params");
    String id = register(new JsonObject().put("text", "x".repeat(60_000)));
    assertRefused(
        processes.updateProcess(
            id, null, null, new JsonObject().put("more", "x".repeat(10_000)), null),
        "params");
    assertThat(process(id).getJsonObject("params").fieldNames()).containsExactly("text");
  }

  // Updating

  @Test
  void updatesWhatIsToldAndThatItIsAlive() {
    String id = register(new JsonObject().put("a", 1).put("b", new JsonObject().put("c", 2)));
    JsonObject before = process(id);

    assertThat(get(processes.updateProcess(id, ProcessStatus.PROCESSING, "Found", null, null)))
        .isTrue();

    JsonObject after = process(id);
    assertThat(after.getString("status")).isEqualTo("processing");
    assertThat(after.getString("message")).isEqualTo("Found");
    assertThat(after.getValue("params")).isEqualTo(before.getValue("params"));
    assertThat(after.getString("created_at")).isEqualTo(before.getString("created_at"));
    assertThat(after.getString("updated_at"))
        .matches(ISO)
        .isGreaterThan(before.getString("updated_at"));
    assertThat(after.getString("heartbeat")).isEqualTo(after.getString("updated_at"));
    assertThat(entry(ProcessType.BOT, id)).isEqualTo(after.getString("updated_at"));
    assertThat(after.fieldNames()).containsExactlyElementsOf(before.fieldNames());
  }

  @Test
  void leavesWhatIsNotTold() {
    String id =
        get(
            processes.registerProcess(
                ProcessType.BOT, component, null, "first", ProcessStatus.RUNNING));
    JsonObject before = process(id);

    assertThat(get(processes.updateProcess(id, null, "", null, false))).isTrue();

    JsonObject after = process(id);
    assertThat(after.getString("heartbeat")).isEqualTo(before.getString("heartbeat"));
    assertThat(after.getString("updated_at")).isGreaterThan(before.getString("updated_at"));
    assertThat(after.getString("status")).isEqualTo("running");
    assertThat(after.getString("message")).isEqualTo("first");
  }

  @Test
  void mergesParamsOfTheFirstLevelAndKeepsEveryDigit() {
    String id = register(new JsonObject());
    String params =
        "{\"kept\" : 12345678901234567890.12345678901234567890, \"list\":[1,{\"}\":\"]\"}],"
            + "\"na\\\"me\\\\\": \"a \\\\\\\" } , b\",\"gone\":{\"x\":1}, \"nan\":NaN,"
            + "\"t\":true,\"n\":null,\"\\u0061\":1}";
    node.redis(
        Command.SET,
        "process:data:" + id,
        stored(id).replace("\"params\":{}", "\"params\":" + params));

    get(
        processes.updateProcess(
            id,
            null,
            null,
            new JsonObject()
                .put("gone", new JsonObject().put("y", "9.9640"))
                .put("a", 2)
                .put("new", 1e-7),
            null));

    assertThat(stored(id))
        .contains("12345678901234567890.12345678901234567890")
        .contains("\"list\":[1,{\"}\":\"]\"}]")
        .contains("\"na\\\"me\\\\\":\"a \\\\\\\" } , b\"")
        .contains("\"gone\":{\"y\":\"9.9640\"}")
        .contains("\"\\u0061\":2")
        .doesNotContain("\"x\"");
    JsonObject read = process(id).getJsonObject("params");
    assertThat(read.getValue("nan")).isNull();
    assertThat(read.getValue("kept"))
        .isEqualTo(new BigDecimal("12345678901234567890.12345678901234567890"));
    assertThat(read.getBoolean("t")).isTrue();
    assertThat(read.getInteger("a")).isEqualTo(2);
  }

  @Test
  void thereIsNothingToUpdateOrStopWhereThereIsNoProcess() {
    for (String id : List.of("bot:x:1.5", "unknown:x:1.5", "bot", "", ":", "bot:")) {
      assertThat(get(processes.updateProcess(id))).isFalse();
      assertThat(get(processes.stopProcess(id))).isFalse();
      assertThat(get(processes.getProcess(id))).isNull();
      assertThat(node.redis(Command.EXISTS, "process:data:" + id).toInteger()).isZero();
    }
    assertThat(entry(ProcessType.BOT, "bot:x:1.5")).isEqualTo("null");
  }

  @Test
  void whatWasStoppedStaysSoUnlessItIsToldToBeSomethingElse() {
    String id = register(ProcessType.BOT);
    get(processes.stopProcess(id));

    assertThat(get(processes.updateProcess(id))).isFalse();
    assertThat(get(processes.updateProcess(id, ProcessStatus.STOPPED, "x", null, null))).isFalse();
    assertThat(active(null)).isEmpty();

    assertThat(get(processes.updateProcess(id, ProcessStatus.RUNNING, null, null, null))).isTrue();
    assertThat(active(null)).containsExactly(id);
    assertThat(ofComponent(component)).isEqualTo(id);
  }

  // Stopping

  @Test
  void stopsAProcess() {
    String id = register(ProcessType.BOT);
    JsonObject before = process(id);

    assertThat(get(processes.stopProcess(id))).isTrue();

    JsonObject stopped = process(id);
    assertThat(stopped.getString("status")).isEqualTo("stopped");
    assertThat(stopped.getString("message")).isEqualTo("Process stopped");
    assertThat(stopped.getString("updated_at")).isGreaterThan(before.getString("updated_at"));
    assertThat(stopped.getString("heartbeat")).isEqualTo(before.getString("heartbeat"));
    assertThat(entry(ProcessType.BOT, id)).isEqualTo("null");
    assertThat(ofComponent(component)).isEqualTo("null");
    assertThat(get(processes.getComponentStatus(component))).isNull();
    assertThat(active(null)).isEmpty();
    assertThat(get(processes.stopProcess(id, "Again"))).isTrue();
    assertThat(process(id).getString("message")).isEqualTo("Again");
  }

  /** As large as it may be, but for so many bytes. */
  private String registerAllBut(int bytes, String message) {
    String id =
        get(
            processes.registerProcess(
                ProcessType.BOT, component, null, message, ProcessStatus.IDLE));
    String text = stored(id);
    int free = ProcessCache.MAX_PROCESS_BYTES - text.getBytes(StandardCharsets.UTF_8).length;
    String filling = "x".repeat(free - "\"x\":\"\"".length() - bytes);
    node.redis(
        Command.SET,
        "process:data:" + id,
        text.replace("\"params\":{}", "\"params\":{\"x\":\"" + filling + "\"}"));
    return id;
  }

  @Test
  void whatIsStoppedCanBeReadHoweverLargeItIs() {
    String long4096 = "m".repeat(ProcessCache.MAX_MESSAGE);
    for (int left : List.of(0, 3, 10, 20, 3_000)) {
      String id = registerAllBut(left, "as it was");

      assertThat(get(processes.stopProcess(id, long4096))).isTrue();

      assertThat(process(id).getString("status")).as("%d", left).isEqualTo("stopped");
      assertThat(process(id).getString("message")).isIn("as it was", "");
      assertThat(active(null)).isEmpty();
      assertThat(get(processes.stopProcess(id, "m"))).isTrue();
      assertThat(process(id).getString("message")).isEqualTo("m");
    }
  }

  @Test
  void whatIsCleanedUpCanBeReadHoweverLargeItIs() {
    for (String message : List.of("m", "as it was")) {
      String id = registerAllBut(0, message);
      node.redis(
          Command.SET, "process:data:" + id, stored(id).replaceAll("\\.\\d+\\+00:00", "+00:00"));

      assertThat(get(processes.cleanupStaleProcesses(0L))).isPositive();

      assertThat(process(id).getString("status")).isEqualTo("stopped");
      assertThat(active(null)).isEmpty();
    }
  }

  /** Two services that name the same component, as the two of the Python package do. */
  @Test
  void stoppingOneDoesNotHideTheOtherOfItsComponent() {
    String ticks = register(ProcessType.TICK);
    String candles = register(ProcessType.OHLCV);

    get(processes.stopProcess(ticks));
    assertThat(ofComponent(component)).isEqualTo(candles);

    String again = register(ProcessType.TICK);
    get(processes.stopProcess(again));
    assertThat(ofComponent(component)).isEqualTo("null");
    assertThat(get(processes.getComponentStatus(component)).getString("process_id"))
        .isEqualTo(candles);

    get(processes.updateProcess(candles));
    assertThat(ofComponent(component)).isEqualTo(candles);
  }

  // Active ones

  @Test
  void givesActiveOnesTheLastThatSaidSomethingFirst() {
    String first = register(ProcessType.TICK);
    String second = register(ProcessType.BOT);
    String third = register(ProcessType.OHLCV);
    get(processes.updateProcess(first));

    assertThat(active(null)).containsExactly(first, third, second);
    assertThat(get(processes.getActiveProcesses()))
        .extracting(process -> process.getString("process_id"))
        .contains(first, second, third);
  }

  @Test
  void leavesOutWhatHasSaidNothingFor() {
    String old = register(ProcessType.BOT);
    age(old, Duration.ofMinutes(6));

    assertThat(active(null)).isEmpty();
    assertThat(get(processes.getActiveProcesses(null, component, 7L, null))).hasSize(1);
    assertThat(get(processes.getActiveProcesses(null, component, 0L, null))).isEmpty();
  }

  @Test
  void oneThatTellsHowOftenItBeatsIsStaleAfterThreeMissedBeats() {
    JsonObject params = new JsonObject().put(ProcessCache.HEARTBEAT_MS, 10_000);
    String beating = register(params);

    age(beating, Duration.ofSeconds(25));
    assertThat(stale(5L)).isFalse();
    age(beating, Duration.ofSeconds(35));
    assertThat(stale(5L)).isTrue();
    get(processes.updateProcess(beating));
    assertThat(stale(5L)).isFalse();
  }

  @Test
  void anyOtherIsStaleByTheRuleOfThePythonPackage() {
    String id = register(ProcessType.BOT);

    age(id, Duration.ofMinutes(4));
    assertThat(stale(5L)).isFalse();

    ageEntry(id, Duration.ofMinutes(1)); // it says something, but not that it is alive
    assertThat(stale(3L)).isTrue();
    for (String heartbeat : List.of("\"yesterday\"", "5", "null")) {
      String text = stored(id).replaceAll("\"heartbeat\":[^,}]+", "\"heartbeat\":" + heartbeat);
      node.redis(Command.SET, "process:data:" + id, text);
      assertThat(stale(5L)).as(heartbeat).isTrue();
    }
  }

  private boolean stale(long sinceMinutes) {
    List<JsonObject> active =
        get(processes.getActiveProcesses(null, component, sinceMinutes, null));
    assertThat(active).hasSize(1);
    return active.get(0).getBoolean("_heartbeat_stale");
  }

  @Test
  void tellsNothingOfHeartbeatsWhereThatIsNotWanted() {
    register(ProcessType.BOT);

    assertThat(get(processes.getActiveProcesses(null, component, null, false)).get(0).fieldNames())
        .doesNotContain("_heartbeat_stale");
  }

  @Test
  void skipsWhatIsNoProcess() {
    String good = register(ProcessType.CRAWLER);
    String now = iso(Instant.now());
    String bad = "crawler:" + component + ":";
    String[] texts = {
      "", "x", "[]", "5", "{}", "{\"process_id\":1}", "{\"a\":", "\"" + "x".repeat(70_000) + "\""
    };
    for (int i = 0; i < texts.length; i++) {
      node.redis(Command.SET, "process:data:" + bad + i, texts[i]);
      node.redis(Command.HSET, "process:active:crawler", bad + i, now);
      assertThat(get(processes.getProcess(bad + i))).as(texts[i]).isNull();
    }
    node.redis(Command.RPUSH, "process:data:" + bad + "list", "1");
    node.redis(Command.HSET, "process:active:crawler", bad + "list", now);
    node.redis(Command.HSET, "process:active:crawler", "bot:elsewhere:1.0", now);
    node.redis(Command.HSET, "process:active:crawler", bad + "when", "yesterday");
    node.redis(Command.HSET, "process:active:crawler", good + "0", now); // there is none

    assertThat(active(ProcessType.CRAWLER)).containsExactly(good);
    assertThat(get(processes.updateProcess(bad + 1))).isFalse();
    assertThat(get(processes.stopProcess(bad + 1))).isFalse();
  }

  @Test
  void aThousandTakeOneCommand() {
    try (CacheNode quiet = CacheNode.start("process", "heartbeat_ms", 3_600_000)) {
      ProcessCache all = ProcessCache.proxy(quiet.vertx());
      await().until(() -> get(all.getActiveProcesses()).size() == 1); // the node
      List<Future<String>> registered = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        ProcessType type = TYPES.get(i % 8);
        registered.add(all.registerProcess(type, "component " + i));
      }
      get(Future.all(registered));
      long before = calls(quiet);

      assertThat(get(all.getActiveProcesses())).hasSize(1_001);

      assertThat(calls(quiet) - before).isEqualTo(1);
    }
  }

  private static long calls(CacheNode of) {
    String evals =
        of.redis(Command.INFO, "commandstats")
            .toString()
            .replaceAll("(?s).*cmdstat_evalsha:calls=(\\d+).*", "$1");
    return Long.parseLong(evals);
  }

  @Test
  void manyThousandsComeInPages() {
    try (CacheNode other = CacheNode.start("process", "heartbeat_ms", 3_600_000)) {
      ProcessCache all = ProcessCache.proxy(other.vertx());
      await().until(() -> get(all.getActiveProcesses()).size() == 1);
      List<Future<String>> registered = new ArrayList<>();
      for (int i = 0; i < 7_000; i++) {
        registered.add(all.registerProcess(TYPES.get(i % 3), "component " + i));
      }
      get(Future.all(registered));

      assertThat(get(all.getActiveProcesses()))
          .extracting(process -> process.getString("process_id"))
          .containsAll(registered.stream().map(Future::result).toList())
          .hasSize(7_001)
          .doesNotHaveDuplicates();
    }
  }

  // Cleaning up

  @Test
  void cleansUpWhatHasSaidNothingForLong() {
    String gone = register(ProcessType.BOT);
    age(gone, Duration.ofMinutes(31));
    String other = component + " other";
    String present = get(processes.registerProcess(ProcessType.BOT, other));
    age(present, Duration.ofMinutes(29));

    assertThat(get(processes.cleanupStaleProcesses(null))).isEqualTo(1);

    assertThat(process(gone).getString("status")).isEqualTo("stopped");
    assertThat(process(gone).getString("message")).isEqualTo("Process stale for 30 minutes");
    assertThat(entry(ProcessType.BOT, gone)).isEqualTo("null");
    assertThat(ofComponent(component)).isEqualTo("null");
    assertThat(process(present).getString("status")).isEqualTo("starting");
    assertThat(get(processes.cleanupStaleProcesses(null))).isZero();
    assertThat(get(processes.cleanupStaleProcesses(28L))).isEqualTo(1);
    assertThat(process(present).getString("message")).isEqualTo("Process stale for 28 minutes");
  }

  @Test
  void oneIsNotStaleWhoseHeartbeatIsNewer() {
    String id = register(ProcessType.BOT);
    ageEntry(id, Duration.ofHours(2));

    assertThat(get(processes.cleanupStaleProcesses(null))).isZero();
    assertThat(process(id).getString("status")).isEqualTo("starting");
  }

  /** What the Python package never removes. */
  @Test
  void forgetsWhatIsLeftOfProcesses() {
    String expired = register(ProcessType.ORDER);
    ageEntry(expired, Duration.ofHours(25));
    node.redis(Command.DEL, "process:data:" + expired);
    String garbage = "order:" + component + ":1.5";
    node.redis(Command.SET, "process:data:" + garbage, "garbage");
    ageEntry(garbage, Duration.ofHours(1));
    String when = "order:" + component + ":2.5";
    node.redis(Command.HSET, "process:active:order", when, "yesterday");

    assertThat(get(processes.cleanupStaleProcesses(30L))).isEqualTo(3);

    for (String id : List.of(expired, garbage, when)) {
      assertThat(entry(ProcessType.ORDER, id)).isEqualTo("null");
    }
    assertThat(ofComponent(component)).isEqualTo("null");
    assertThat(stored(garbage)).isEqualTo("garbage");
  }

  // Components

  @Test
  void givesTheProcessOfAComponent() {
    assertThat(get(processes.getComponentStatus(component))).isNull();
    String id = register(ProcessType.BOT);

    assertThat(get(processes.getComponentStatus(component))).isEqualTo(process(id));

    String other = component + " other";
    node.redis(Command.HSET, "process:components", other, "bot:gone:1.5");
    assertThat(get(processes.getComponentStatus(other))).isNull();
  }

  // All together

  @Test
  void saysHowTheSystemIs() {
    try (CacheNode other = CacheNode.start()) {
      ProcessCache all = ProcessCache.proxy(other.vertx());
      await().until(() -> get(all.getSystemHealth()).getInteger("total_processes") == 1);
      get(all.registerProcess(ProcessType.BOT, "a", null, null, ProcessStatus.RUNNING));
      get(all.registerProcess(ProcessType.BOT, "b", null, null, ProcessStatus.IDLE));

      assertThat(get(all.getSystemHealth()))
          .isEqualTo(
              new JsonObject()
                  .put("healthy", true)
                  .put("total_processes", 3)
                  .put("by_type", new JsonObject().put("bot", 2).put("tick", 1))
                  .put("by_status", new JsonObject().put("idle", 1).put("running", 2))
                  .put("stale_processes", 0)
                  .put("error_processes", 0));

      get(all.registerProcess(ProcessType.ORDER, "c", null, null, ProcessStatus.ERROR));
      JsonObject health = get(all.getSystemHealth());
      assertThat(health.getBoolean("healthy")).isFalse();
      assertThat(health.getInteger("error_processes")).isEqualTo(1);
    }
  }

  @Test
  void aStaleProcessIsNotHealthy() {
    try (CacheNode other = CacheNode.start()) {
      ProcessCache all = ProcessCache.proxy(other.vertx());
      String id =
          get(
              all.registerProcess(
                  ProcessType.BOT, "a", new JsonObject().put("heartbeat_ms", 1), null, null));
      await().until(() -> !get(all.getSystemHealth()).getBoolean("healthy"));

      assertThat(get(all.getSystemHealth()).getInteger("stale_processes")).isEqualTo(1);
      get(all.stopProcess(id));
      assertThat(get(all.getSystemHealth()).getBoolean("healthy")).isTrue();
    }
  }

  @Test
  void countsWhatThereIs() {
    try (CacheNode other = CacheNode.start()) {
      ProcessCache all = ProcessCache.proxy(other.vertx());
      await().until(() -> get(all.getMetrics()).getInteger("total_processes") == 1);
      get(all.registerProcess(ProcessType.BOT, "a"));
      get(all.stopProcess(get(all.registerProcess(ProcessType.BOT, "b"))));

      assertThat(get(all.getMetrics()))
          .isEqualTo(
              new JsonObject()
                  .put("total_processes", 3)
                  .put("active_processes", 2)
                  .put("components", 2)
                  .put("active_tick", 1)
                  .put("active_ohlcv", 0)
                  .put("active_bot", 1)
                  .put("active_account", 0)
                  .put("active_order", 0)
                  .put("active_bot_status_service", 0)
                  .put("active_crawler", 0)
                  .put("active_user_trades_service", 0));
    }
  }

  // Broadcasts

  @Test
  void tellsOnEveryNodeWhatIsBroadcast() {
    List<JsonObject> heard = new CopyOnWriteArrayList<>();
    List<JsonObject> others = new CopyOnWriteArrayList<>();
    try (CacheNode second = CacheNode.start(node.redis(), new JsonObject())) {
      for (CacheNode each : List.of(node, second)) {
        each.vertx()
            .eventBus()
            .<JsonObject>localConsumer(
                "fullon.process.broadcast.crawler", message -> heard.add(message.body()));
      }
      node.vertx()
          .eventBus()
          .localConsumer(
              ProcessCache.broadcasts(ProcessType.BOT),
              (Message<JsonObject> m) -> others.add(m.body()));
      JsonObject data = new JsonObject().put("n", new BigDecimal("1.50"));

      int receivers = get(processes.broadcastMessage(ProcessType.CRAWLER, "Stop \"it\"", data));
      await().until(() -> heard.size() == 2);

      assertThat(receivers).isEqualTo(2);
      assertThat(heard)
          .allSatisfy(
              message -> {
                assertThat(message.getString("message")).isEqualTo("Stop \"it\"");
                assertThat(message.getJsonObject("data").encode()).isEqualTo("{\"n\":1.50}");
                assertThat(message.getString("timestamp")).matches(ISO);
                assertThat(message.fieldNames()).containsExactly("message", "data", "timestamp");
              });
      assertThat(others).isEmpty();
    }
  }

  @Test
  void whatIsAcceptedAsABroadcastArrives() {
    List<JsonObject> heard = new CopyOnWriteArrayList<>();
    node.vertx()
        .eventBus()
        .<JsonObject>localConsumer(
            ProcessCache.broadcasts(ProcessType.OHLCV), message -> heard.add(message.body()));
    int accepted = 0;

    for (int length : List.of(65_000, 65_440, 65_450, 65_460, 65_470, 65_500)) {
      JsonObject data = new JsonObject().put("x", "x".repeat(length));
      boolean isAccepted = !isRefused(processes.broadcastMessage(ProcessType.OHLCV, "hi", data));
      accepted += isAccepted ? 1 : 0;
    }
    JsonObject data = new JsonObject().put("x", "x".repeat(60_000));
    String message = "ü".repeat(4_000);
    assertRefused(processes.broadcastMessage(ProcessType.OHLCV, message, data), "data");
    get(processes.broadcastMessage(ProcessType.OHLCV, "last"));

    await().until(() -> heard.stream().anyMatch(m -> m.getString("message").equals("last")));
    assertThat(accepted).isBetween(1, 5);
    assertThat(heard).hasSize(accepted + 1);
  }

  @Test
  void whatIsAcceptedCanBeReadHoweverDeepItIs() {
    List<Integer> heard = new CopyOnWriteArrayList<>();
    node.vertx()
        .eventBus()
        .<JsonObject>localConsumer(
            ProcessCache.broadcasts(ProcessType.TICK),
            message -> heard.add(depth(message.body().getJsonObject("data"))));
    List<Integer> accepted = new ArrayList<>();

    for (int depth = 29; depth < 36; depth++) {
      JsonObject nested = nested(depth);
      if (!isRefused(processes.broadcastMessage(ProcessType.TICK, "hi", nested))) {
        accepted.add(depth);
        assertThat(process(register(nested)).getJsonObject("params")).isEqualTo(nested);
      }
    }
    get(processes.broadcastMessage(ProcessType.TICK, "last"));

    await().until(() -> heard.contains(1));
    accepted.add(1);
    assertThat(heard).isEqualTo(accepted);
  }

  private static JsonObject nested(int depth) {
    return depth == 1 ? new JsonObject() : new JsonObject().put("deeper", nested(depth - 1));
  }

  private static int depth(JsonObject nested) {
    return nested.isEmpty() ? 1 : 1 + depth(nested.getJsonObject("deeper"));
  }

  private static boolean isRefused(Future<?> call) {
    boolean isRefused = get(call.transform(result -> Future.succeededFuture(result.failed())));
    if (isRefused) {
      assertRefused(call, "data");
    }
    return isRefused;
  }

  @Test
  void broadcastsOfOthersAreToldAndGarbageIsNot() {
    List<JsonObject> heard = new CopyOnWriteArrayList<>();
    node.vertx()
        .eventBus()
        .<JsonObject>localConsumer(
            ProcessCache.broadcasts(ProcessType.ORDER), message -> heard.add(message.body()));

    for (String text : List.of("garbage", "[]", "{\"message\": \"1\", \"data\": {}}")) {
      node.redis(Command.PUBLISH, "process:broadcast:order", text);
    }

    await().until(() -> !heard.isEmpty());
    assertThat(heard)
        .containsExactly(new JsonObject().put("message", "1").put("data", new JsonObject()));
  }

  // Plain JSON

  @Test
  void speaksPlainJson() {
    JsonObject call =
        new JsonObject()
            .put("processType", "bot_status_service")
            .put("component", 4_711)
            .put("status", "idle");
    String id = (String) call("registerProcess", call);
    JsonObject named = new JsonObject().put("processId", id);

    assertThat(id).startsWith("bot_status_service:4711:");
    assertThat(((JsonObject) call("getProcess", named)).getString("status")).isEqualTo("idle");
    assertThat(
            (JsonArray)
                call(
                    "getActiveProcesses",
                    new JsonObject().put("processType", "bot_status_service")))
        .anySatisfy(
            process -> assertThat(((JsonObject) process).getString("process_id")).isEqualTo(id));
    assertThat(call("updateProcess", named)).isEqualTo(true);
    assertThat(call("stopProcess", named)).isEqualTo(true);
    assertThat(call("cleanupStaleProcesses", new JsonObject())).isInstanceOf(Integer.class);
  }

  private static Object call(String action, JsonObject parameters) {
    return get(node.call(ProcessCache.ADDRESS, action, parameters));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bot", "", "BOT", "none"})
  void refusesATypeAndAStatusThatThereIsNot(String name) {
    JsonObject type = new JsonObject().put("processType", name).put("component", "a");
    JsonObject status = new JsonObject().put("processId", "bot:a:1").put("status", name);

    assertRefused(node.call(ProcessCache.ADDRESS, "registerProcess", type), "processType");
    assertRefused(node.call(ProcessCache.ADDRESS, "getActiveProcesses", type), "processType");
    assertRefused(node.call(ProcessCache.ADDRESS, "updateProcess", status), "status");
  }

  @Test
  void refusesBadParameters() {
    assertRefused(processes.registerProcess(null, component), "processType");
    assertRefused(processes.registerProcess(ProcessType.BOT, ""), "component");
    assertRefused(processes.registerProcess(ProcessType.BOT, "x".repeat(129)), "component");
    assertRefused(processes.stopProcess("x".repeat(1_025)), "processId");
    assertRefused(processes.stopProcess("bot:a:1", "m".repeat(4_097)), "message");
    assertRefused(processes.cleanupStaleProcesses(-1L), "staleMinutes");
    assertRefused(processes.getActiveProcesses(null, null, 5_256_001L, null), "sinceMinutes");
    assertRefused(processes.broadcastMessage(ProcessType.BOT, null), "message");
  }

  /** Its keys are read by position, so that different ids never mix. */
  @Test
  void idsOfAnyTextAreKeptApart() {
    List<String> components =
        IntStream.range(0, 20).mapToObj(i -> component + ":%{}*?[" + i + ":1.5").toList();
    for (String each : components) {
      String id = get(processes.registerProcess(ProcessType.BOT, each));
      assertThat(get(processes.getComponentStatus(each)).getString("process_id")).isEqualTo(id);
    }
  }
}
