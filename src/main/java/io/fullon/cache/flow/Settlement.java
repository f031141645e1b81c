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
 * @param trade the last that settling made of the order; null when it made none
 * @param position the position after it
 * @param counted whether something was counted now
 * @param settledBefore whether nothing was left to count
 */
public record Settlement(Trade trade, Position position, boolean counted, boolean settledBefore)
    implements JsonValue {

  /** Reads a settlement from event-bus JSON: the inverse of {@link #toJson}. */
  public static Settlement fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new Settlement(
        fields.has("trade") ? fields.object("trade", Trade::read) : null,
        fields.object("position", Position::read),
        fields.flag("counted", false),
        fields.flag("settled_before", false));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("trade", trade)
        .put("position", position)
        .put("counted", counted)
        .put("settled_before", settledBefore)
        .json();
  }
}
