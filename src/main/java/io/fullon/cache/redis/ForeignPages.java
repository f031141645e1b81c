package io.fullon.cache.redis;

import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;

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
    return link.read(VALUES, List.of(key), arguments)
        .map(
            values -> {
              List<Field> fields = new ArrayList<>(values.size());
              for (int i = 0; i < values.size(); i++) {
                fields.add(Field.of(names.get(i), values.get(i)));
              }
              return fields;
            });
  }

  /** Gives every name, whole, some perhaps twice, page by page; else like {@link #all}. */
  public static <T> Future<T> names(
      RedisLink link,
      String key,
      Supplier<T> attempt,
      BiFunction<T, List<String>, Future<?>> taken) {
    return Scans.pages(
        link,
        key,
        cursor -> Call.of(PAGE, List.of(key), List.of(cursor, ANY_LENGTH, NO_VALUE)),
        attempt,
        (collected, page) ->
            taken.apply(collected, fields(page).stream().map(Field::name).toList()));
  }

  /**
   * Gives every field, some perhaps twice, page by page.
   *
   * @param attempt gives what collects them; another one when the listing must begin again
   * @param taken takes a page; the next one is read when that is done
   * @return what has collected all of them
   */
  public static <T> Future<T> all(
      RedisLink link,
      String key,
      Supplier<T> attempt,
      BiFunction<T, List<Field>, Future<?>> taken) {
    return Scans.pages(
        link,
        key,
        cursor -> Call.of(PAGE, List.of(key), List.of(cursor, MAX_NAME, MAX_VALUE)),
        attempt,
        (collected, page) -> taken.apply(collected, fields(page)));
  }

  private static List<Field> fields(Response page) {
    List<Field> fields = new ArrayList<>(page.size() / 2);
    for (int i = 0; i < page.size(); i += 2) {
      fields.add(Field.of(page.get(i).toString(), page.get(i + 1)));
    }
    return fields;
  }
}
