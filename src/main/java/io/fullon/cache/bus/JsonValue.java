package io.fullon.cache.bus;

import io.vertx.core.json.JsonObject;

/** A value that travels on the event bus as a JSON object. */
public interface JsonValue {

  /** The object as the bus carries it: decimals as strings, times as numbers, no nulls. */
  JsonObject toJson();
}
