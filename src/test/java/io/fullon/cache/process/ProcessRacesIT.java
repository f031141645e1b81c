package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Many callers at once, on two nodes with three verticles each. */
class ProcessRacesIT {

  private static final int CALLERS = 8;
  private static final int ROUNDS = 1_000;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final JsonObject CONFIG =
      Options.section("process", "instances", 3, "heartbeat_ms", 3_600_000)
          .put("web", Options.of("enabled", false));
  private static final List<CacheNode> nodes = List.of(redis.node(CONFIG), redis.node(CONFIG));

  private static ProcessCache node(int caller) {
    return ProcessCache.proxy(nodes.get(caller % nodes.size()).vertx());
  }

  /** Each of the callers so many times. */
  private static void each(Round round) {
    Callers.await(
        IntStream.range(0, CALLERS)
            .<Future<?>>mapToObj(
                caller -> Callers.inTurn(ROUNDS, number -> round.run(caller, number, node(caller))))
            .toList());
  }

  private interface Round {
    Future<?> run(int caller, int number, ProcessCache node);
  }

  private static String ofComponent(String component) {
    return String.valueOf(nodes.get(0).redis(Command.HGET, "process:components", component));
  }

  private static List<JsonObject> active(String component) {
    return get(node(0).getActiveProcesses(null, component, null, null));
  }

  @Test
  void noUpdateIsLost() {
    String id = get(node(0).registerProcess(ProcessType.BOT, "updated"));

    each(
        (caller, number, node) ->
            node.updateProcess(
                id,
                ProcessStatus.RUNNING,
                caller + " " + number,
                new JsonObject().put("caller " + caller, number).put("n" + number % 50, number),
                number % 2 == 0));

    JsonObject params = get(node(0).getProcess(id)).getJsonObject("params");
    for (int caller = 0; caller < CALLERS; caller++) {
      assertThat(params.getInteger("caller " + caller)).isEqualTo(ROUNDS - 1);
    }
    assertThat(params.fieldNames()).hasSize(CALLERS + 50);
    assertThat(ofComponent("updated")).isEqualTo(id);
  }

  @Test
  void noIdIsGivenTwice() {
    Set<String> ids = ConcurrentHashMap.newKeySet();

    each(
        (caller, number, node) ->
            node.registerProcess(ProcessType.CRAWLER, "registered").onSuccess(ids::add));

    assertThat(ids).hasSize(CALLERS * ROUNDS);
    assertThat(active("registered")).hasSize(CALLERS * ROUNDS);
    Callers.await(ids.stream().map(node(0)::stopProcess).toList());
    assertThat(active("registered")).isEmpty();
    assertThat(ofComponent("registered")).isEqualTo("null");
  }

  /** An earlier process of a component never takes the entry of a later one along. */
  @Test
  void whoStopsTakesOnlyItsOwnEntry() {
    Map<Integer, String> last = new ConcurrentHashMap<>();

    each(
        (caller, number, node) ->
            node.registerProcess(ProcessType.BOT, "stopped")
                .compose(
                    id -> {
                      String before = last.put(caller, id);
                      return before == null
                          ? Future.succeededFuture()
                          : node.stopProcess(before)
                              .onSuccess(stopped -> assertThat(stopped).isTrue());
                    }));

    assertThat(active("stopped"))
        .extracting(process -> process.getString("process_id"))
        .containsExactlyInAnyOrderElementsOf(last.values());
    // The one that was registered last of all is never stopped, so nobody has taken it away.
    assertThat(ofComponent("stopped")).isIn(last.values());
  }

  @Test
  void oneThatWasStoppedIsNotInTheIndexWhoeverUpdatesItMeanwhile() {
    AtomicInteger stopped = new AtomicInteger();
    String[] ids =
        IntStream.range(0, ROUNDS)
            .mapToObj(i -> get(node(i).registerProcess(ProcessType.ORDER, "ended")))
            .toArray(String[]::new);

    each(
        (caller, number, node) ->
            caller == 0
                ? node.stopProcess(ids[number]).onSuccess(done -> stopped.addAndGet(done ? 1 : 0))
                : node.updateProcess(ids[number]));

    assertThat(stopped).hasValue(ROUNDS);
    assertThat(active("ended")).isEmpty();
    assertThat(ofComponent("ended")).isEqualTo("null");
  }

  /** What says that it is alive while others clean up stays, and the others are cleaned up once. */
  @Test
  void whoIsAliveIsNotCleanedUp() {
    AtomicInteger cleaned = new AtomicInteger();
    String old = "2020-01-01T00:00:00+00:00";
    CacheNode redis = nodes.get(0);
    int processes = ROUNDS / 4;
    String[] ids =
        IntStream.range(0, processes)
            .mapToObj(i -> get(node(i).registerProcess(ProcessType.ACCOUNT, "cleaned " + i)))
            .toArray(String[]::new);
    for (String id : ids) {
      String text = redis.redis(Command.GET, "process:data:" + id).toString();
      String heartbeat = new JsonObject(text).getString("heartbeat");
      redis.redis(Command.SET, "process:data:" + id, text.replace(heartbeat, old));
      redis.redis(Command.HSET, "process:active:account", id, old);
    }
    Map<String, Boolean> alive = new ConcurrentHashMap<>();

    Callers.await(
        IntStream.range(0, CALLERS)
            .<Future<?>>mapToObj(
                caller ->
                    Callers.inTurn(
                        caller < 4 ? 8 : processes / 4,
                        number ->
                            caller < 4
                                ? node(caller)
                                    .cleanupStaleProcesses(30L)
                                    .onSuccess(cleaned::addAndGet)
                                : beat(node(caller), ids, alive)))
            .toList());
    get(node(0).cleanupStaleProcesses(30L).onSuccess(cleaned::addAndGet));

    long kept = alive.values().stream().filter(isAlive -> isAlive).count();
    assertThat(cleaned.get() + kept).isEqualTo(processes);
    for (int i = 0; i < processes; i++) {
      boolean isKept = alive.getOrDefault(ids[i], false);
      assertThat(active("cleaned " + i)).hasSize(isKept ? 1 : 0);
      assertThat(ofComponent("cleaned " + i)).isEqualTo(isKept ? ids[i] : "null");
    }
  }

  private static Future<?> beat(ProcessCache node, String[] ids, Map<String, Boolean> alive) {
    String id = ids[ThreadLocalRandom.current().nextInt(ids.length)];
    return node.updateProcess(id)
        .onSuccess(isThere -> alive.merge(id, isThere, (one, other) -> one || other));
  }

  @Test
  void timesNeverGoBack() {
    String id = get(node(0).registerProcess(ProcessType.TICK, "time"));

    each(
        (caller, number, node) ->
            node.getProcess(id)
                .compose(
                    before ->
                        node.updateProcess(id)
                            .compose(v -> node.getProcess(id))
                            .onSuccess(
                                after -> assertThat(time(after)).isAfterOrEqualTo(time(before)))));
  }

  private static Instant time(JsonObject process) {
    return ProcessText.time(process, "updated_at");
  }
}
