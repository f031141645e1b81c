package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** Reads what may be large in pages, so that neither Redis nor an event loop is held up. */
public final class Scans {

  private static final String PAGE = "500";

  /** The cursor that begins a scan, and that ends it. */
  private static final String FIRST = "0";

  private Scans() {}

  /** Gives every key that matches the pattern, some perhaps twice. */
  public static Future<Void> keys(RedisLink link, String pattern, Consumer<String> key) {
    List<Future<Void>> scans = new ArrayList<>();
    for (ServerLink server : link.servers()) {
      scans.add(
          pages(
              cursor ->
                  server.send(
                      Request.cmd(Command.SCAN)
                          .arg(cursor)
                          .arg("MATCH")
                          .arg(pattern)
                          .arg("COUNT")
                          .arg(PAGE)),
              page -> page.forEach(found -> key.accept(found.toString()))));
    }
    return Future.join(scans).<Void>mapEmpty().recover(RedisFailures::future);
  }

  /** Gives every field of a hash and its value, some perhaps twice. */
  public static Future<Void> hash(RedisLink link, String key, BiConsumer<String, String> entry) {
    return pages(
        cursor -> link.read(Command.HSCAN, key, cursor, "COUNT", PAGE),
        page -> forEach(page, entry));
  }

  /** Gives every member of a sorted set and its score, some perhaps twice. */
  public static Future<Void> sortedSet(
      RedisLink link, String key, BiConsumer<String, String> entry) {
    return pages(
        cursor -> link.read(Command.ZSCAN, key, cursor, "COUNT", PAGE),
        page -> forEach(page, entry));
  }

  private static Future<Void> pages(
      Function<String, Future<Response>> read, Consumer<Response> page) {
    // Not a chain of futures: completing one that is thousands long overflows the stack.
    Promise<Void> done = Promise.promise();
    next(FIRST, read, page, done);
    return done.future();
  }

  private static void next(
      String cursor,
      Function<String, Future<Response>> read,
      Consumer<Response> page,
      Promise<Void> done) {
    read.apply(cursor)
        .map(
            answer -> {
              page.accept(answer.get(1));
              return answer.get(0).toString();
            })
        .onFailure(done::fail)
        .onSuccess(
            more -> {
              if (more.equals(FIRST)) {
                done.complete();
              } else {
                next(more, read, page, done);
              }
            });
  }

  /** Gives every field of what HGETALL answered, which depends on the protocol's version. */
  public static void forEach(Response hash, BiConsumer<String, String> entry) {
    if (hash.isMap()) {
      hash.getKeys().forEach(field -> entry.accept(field, hash.get(field).toString()));
    } else {
      if (hash.size() % 2 != 0) {
        throw new IllegalStateException("Not fields and their values: " + hash.size() + " of them");
      }
      for (int i = 0; i < hash.size(); i += 2) {
        entry.accept(hash.get(i).toString(), hash.get(i + 1).toString());
      }
    }
  }
}
