package io.fullon.cache.value;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The fields of one JSON object, read one by one and strictly: another type than asked for is
 * refused, never coerced, and every error names the field with its path.
 *
 * <p>A field that is {@code null} is the same as one that is absent.
 */
public final class Fields {

  private final String path;
  private final Map<String, ?> values;
  private final boolean foreign;
  private final Set<String> read = new HashSet<>();

  /** The full names of all fields that were asked for, in sections too; null if nobody cares. */
  private final Set<String> asked;

  private Fields(String path, Map<String, ?> values, boolean foreign, Set<String> asked) {
    this.path = path;
    this.values = values;
    this.foreign = foreign;
    this.asked = asked;
  }

  /**
   * @param path the object's own name, which precedes those of its fields; empty for none
   * @param value a {@link JsonObject}, a {@link Map} or a {@link JsonValue}
   * @throws InvalidValueException when it is none of them
   */
  @SuppressWarnings("unchecked") // JSON's keys are strings
  public static Fields of(String path, Object value) {
    if (value instanceof JsonObject object) {
      return new Fields(path, object.getMap(), false, null);
    }
    if (value instanceof Map<?, ?> map) {
      return new Fields(path, (Map<String, ?>) map, false, null);
    }
    if (value instanceof JsonValue object) {
      return of(path, object.toJson());
    }
    throw new InvalidValueException(path.isEmpty() ? "body" : path, "must be a JSON object", value);
  }

  /** The fields of what another program wrote, where an optional number may be no usable one. */
  static Fields foreign(String path, Map<String, ?> values) {
    return new Fields(path, values, true, null);
  }

  /**
   * No fields, to learn which ones a reader asks for.
   *
   * @param asked gets their full names, those in sections too
   */
  public static Fields recording(Set<String> asked) {
    return new Fields("", Map.of(), false, asked);
  }

  /** The full name of one of its fields; of one that came in a variable, the variable's name. */
  public String name(String key) {
    return values.get(key) instanceof Variable variable ? variable.name() : path(key);
  }

  private String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** The names of all fields that are there. Not a copy, which equal hash codes would hold up. */
  public Set<String> keys() {
    return Collections.unmodifiableSet(values.keySet());
  }

  /**
   * Whether the field is there and not null. One that another program wrote, and that is a number
   * which is not finite or too long, is not there either. Whoever asks knows the field: see {@link
   * #refuseUnknown}.
   */
  public boolean has(String key) {
    Object value = raw(key);
    return value != null && !(foreign && !(value instanceof String) && Decimals.isUnusable(value));
  }

  /** The field as it came; null if absent. From now on it is a known one. */
  public Object raw(String key) {
    read.add(key);
    if (asked != null) {
      asked.add(path(key));
    }
    Object value = values.get(key);
    return value instanceof Variable variable ? variable.text() : value;
  }

  /** The field as it came, or what the text of a variable stands for. */
  private Object value(String key) {
    Object value = required(key);
    return values.get(key) instanceof Variable variable ? variable.value() : value;
  }

  public String exchange(String key) {
    return Names.exchange(name(key), required(key));
  }

  public String symbol(String key) {
    return Names.symbol(name(key), required(key));
  }

  /** The id of an order, a trade, a bot, a user; an integer is its text. */
  public String id(String key) {
    return Names.id(name(key), required(key));
  }

  /** The id, or null if absent. */
  public String idOrNull(String key) {
    return has(key) ? id(key) : null;
  }

  public BigDecimal decimal(String key) {
    return Decimals.decode(name(key), required(key));
  }

  /** The decimal, or null if absent. */
  public BigDecimal decimalOrNull(String key) {
    return has(key) && !(foreign && Decimals.isUnusable(raw(key))) ? decimal(key) : null;
  }

  public Instant time(String key) {
    return Times.decode(name(key), required(key));
  }

  /** The time, or null if absent. */
  public Instant timeOrNull(String key) {
    return has(key) ? time(key) : null;
  }

  /** A text of at most {@code max} characters, or null if absent. */
  public String textOrNull(String key, int max) {
    return has(key) ? text(key, max) : null;
  }

  /** A text of at most {@code max} characters. */
  public String text(String key, int max) {
    return text(name(key), required(key), max);
  }

  /** The same of what is secret, which no error shows. */
  public String secret(String key, int max) {
    if (required(key) instanceof String text && text.length() <= max) {
      return text;
    }
    throw new InvalidValueException(name(key), "must be a text of at most " + max + " characters");
  }

  /** The secret, or null if absent. */
  public String secretOrNull(String key, int max) {
    return has(key) ? secret(key, max) : null;
  }

  static String text(String field, Object value, int max) {
    if (value instanceof String text && text.length() <= max) {
      return text;
    }
    throw new InvalidValueException(
        field, "must be a text of at most " + max + " characters", value);
  }

  /** The truth value, or null if absent. */
  public Boolean flagOrNull(String key) {
    if (!has(key)) {
      return null;
    }
    return flag(name(key), value(key));
  }

  static Boolean flag(String field, Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw new InvalidValueException(field, "must be true or false", value);
  }

  /** The truth value, or {@code absent} if there is none. */
  public boolean flag(String key, boolean absent) {
    Boolean flag = flagOrNull(key);
    return flag == null ? absent : flag;
  }

  /** An integer from {@code min} to {@code max}; {@code 8.0} is the integer 8. */
  public long integer(String key, long min, long max) {
    return integer(name(key), value(key), min, max);
  }

  static long integer(String field, Object value, long min, long max) {
    if (value instanceof Integer || value instanceof Long) {
      long number = ((Number) value).longValue();
      if (number >= min && number <= max) {
        return number;
      }
    }
    BigDecimal integer = Decimals.integerOrNull(value);
    if (integer == null) {
      throw new InvalidValueException(field, "must be an integer", value);
    }
    // Neither expands 1E+999999999.
    if (integer.compareTo(BigDecimal.valueOf(min)) < 0
        || integer.compareTo(BigDecimal.valueOf(max)) > 0) {
      throw new InvalidValueException(field, "must be from " + min + " to " + max, value);
    }
    return integer.longValueExact();
  }

  /** The integer, or null if absent. */
  public Long integerOrNull(String key, long min, long max) {
    return has(key) ? (Long) integer(key, min, max) : null;
  }

  /** An integer, or {@code absent} if there is none. */
  public long integer(String key, long min, long max, long absent) {
    return has(key) ? integer(key, min, max) : absent;
  }

  /** The object below this one, of a variable the one in its JSON; an empty one if absent. */
  public Fields section(String key) {
    if (!has(key)) {
      return new Fields(name(key), Map.of(), false, asked);
    }
    return values.get(key) instanceof Variable variable
        ? Json.parse(variable.name(), variable.text())
        : of(name(key), raw(key));
  }

  /** Reads the object in this field. */
  public <T> T object(String key, Function<Fields, T> reader) {
    return reader.apply(of(name(key), required(key)));
  }

  /** The same; a value that is of the type already, which no JSON is, is taken as it is. */
  public <T> T object(String key, Class<T> type, Function<Fields, T> reader) {
    return element(name(key), type, reader, required(key));
  }

  private static <T> T element(
      String name, Class<T> type, Function<Fields, T> reader, Object value) {
    return type.isInstance(value) ? type.cast(value) : reader.apply(of(name, value));
  }

  /** The object in this field as it came. */
  @SuppressWarnings("unchecked") // JSON's keys are strings
  public JsonObject json(String key) {
    Object value = required(key);
    if (value instanceof JsonObject object) {
      return object;
    }
    if (value instanceof Map<?, ?> map) {
      // What came over a clustered bus.
      return new JsonObject((Map<String, Object>) map);
    }
    throw new InvalidValueException(name(key), "must be a JSON object", value);
  }

  /** The object in this field as it came, or null if absent. */
  public JsonObject jsonOrNull(String key) {
    return has(key) ? json(key) : null;
  }

  /** What the type makes of the field. */
  public <T> T value(String key, FieldType<T> type) {
    return type.read(name(key), required(key));
  }

  /** The same, or null if absent. */
  public <T> T valueOrNull(String key, FieldType<T> type) {
    return has(key) ? value(key, type) : null;
  }

  /** Reads the list of objects in this field; one bad object refuses all. */
  public <T> List<T> objects(String key, Function<Fields, T> reader) {
    List<?> elements = list(key);
    List<T> result = new ArrayList<>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      result.add(reader.apply(of(name(key) + "[" + i + "]", elements.get(i))));
    }
    return result;
  }

  /** The same; values that are of the type already, which no JSON is, are taken as they are. */
  public <T> List<T> objects(String key, Class<T> type, Function<Fields, T> reader) {
    List<?> elements = list(key);
    List<T> result = new ArrayList<>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      result.add(element(name(key) + "[" + i + "]", type, reader, elements.get(i)));
    }
    return result;
  }

  /** The elements of the list in this field, as they came. */
  public List<?> list(String key) {
    Object value = required(key);
    if (value instanceof JsonArray array) {
      return array.getList();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw new InvalidValueException(name(key), "must be a list", value);
  }

  /** All fields but these, as they came. */
  public JsonObject without(Set<String> known) {
    JsonObject others = new JsonObject();
    values.forEach(
        (key, value) -> {
          if (!known.contains(key)) {
            others.put(key, value);
          }
        });
    return others;
  }

  /** The same fields, these in the place of those of their names. */
  public Fields with(Map<String, ?> others) {
    Map<String, Object> all = new HashMap<>(values);
    all.putAll(others);
    return new Fields(path, all, foreign, asked);
  }

  /** The field as it came, without making it a known one; null if absent. */
  Object given(String key) {
    return values.get(key);
  }

  /** Whether another program wrote them. */
  boolean isForeign() {
    return foreign;
  }

  /** The object's own name; empty for none. */
  String path() {
    return path;
  }

  /**
   * Refuses fields that nobody has asked for.
   *
   * @throws InvalidValueException naming the first of them and the ones there are
   */
  public void refuseUnknown() {
    Optional<String> unknown =
        new TreeSet<>(values.keySet()).stream().filter(key -> !read.contains(key)).findFirst();
    if (unknown.isPresent()) {
      throw new InvalidValueException(
          name(unknown.get()), "unknown key; there are " + String.join(", ", new TreeSet<>(read)));
    }
  }

  private Object required(String key) {
    Object value = raw(key);
    if (value == null) {
      throw new InvalidValueException(name(key), "is missing");
    }
    return value;
  }
}
