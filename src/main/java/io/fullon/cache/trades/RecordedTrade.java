package io.fullon.cache.trades;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * What {@link TradesCache#recordTrade} did.
 *
 * @param trade as it was recorded first
 * @param before whether it had been recorded before
 */
public record RecordedTrade(Trade trade, boolean before) implements JsonValue {

  /** Reads it from event-bus JSON: the inverse of {@link #toJson}. */
  public static RecordedTrade fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new RecordedTrade(fields.object("trade", Trade::read), fields.flag("before", false));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields().put("trade", trade).put("before", before).json();
  }
}
