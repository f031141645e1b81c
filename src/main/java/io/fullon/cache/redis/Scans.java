package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Reads what may be large in pages, so that neither Redis nor an event loop is held up. */
public final class Scans {

  private static final String PAGE = "500";

  private Scans() {}

  /**
   * Gives every key that matches the pattern, some perhaps twice; of a Cluster not those of a
   * server that is out of reach.
   *
   * @return fails when no server is within reach
   */
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
              .begin()
              .recover(
                  cause ->
                      isAwayAlone(link, server)
                          ? Future.succeededFuture()
                          : Future.failedFuture(cause)));
    }
    return Future.join(scans).mapEmpty();
  }

  private static boolean isAwayAlone(RedisLink link, ServerLink server) {
    return !server.isUp() && link.servers().stream().anyMatch(ServerLink::isUp);
  }

  /** Whether a listing has failed because there is something else under that name. */
  public static boolean isWrongType(Throwable cause) {
    return RedisFailures.isWrongType(cause);
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
    return pages(
        link,
        key,
        cursor -> Call.of(Request.cmd(command).arg(key).arg(cursor).arg("COUNT").arg(PAGE)),
        attempt,
        (collected, page) -> {
          forEach(page, (name, value) -> entry.add(collected, name, value));
          return Future.succeededFuture();
        });
  }

  /**
   * Gives the pages that a script makes of several keys on one server.
   *
   * @param script gives the next cursor, 0 behind the last page, and a list; its first argument is
   *     the cursor
   * @param attempt gives what collects them; another one when it must begin again
   * @param taken takes a page
   */
  public static <T> Future<T> script(
      RedisLink link,
      Script script,
      List<String> keys,
      List<String> arguments,
      Supplier<T> attempt,
      BiConsumer<T, Response> taken) {
    return pages(
        link,
        keys.get(0),
        cursor ->
            Call.of(script, keys, Stream.concat(Stream.of(cursor), arguments.stream()).toList()),
        attempt,
        (collected, page) -> {
          taken.accept(collected, page);
          return Future.succeededFuture();
        });
  }

  /**
   * Gives the pages of what has the key.
   *
   * @param page gives what asks for the page at a cursor
   * @param attempt gives what collects them; another one when it must begin again
   * @param taken takes a page; the next one is read when that is done
   */
  static <T> Future<T> pages(
      RedisLink link,
      String key,
      Function<String, Call> page,
      Supplier<T> attempt,
      BiFunction<T, Response, Future<?>> taken) {
    return new Scan<>(link.options(), first -> link.pin(key, first), page, attempt, taken).begin();
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
