package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns of a Redis that may lose what it has acknowledged. */
public final class Durability {

  private static final Logger LOG = LoggerFactory.getLogger(Durability.class);

  private Durability() {}

  /**
   * Asks one server how it keeps data, and logs a warning when it may evict keys or writes nothing
   * to disk.
   *
   * @return the warnings; empty where Redis does not let itself be asked
   */
  public static Future<List<String>> check(Vertx vertx, RedisLinkOptions options) {
    if (!options.warnDurability()) {
      return Future.succeededFuture(List.of());
    }
    return RedisLink.open(vertx, options, "durability", 0)
        .compose(
            link ->
                Future.all(
                        config(link, "maxmemory-policy"),
                        config(link, "appendonly"),
                        config(link, "save"))
                    .map(all -> warnings(all.resultAt(0), all.resultAt(1), all.resultAt(2)))
                    .eventually(link::close))
        .onSuccess(warnings -> warnings.forEach(LOG::warn))
        // Hosted ones refuse CONFIG.
        .otherwise(List.of());
  }

  private static Future<String> config(RedisLink link, String name) {
    return link.ask(Request.cmd(Command.CONFIG).arg("GET").arg(name))
        .map(
            answer -> {
              Response value = answer.isMap() ? answer.get(name) : answer.get(1);
              return value.toString();
            });
  }

  private static List<String> warnings(String eviction, String appendOnly, String save) {
    List<String> warnings = new ArrayList<>();
    if (!eviction.equals("noeviction")) {
      warnings.add(
          "Redis may throw keys away when memory is short (maxmemory-policy "
              + eviction
              + "): acknowledged writes can get lost; noeviction refuses new ones instead");
    }
    if (appendOnly.equals("no")) {
      warnings.add(
          save.isEmpty()
              ? "Redis keeps nothing on disk (appendonly no, no save): all is lost when it stops"
              : "Redis writes to disk only now and then (appendonly no): a crash loses the latest"
                  + " acknowledged writes");
    }
    return warnings;
  }
}
