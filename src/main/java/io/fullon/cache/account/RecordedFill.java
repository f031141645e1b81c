package io.fullon.cache.account;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * What {@link AccountCache#recordFill} did.
 *
 * @param position the position after it
 * @param before whether the fill was contained in the position before
 */
public record RecordedFill(Position position, boolean before) implements JsonValue {

  /** Reads it from event-bus JSON: the inverse of {@link #toJson}. */
  public static RecordedFill fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new RecordedFill(
        fields.object("position", Position::read), fields.flag("before", false));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields().put("position", position).put("before", before).json();
  }
}
