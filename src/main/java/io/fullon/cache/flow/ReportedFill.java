package io.fullon.cache.flow;

import io.fullon.cache.account.Position;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * A part of an order that was reported.
 *
 * @param order the order after it
 * @param trade the part
 * @param position the position after it
 * @param counted false when it had been counted before, or is contained in a synchronization
 */
public record ReportedFill(Order order, Trade trade, Position position, boolean counted)
    implements JsonValue {

  /** Reads it from event-bus JSON: the inverse of {@link #toJson}. */
  public static ReportedFill fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new ReportedFill(
        fields.object("order", Order::read),
        fields.object("trade", Trade::read),
        fields.object("position", Position::read),
        fields.flag("counted", false));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("order", order)
        .put("trade", trade)
        .put("position", position)
        .put("counted", counted)
        .json();
  }
}
