package io.fullon.cache.redis;

import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** Reads what may be large in pages, so that neither Redis nor an event loop is held up. */
public final class Scans {

  private static final Script FOREIGN_PAGE = Script.load("hash-page");
  private static final Script FOREIGN_VALUE = Script.load("hash-value");

  private static final String PAGE = "500";

  /** In bytes: the longest name of a symbol, whose 64 characters have at most four each. */
  private static final String MAX_FOREIGN_NAME = "256";

  private static final String MAX_FOREIGN_VALUE = String.valueOf(Json.MAX_FOREIGN_BYTES);

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
                  server.read(
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

  /** Is told of the fields of a hash that other programs may write. */
  public interface ForeignFields {

    /**
     * @param name what is too long for a symbol's name is cut, and no such name then either
     */
    void field(String name, String value);

    /** A value longer than {@link Json#MAX_FOREIGN_BYTES} is not read. */
    void tooLong(String name, long bytes);
  }

  /**
   * Tells every field of a hash that other programs may write, some perhaps twice. Not more than
   * two megabytes are in memory at once, whatever is there.
   */
  public static Future<Void> foreignHash(RedisLink link, String key, ForeignFields told) {
    return pages(
        cursor ->
            link.read(FOREIGN_PAGE, key, List.of(cursor, MAX_FOREIGN_NAME, MAX_FOREIGN_VALUE)),
        page -> {
          for (int i = 0; i < page.size(); i += 2) {
            tell(page.get(i).toString(), page.get(i + 1), told);
          }
        });
  }

  /** Tells one field of such a hash, if it is there. */
  public static Future<Void> foreignField(
      RedisLink link, String key, String name, ForeignFields told) {
    return link.read(FOREIGN_VALUE, key, List.of(name, MAX_FOREIGN_VALUE))
        .map(
            value -> {
              if (value != null) {
                tell(name, value, told);
              }
              return null;
            });
  }

  private static void tell(String name, Response value, ForeignFields told) {
    if (value.type() == ResponseType.NUMBER) {
      told.tooLong(name, value.toLong());
    } else {
      told.field(name, value.toString());
    }
  }

  /** Gives every field of a hash of our own and its value, some perhaps twice. */
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
