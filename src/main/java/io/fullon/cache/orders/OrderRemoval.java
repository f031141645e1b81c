package io.fullon.cache.orders;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * That an order is not there any more: it was deleted, ended by time, or became part of the one to
 * which its id was bound, which is told before.
 *
 * @param exId where it was
 * @param exOrderId which one
 */
public record OrderRemoval(String exId, String exOrderId) implements JsonValue {

  /** Reads it from event-bus JSON: the inverse of {@link #toJson}. */
  public static OrderRemoval fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new OrderRemoval(fields.id("ex_id"), fields.id("ex_order_id"));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields().put("ex_id", exId).put("ex_order_id", exOrderId).json();
  }
}
