package io.fullon.cache.account;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * What {@link AccountCache#applyFill} did.
 *
 * @param position the position after it
 * @param counted false when the fill had been counted before, or is contained in what was
 *     synchronized
 */
public record AppliedFill(Position position, boolean counted) implements JsonValue {

  /** Reads it from event-bus JSON: the inverse of {@link #toJson}. */
  public static AppliedFill fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new AppliedFill(
        fields.object("position", Position::read), fields.flag("counted", false));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields().put("position", position).put("counted", counted).json();
  }
}
