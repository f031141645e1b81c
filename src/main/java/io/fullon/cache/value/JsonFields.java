package io.fullon.cache.value;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * A JSON object for the event bus in the making: decimals become strings, times numbers, and what
 * is null is left out.
 */
public final class JsonFields {

  private final JsonObject json = new JsonObject();

  public JsonFields put(String name, BigDecimal decimal) {
    return putPlain(name, decimal == null ? null : Decimals.plain(decimal));
  }

  public JsonFields put(String name, Instant time) {
    return putPlain(name, time == null ? null : Times.seconds(time));
  }

  public JsonFields put(String name, String text) {
    return putPlain(name, text);
  }

  public JsonFields put(String name, Number number) {
    return putPlain(name, number);
  }

  public JsonFields put(String name, Boolean flag) {
    return putPlain(name, flag);
  }

  public JsonFields put(String name, JsonValue value) {
    return putPlain(name, value == null ? null : value.toJson());
  }

  private JsonFields putPlain(String name, Object value) {
    if (value != null) {
      json.put(name, value);
    }
    return this;
  }

  public JsonObject json() {
    return json;
  }
}
