package io.fullon.cache.redis;

import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A hash that other programs may write, in pages of at most {@link #SIZE} fields. Not more than two
 * megabytes are in memory at once, whatever is there.
 */
public final class ForeignPages {

  /** How many fields a page has at most. */
  public static final int SIZE = 500;

  private static final Script PAGE = Script.load("hash-page");
  private static final Script VALUES = Script.load("hash-values");

  /** In bytes: the longest name of a symbol, whose 64 characters have at most four each. */
  private static final String MAX_NAME = "256";

  private static final String MAX_VALUE = String.valueOf(Json.MAX_FOREIGN_BYTES);

  private static final String ANY_LENGTH = "1000000000";

  /** Not even an empty one. */
  private static final String NO_VALUE = "-1";

  /** The cursor that begins a scan, and that ends it. */
  private static final String FIRST = "0";

  private ForeignPages() {}

  /**
   * A field.
   *
   * @param name what is too long for a symbol's name is cut, and no such name then either
   * @param text its value; null when there is no such field, or when it is too long
   * @param bytes how long the value is that is too long; else 0
   */
  public record Field(String name, String text, long bytes) {

    public static Field absent(String name) {
      return new Field(name, null, 0);
    }

    private static Field of(String name, Response value) {
      if (value == null) {
        return absent(name);
      }
      return value.type() == ResponseType.NUMBER
          ? new Field(name, null, value.toLong())
          : new Field(name, value.toString(), 0);
    }

    public boolean isTooLong() {
      return bytes > 0;
    }

    public boolean isAbsent() {
      return text == null && bytes == 0;
    }
  }

  /**
   * Reads fields by name.
   *
   * @param names at most {@link #SIZE}
   * @return those of the first names, of one at least
   */
  public static Future<List<Field>> named(RedisLink link, String key, List<String> names) {
    List<String> arguments = new ArrayList<>(1 + names.size());
    arguments.add(MAX_VALUE);
    arguments.addAll(names);
    return link.read(VALUES, key, arguments)
        .map(
            values -> {
              List<Field> fields = new ArrayList<>(values.size());
              for (int i = 0; i < values.size(); i++) {
                fields.add(Field.of(names.get(i), values.get(i)));
              }
              return fields;
            });
  }

  /** Gives every name, whole, some perhaps twice, page by page. */
  public static Future<Void> names(
      RedisLink link, String key, Function<List<String>, Future<Void>> taker) {
    Promise<Void> done = Promise.promise();
    next(
        cursor -> link.read(PAGE, key, List.of(cursor, ANY_LENGTH, NO_VALUE)),
        page -> taker.apply(fields(page).stream().map(Field::name).toList()),
        FIRST,
        done);
    return done.future();
  }

  /**
   * Gives every field, some perhaps twice, page by page.
   *
   * @param taker takes a page; the next one is read when it is done
   */
  public static Future<Void> all(
      RedisLink link, String key, Function<List<Field>, Future<Void>> taker) {
    Promise<Void> done = Promise.promise();
    next(
        cursor -> link.read(PAGE, key, List.of(cursor, MAX_NAME, MAX_VALUE)),
        page -> taker.apply(fields(page)),
        FIRST,
        done);
    return done.future();
  }

  // Not a chain of futures: completing one that is thousands long overflows the stack.
  private static void next(
      Function<String, Future<Response>> read,
      Function<Response, Future<Void>> taker,
      String cursor,
      Promise<Void> done) {
    read.apply(cursor)
        .compose(answer -> taker.apply(answer.get(1)).map(answer.get(0).toString()))
        .onFailure(done::fail)
        .onSuccess(
            more -> {
              if (more.equals(FIRST)) {
                done.complete();
              } else {
                next(read, taker, more, done);
              }
            });
  }

  private static List<Field> fields(Response page) {
    List<Field> fields = new ArrayList<>(page.size() / 2);
    for (int i = 0; i < page.size(); i += 2) {
      fields.add(Field.of(page.get(i).toString(), page.get(i + 1)));
    }
    return fields;
  }
}
