package io.fullon.cache.flow;

import io.fullon.cache.account.Position;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * A filled order that is recorded as a trade and counted in a position.
 *
 * @param trade the trade that the order makes
 * @param position the position after it
 * @param settledBefore whether the position contained it before
 */
public record Settlement(Trade trade, Position position, boolean settledBefore)
    implements JsonValue {

  /** Reads a settlement from event-bus JSON: the inverse of {@link #toJson}. */
  public static Settlement fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new Settlement(
        fields.object("trade", Trade::read),
        fields.object("position", Position::read),
        fields.flag("settled_before", false));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("trade", trade)
        .put("position", position)
        .put("settled_before", settledBefore)
        .json();
  }
}
