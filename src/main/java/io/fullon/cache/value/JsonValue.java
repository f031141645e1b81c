package io.fullon.cache.value;

import io.vertx.core.json.JsonObject;

/**
 * An immutable value that travels on the event bus as a JSON object. Its class has a public static
 * {@code fromJson(JsonObject)}, the inverse of {@link #toJson}.
 */
public interface JsonValue {

  /** The object as the bus carries it: decimals as strings, times as numbers, no nulls. */
  JsonObject toJson();
}
