package io.fullon.cache.orders;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * An order id that was taken from a queue and must be acknowledged.
 *
 * @param exOrderId the order's id
 * @param receipt names this delivery in {@link OrdersCache#ackOpenOrder}
 * @param deliveries how often it was delivered, this time included
 */
public record OrderClaim(String exOrderId, String receipt, int deliveries) implements JsonValue {

  private static final int MAX_RECEIPT = 64;

  /** Reads a claim from event-bus JSON: the inverse of {@link #toJson}. */
  public static OrderClaim fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new OrderClaim(
        fields.id("ex_order_id"),
        fields.text("receipt", MAX_RECEIPT),
        (int) fields.integer("deliveries", 1, Integer.MAX_VALUE));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("ex_order_id", exOrderId)
        .put("receipt", receipt)
        .put("deliveries", deliveries)
        .json();
  }
}
