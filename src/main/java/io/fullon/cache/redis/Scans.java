package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Reads what may be large in pages, so that neither Redis nor an event loop is held up. */
public final class Scans {

  private static final String PAGE = "500";

  private Scans() {}

  /** Gives every key that matches the pattern, some perhaps twice. */
  public static Future<Void> keys(RedisLink link, String pattern, Consumer<String> key) {
    return keys(link, pattern, "0", key);
  }

  private static Future<Void> keys(
      RedisLink link, String pattern, String cursor, Consumer<String> key) {
    Request page =
        Request.cmd(Command.SCAN).arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(PAGE);
    return link.send(page)
        .compose(
            answer -> {
              answer.get(1).forEach(found -> key.accept(found.toString()));
              String next = answer.get(0).toString();
              return next.equals("0") ? Future.succeededFuture() : keys(link, pattern, next, key);
            });
  }

  /** Gives every field of a hash and its value, some perhaps twice. */
  public static Future<Void> hash(RedisLink link, String key, BiConsumer<String, String> entry) {
    return pairs(link, Command.HSCAN, key, "0", entry);
  }

  /** Gives every member of a sorted set and its score, some perhaps twice. */
  public static Future<Void> sortedSet(
      RedisLink link, String key, BiConsumer<String, String> entry) {
    return pairs(link, Command.ZSCAN, key, "0", entry);
  }

  private static Future<Void> pairs(
      RedisLink link,
      Command command,
      String key,
      String cursor,
      BiConsumer<String, String> entry) {
    Request page = Request.cmd(command).arg(key).arg(cursor).arg("COUNT").arg(PAGE);
    return link.send(page)
        .compose(
            answer -> {
              forEach(answer.get(1), entry);
              String next = answer.get(0).toString();
              return next.equals("0")
                  ? Future.succeededFuture()
                  : pairs(link, command, key, next, entry);
            });
  }

  /** Gives every field of what HGETALL answered, which depends on the protocol's version. */
  public static void forEach(Response hash, BiConsumer<String, String> entry) {
    if (hash.isMap()) {
      hash.getKeys().forEach(field -> entry.accept(field, hash.get(field).toString()));
    } else {
      for (int i = 0; i + 1 < hash.size(); i += 2) {
        entry.accept(hash.get(i).toString(), hash.get(i + 1).toString());
      }
    }
  }
}
