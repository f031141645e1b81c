package io.fullon.cache.bus;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** How the event bus carries the parameters and the results of calls between nodes. */
final class BusJson {

  /** What the bus carries as it is. */
  private static final Set<Type> PLAIN =
      Set.of(Boolean.class, Integer.class, Long.class, String.class, JsonObject.class);

  private BusJson() {}

  /** The value as JSON: decimals are strings, times numbers. */
  static Object toJson(Object value) {
    if (value instanceof BigDecimal decimal) {
      return toJson(decimal);
    }
    if (value instanceof Instant time) {
      return toJson(time);
    }
    if (value instanceof JsonValue object) {
      return object.toJson();
    }
    if (value instanceof List<?> list) {
      JsonArray array = new JsonArray(new ArrayList<>(list.size()));
      list.forEach(element -> array.add(toJson(element)));
      return array;
    }
    return value instanceof Enum<?> ? value.toString() : value;
  }

  /** One that does not fit goes as it is: the service refuses it, and can name the parameter. */
  private static String toJson(BigDecimal decimal) {
    return Decimals.fits(decimal) ? Decimals.plain(decimal) : decimal.toString();
  }

  /** One that does not fit goes without its fraction: the service refuses it, and names it. */
  private static Number toJson(Instant time) {
    try {
      return Times.seconds(Times.check("time", time));
    } catch (InvalidValueException e) {
      return time.getEpochSecond();
    }
  }

  /**
   * What makes values of the type of what the bus brought.
   *
   * @throws IllegalArgumentException when the bus cannot carry the type
   */
  static UnaryOperator<Object> reader(Type type) {
    if (type == Void.class) {
      return json -> null;
    }
    if (type == BigDecimal.class) {
      return json -> json == null ? null : Decimals.decode("result", json);
    }
    if (type == Instant.class) {
      return json -> json == null ? null : Times.decode("result", json);
    }
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      UnaryOperator<Object> element = reader(list.getActualTypeArguments()[0]);
      return json -> ((JsonArray) json).stream().map(element).collect(Collectors.toList());
    }
    if (type instanceof Class<?> value && JsonValue.class.isAssignableFrom(value)) {
      return valueReader(value);
    }
    if (PLAIN.contains(type)) {
      return ((Class<?>) type)::cast;
    }
    throw new IllegalArgumentException("The event bus cannot carry " + type);
  }

  private static UnaryOperator<Object> valueReader(Class<?> type) {
    try {
      Method fromJson = type.getMethod("fromJson", JsonObject.class);
      return json -> json == null ? null : read(fromJson, json);
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(type + " has no fromJson(JsonObject)", e);
    }
  }

  private static Object read(Method fromJson, Object json) {
    try {
      return fromJson.invoke(null, json);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("The answer cannot be read: " + e.getCause(), e);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
