package io.fullon.cache.redis;

import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Reads what may be large in pages, so that neither Redis nor an event loop is held up. */
public final class Scans {

  private static final Script FOREIGN_PAGE = Script.load("hash-page");
  private static final Script FOREIGN_VALUE = Script.load("hash-value");

  private static final String PAGE = "500";

  /** In bytes: the longest name of a symbol, whose 64 characters have at most four each. */
  private static final String MAX_FOREIGN_NAME = "256";

  private static final String MAX_FOREIGN_VALUE = String.valueOf(Json.MAX_FOREIGN_BYTES);

  private Scans() {}

  /** Gives every key that matches the pattern, some perhaps twice. */
  public static Future<Void> keys(RedisLink link, String pattern, Consumer<String> key) {
    List<Future<?>> scans = new ArrayList<>();
    for (ServerLink server : link.servers()) {
      Function<String, Call> page =
          cursor ->
              Call.of(
                  Request.cmd(Command.SCAN)
                      .arg(cursor)
                      .arg("MATCH")
                      .arg(pattern)
                      .arg("COUNT")
                      .arg(PAGE));
      scans.add(
          new Scan<>(
                  link.options(),
                  first -> server.read(first, false).map(a -> Pinned.of(a, server, false)),
                  page,
                  () -> key,
                  (told, found) -> {
                    found.forEach(each -> told.accept(each.toString()));
                    return Future.succeededFuture();
                  })
              .begin());
    }
    return Future.join(scans).mapEmpty();
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
   *
   * @param attempt gives who is told; once more, of another one, when the listing must begin again
   * @return the one that was told all of it
   */
  public static <F extends ForeignFields> Future<F> foreignHash(
      RedisLink link, String key, Supplier<F> attempt) {
    return of(
        link,
        key,
        cursor ->
            Call.of(
                FOREIGN_PAGE, List.of(key), List.of(cursor, MAX_FOREIGN_NAME, MAX_FOREIGN_VALUE)),
        attempt,
        (told, page) -> {
          for (int i = 0; i < page.size(); i += 2) {
            tell(page.get(i).toString(), page.get(i + 1), told);
          }
        });
  }

  /** Whether a listing has failed because there is something else under that name. */
  public static boolean isWrongType(Throwable cause) {
    return RedisFailures.isWrongType(cause);
  }

  /** Tells one field of such a hash, if it is there. */
  public static Future<Void> foreignField(
      RedisLink link, String key, String name, ForeignFields told) {
    return link.read(FOREIGN_VALUE, List.of(key), List.of(name, MAX_FOREIGN_VALUE))
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

  /** Takes one entry of a listing. */
  public interface Entry<T> {

    void add(T collected, String name, String value);
  }

  /**
   * Gives every field of a hash of our own and its value, some perhaps twice.
   *
   * @param attempt gives what collects them; another one when the listing must begin again
   * @return what has collected all of them
   */
  public static <T> Future<T> hash(
      RedisLink link, String key, Supplier<T> attempt, Entry<T> entry) {
    return entries(link, Command.HSCAN, key, attempt, entry);
  }

  /** Gives every member of a sorted set and its score, some perhaps twice; else like a hash. */
  public static <T> Future<T> sortedSet(
      RedisLink link, String key, Supplier<T> attempt, Entry<T> entry) {
    return entries(link, Command.ZSCAN, key, attempt, entry);
  }

  private static <T> Future<T> entries(
      RedisLink link, Command command, String key, Supplier<T> attempt, Entry<T> entry) {
    return of(
        link,
        key,
        cursor -> Call.of(Request.cmd(command).arg(key).arg(cursor).arg("COUNT").arg(PAGE)),
        attempt,
        (collected, page) -> forEach(page, (name, value) -> entry.add(collected, name, value)));
  }

  private static <T> Future<T> of(
      RedisLink link,
      String key,
      Function<String, Call> page,
      Supplier<T> attempt,
      BiConsumer<T, Response> told) {
    return pages(
        link,
        key,
        page,
        attempt,
        (collected, found) -> {
          told.accept(collected, found);
          return Future.succeededFuture();
        });
  }

  /**
   * Gives what is under a key page by page, all of it from one server.
   *
   * @param page gives what asks for the page at a cursor
   * @param attempt gives what collects the pages; another one when the listing must begin again
   * @param taker takes a page; the next one is read when it is done
   * @return what has collected all of them
   */
  static <T> Future<T> pages(
      RedisLink link,
      String key,
      Function<String, Call> page,
      Supplier<T> attempt,
      BiFunction<T, Response, Future<Void>> taker) {
    return new Scan<>(link.options(), first -> link.pin(key, first), page, attempt, taker).begin();
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
