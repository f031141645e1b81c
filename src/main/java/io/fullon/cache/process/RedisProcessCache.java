package io.fullon.cache.process;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes in Redis. What is three keys of one server is one script there; in a Cluster, where
 * they have slots of their own, it is the process first and its entries after it.
 */
final class RedisProcessCache implements ProcessCache {

  private static final Script PROCESS = Script.load("process");
  private static final Logger LOG = LoggerFactory.getLogger(RedisProcessCache.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);

  private static final List<ProcessType> ALL = List.of(ProcessType.values());

  /** To the script: as it was. */
  private static final String SAME = "";

  /** So many heartbeats are missed of one that is stale. */
  private static final int MISSED = 3;

  private static final long HEALTH_MINUTES = 60;
  private static final long DAY_MINUTES = 1_440;

  private final RedisLink link;
  private final ProcessIndex index;
  private final LongAdder garbage;

  /**
   * @param garbage counts what is read and is no process
   */
  RedisProcessCache(RedisLink link, LongAdder garbage) {
    this.link = link;
    this.index = new ProcessIndex(link);
    this.garbage = garbage;
  }

  RedisProcessCache(RedisLink link, Meters meters) {
    this(
        link,
        meters.counter(
            "fullon.cache.processes.garbage", "Processes in Redis that are none, skipped"));
  }

  // One process

  @Override
  public Future<String> registerProcess(
      ProcessType type, String component, JsonObject params, String message, ProcessStatus status) {
    String object = ProcessText.object("params", params);
    ProcessStatus first = status == null ? ProcessStatus.STARTING : status;
    String told = orElse(message, ProcessText.registered(component));
    return link.read(PROCESS, List.of(ProcessKeys.components()), List.of("clock"))
        .compose(
            clock -> {
              String id = type + ":" + component + ":" + clock.get(1);
              String time = clock.get(0).toString();
              String text = ProcessText.begin(id, type, component, object, first, told, time);
              return Json.isTooLong(text)
                  ? tooLarge(text.length())
                  : register(id, type, component, text, time);
            })
        // Another one of that name began in the same microsecond.
        .compose(
            id ->
                id == null
                    ? registerProcess(type, component, params, message, status)
                    : Future.succeededFuture(id));
  }

  private Future<String> register(
      String id, ProcessType type, String component, String text, String time) {
    return run(id, "register", id, component, text, time)
        .compose(
            done ->
                done == null
                    ? Future.succeededFuture()
                    : eachInCluster(
                            () -> link.write(Command.HSET, active(type), id, done.get(0)),
                            () -> link.write(Command.HSET, components(), component, id))
                        .map(id));
  }

  @Override
  public Future<Boolean> updateProcess(
      String id, ProcessStatus status, String message, JsonObject params, Boolean heartbeat) {
    ProcessType type = ProcessText.type(id);
    String more = params == null ? SAME : ProcessText.object("params", params);
    if (type == null) {
      return Future.succeededFuture(false);
    }
    boolean isAlive = heartbeat == null || heartbeat;
    return run(
            id,
            "update",
            id,
            ProcessText.text(status),
            message == null || message.isEmpty() ? SAME : ProcessText.text(message),
            more,
            isAlive ? "1" : "0")
        .compose(
            done -> {
              if (done == null) {
                return Future.succeededFuture(false);
              }
              if (done.type() == ResponseType.NUMBER) {
                return tooLarge(done.toLong());
              }
              return eachInCluster(
                      () -> link.write(Command.HSET, active(type), id, done.get(0)),
                      () -> link.write(Command.HSETNX, components(), done.get(1), id))
                  .map(true);
            });
  }

  @Override
  public Future<Boolean> stopProcess(String id, String message) {
    ProcessType type = ProcessText.type(id);
    return type == null
        ? Future.succeededFuture(false)
        : stop(id, type, "stop", id, ProcessText.text(orElse(message, "Process stopped")));
  }

  /** Runs a step after which the process is not in the index any more. */
  private Future<Boolean> stop(String id, ProcessType type, String... arguments) {
    return run(id, arguments)
        .compose(
            done ->
                done == null
                    ? Future.succeededFuture(false)
                    : eachInCluster(
                            () -> link.write(Command.HDEL, active(type), id),
                            () -> unlink(done.get(1).toString(), id))
                        .map(true));
  }

  private Future<Response> unlink(String component, String id) {
    return link.run(PROCESS, List.of(components()), List.of("unlink", component, id));
  }

  /**
   * Runs a step.
   *
   * @param id whose keys it needs, all of which have one slot only where there are no slots
   */
  private Future<Response> run(String id, String... arguments) {
    ProcessType type = ProcessText.type(id);
    String data = ProcessKeys.data(id);
    return link.run(
        PROCESS,
        isCluster() ? List.of(data) : List.of(data, active(type), components()),
        List.of(arguments));
  }

  /** What a script does elsewhere. */
  private Future<?> eachInCluster(Supplier<Future<?>> entry, Supplier<Future<?>> component) {
    return isCluster() ? Future.join(entry.get(), component.get()) : Future.succeededFuture();
  }

  private boolean isCluster() {
    return link.options().cluster();
  }

  private static String active(ProcessType type) {
    return ProcessKeys.active(type.toString());
  }

  private static String components() {
    return ProcessKeys.components();
  }

  private static String orElse(String message, String other) {
    return message == null || message.isEmpty() ? other : message;
  }

  private static <T> Future<T> tooLarge(long size) {
    return Failure.INVALID_ARGUMENT.future(
        "params: must leave the process at most "
            + MAX_PROCESS_BYTES
            + " bytes of JSON, got "
            + size);
  }

  @Override
  public Future<JsonObject> getProcess(String id) {
    return link.read(Command.GET, ProcessKeys.data(id))
        .map(text -> text == null ? null : readable(id, text.toString()));
  }

  /** The process, or null where it is none. */
  private JsonObject readable(String id, String text) {
    try {
      return ProcessText.read(text);
    } catch (InvalidValueException e) {
      garbage.increment();
      SKIPPED
          .add(id + " " + e.problem())
          .ifPresent(
              leftOut ->
                  LOG.warn(
                      "Skipped what is no process: {}: {}{}",
                      InvalidValueException.shorten(id),
                      e.getMessage(),
                      leftOut));
      return null;
    }
  }

  @Override
  public Future<JsonObject> getComponentStatus(String component) {
    return link.read(Command.HGET, components(), component)
        .compose(id -> id == null ? Future.succeededFuture() : getProcess(id.toString()))
        .compose(process -> process == null ? lastOf(component) : Future.succeededFuture(process));
  }

  private Future<JsonObject> lastOf(String component) {
    return getActiveProcesses(null, component, DAY_MINUTES, false)
        .map(all -> all.isEmpty() ? null : all.get(0));
  }

  // All of them

  @Override
  public Future<List<JsonObject>> getActiveProcesses(
      ProcessType type, String component, Long sinceMinutes, Boolean includeHeartbeatCheck) {
    return index
        .list(type == null ? ALL : List.of(type))
        .map(
            listing ->
                active(
                    listing,
                    component,
                    Duration.ofMinutes(sinceMinutes == null ? DEFAULT_SINCE_MINUTES : sinceMinutes),
                    includeHeartbeatCheck == null || includeHeartbeatCheck));
  }

  private List<JsonObject> active(
      ProcessIndex.Listing listing, String component, Duration since, boolean isChecked) {
    Instant cutoff = listing.now().minus(since);
    List<JsonObject> active = new ArrayList<>();
    for (ListedProcess listed : listing.processes()) {
      Instant said = ProcessText.time(listed.entry());
      if (said == null || said.isBefore(cutoff) || listed.text().isEmpty()) {
        continue;
      }
      JsonObject process = readable(listed.id(), listed.text());
      if (process != null
          && (component == null || component.equals(process.getString("component")))) {
        if (isChecked) {
          process.put(HEARTBEAT_STALE, isStale(process, listing.now(), since));
        }
        active.add(process);
      }
    }
    active.sort(
        Comparator.<JsonObject, String>comparing(
                process -> ProcessText.field(process, "updated_at"))
            .reversed());
    return active;
  }

  private static boolean isStale(JsonObject process, Instant now, Duration since) {
    Instant heartbeat = ProcessText.time(process, "heartbeat");
    long everyMs = ProcessText.heartbeatMs(process);
    Duration patience = everyMs > 0 ? Duration.ofMillis(MISSED * everyMs) : since;
    return heartbeat == null || heartbeat.isBefore(now.minus(patience));
  }

  @Override
  public Future<Integer> cleanupStaleProcesses(Long staleMinutes) {
    long minutes = staleMinutes == null ? DEFAULT_STALE_MINUTES : staleMinutes;
    return index.list(ALL).compose(listing -> cleanUp(listing, Duration.ofMinutes(minutes)));
  }

  /** Stops those of the listing that have said nothing for that long, unless they do meanwhile. */
  private Future<Integer> cleanUp(ProcessIndex.Listing listing, Duration patience) {
    Instant cutoff = listing.now().minus(patience);
    List<Future<Boolean>> stopped = new ArrayList<>();
    for (ListedProcess listed : listing.processes()) {
      Instant said = ProcessText.time(listed.entry());
      if (said == null || said.isBefore(cutoff)) {
        stopped.add(cleanUp(listed, cutoff, patience));
      }
    }
    return Future.join(stopped).map(v -> (int) stopped.stream().filter(Future::result).count());
  }

  private Future<Boolean> cleanUp(ListedProcess listed, Instant cutoff, Duration patience) {
    String id = listed.id();
    JsonObject process = listed.text().isEmpty() ? null : readable(id, listed.text());
    Instant said = ProcessText.time(listed.entry());
    if (process == null || said == null) {
      return stop(id, listed.type(), "forget", id, ProcessText.component(id), listed.entry());
    }
    Instant heartbeat =
        process.containsKey("heartbeat") ? ProcessText.time(process, "heartbeat") : said;
    if (heartbeat != null && !heartbeat.isBefore(cutoff)) {
      return Future.succeededFuture(false);
    }
    String message = "Process stale for " + patience.toMinutes() + " minutes";
    return stop(
        id, listed.type(), "stop", id, ProcessText.text(message), listed.text(), listed.entry());
  }

  /**
   * Cleans up what has said nothing for that long, by one listing.
   *
   * @return what is in the index besides
   */
  Future<List<JsonObject>> lookAfter(Duration patience) {
    return index
        .list(ALL)
        .compose(
            listing ->
                cleanUp(listing, patience).map(count -> active(listing, null, patience, true)));
  }

  @Override
  public Future<JsonObject> getSystemHealth() {
    return getActiveProcesses(null, null, HEALTH_MINUTES, true).map(RedisProcessCache::health);
  }

  private static JsonObject health(List<JsonObject> processes) {
    long stale = processes.stream().filter(process -> process.getBoolean(HEARTBEAT_STALE)).count();
    JsonObject byStatus = counts(processes, "status");
    long errors = byStatus.getLong(ProcessStatus.ERROR.toString(), 0L);
    return new JsonObject()
        .put("healthy", stale == 0 && errors == 0)
        .put("total_processes", processes.size())
        .put("by_type", counts(processes, "process_type"))
        .put("by_status", byStatus)
        .put("stale_processes", stale)
        .put("error_processes", errors);
  }

  private static JsonObject counts(List<JsonObject> processes, String field) {
    Map<String, Integer> counts = new TreeMap<>();
    for (JsonObject process : processes) {
      String text = ProcessText.field(process, field);
      counts.merge(text.isEmpty() ? "unknown" : text, 1, Integer::sum);
    }
    JsonObject json = new JsonObject();
    counts.forEach(json::put);
    return json;
  }

  @Override
  public Future<JsonObject> getMetrics() {
    Set<String> all = new HashSet<>();
    Map<ProcessType, Future<Integer>> active = new EnumMap<>(ProcessType.class);
    ALL.forEach(type -> active.put(type, length(active(type))));
    Future<Integer> components = length(components());
    return Future.join(
            Scans.keys(link, ProcessKeys.DATA + "*", all::add),
            Future.join(List.copyOf(active.values())),
            components)
        .map(
            v -> {
              JsonObject metrics =
                  new JsonObject()
                      .put("total_processes", all.size())
                      .put(
                          "active_processes",
                          active.values().stream().mapToInt(Future::result).sum())
                      .put("components", components.result());
              active.forEach((type, count) -> metrics.put("active_" + type, count.result()));
              return metrics;
            });
  }

  private Future<Integer> length(String hash) {
    return link.read(Command.HLEN, hash).map(Response::toInteger);
  }

  @Override
  public Future<Integer> broadcastMessage(ProcessType type, String message, JsonObject data) {
    return link.run(
            PROCESS,
            List.of(ProcessKeys.broadcast(type.toString())),
            List.of("broadcast", ProcessText.beginBroadcast(message, data)))
        .map(Response::toInteger);
  }
}
