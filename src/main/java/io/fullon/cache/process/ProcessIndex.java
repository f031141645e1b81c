package io.fullon.cache.process;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lists what is in the index of processes. */
final class ProcessIndex {

  private static final Script LIST = Script.load("process-list");
  private static final Script CLOCK = Script.load("clock");

  private final RedisLink link;

  ProcessIndex(RedisLink link) {
    this.link = link;
  }

  /**
   * What there was.
   *
   * @param now by the clock of Redis, by which processes say when they are alive
   */
  record Listing(Instant now, Collection<ListedProcess> processes) {}

  /** All of these types: one command for up to 2,000, several in a Cluster. */
  Future<Listing> list(List<ProcessType> types) {
    return link.options().cluster() ? ofCluster(types) : ofServer(types);
  }

  private static String key(ProcessType type) {
    return ProcessKeys.active(type.toString());
  }

  private static final class Found {

    private Instant now;

    /** By id, since a page may repeat what an earlier one had. */
    private final Map<String, ListedProcess> processes = new LinkedHashMap<>();

    Listing listing() {
      return new Listing(now, processes.values());
    }
  }

  private Future<Listing> ofServer(List<ProcessType> types) {
    return Scans.script(
            link,
            LIST,
            types.stream().map(ProcessIndex::key).toList(),
            List.of(ProcessKeys.DATA, String.valueOf(Json.MAX_FOREIGN_BYTES)),
            Found::new,
            (found, page) -> add(types, found, page))
        .map(Found::listing);
  }

  private static void add(List<ProcessType> types, Found found, Response page) {
    found.now = instant(page.get(0), page.get(1));
    for (int i = 2; i < page.size(); i += 3) {
      String id = page.get(i).toString();
      ProcessType type = ProcessText.type(id);
      if (type != null && types.contains(type)) {
        found.processes.put(
            id,
            new ListedProcess(id, type, page.get(i + 1).toString(), page.get(i + 2).toString()));
      }
    }
  }

  private static Instant instant(Response seconds, Response micros) {
    return Instant.ofEpochSecond(seconds.toLong(), micros.toLong() * 1_000);
  }

  private Future<Listing> ofCluster(List<ProcessType> types) {
    return link.read(CLOCK, List.of(ProcessKeys.components()), List.of())
        .compose(
            clock -> {
              List<Future<List<ListedProcess>>> each = new ArrayList<>();
              types.forEach(type -> each.add(ofCluster(type)));
              return Future.all(each)
                  .map(
                      v ->
                          new Listing(
                              instant(clock.get(0), clock.get(1)),
                              each.stream().flatMap(one -> one.result().stream()).toList()));
            });
  }

  private Future<List<ListedProcess>> ofCluster(ProcessType type) {
    return Scans.hash(
            link,
            key(type),
            () -> new LinkedHashMap<String, String>(),
            (all, id, entry) -> all.put(id, entry))
        .compose(
            entries -> {
              List<Future<ListedProcess>> each = new ArrayList<>();
              entries.forEach(
                  (id, entry) ->
                      each.add(
                          link.read(Command.GET, ProcessKeys.data(id))
                              .map(
                                  text ->
                                      new ListedProcess(
                                          id, type, entry, text == null ? "" : text.toString()))));
              return Future.all(each).map(v -> each.stream().map(Future::result).toList());
            });
  }
}
