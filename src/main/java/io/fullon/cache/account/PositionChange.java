package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A position that was changed, and what did it.
 *
 * @param position after it; neutral when it was deleted
 * @param cause what did it
 * @param fill the fill, or that part of it which was not counted before; else null
 * @param adjustment the adjustment; else null
 * @param asOf the time of the synchronization; null for one without, or for anything else
 */
public record PositionChange(
    Position position, Cause cause, Trade fill, Adjustment adjustment, Instant asOf)
    implements JsonValue {

  /** What changes a position. */
  public enum Cause {
    /** It was counted. */
    FILL("fill"),
    /** It was made. */
    ADJUSTMENT("adjustment"),
    /** The position was saved. */
    SYNC("sync"),
    /** The position is not there any more. */
    DELETION("deletion"),
    /** It is not known what, since messages were missed. */
    GAP("gap");

    private static final FieldType<Cause> TYPE =
        FieldType.oneOf("positionCause", Cause.class, values());

    private final String text;

    Cause(String text) {
      this.text = text;
    }

    /** As JSON has it. */
    @Override
    public String toString() {
      return text;
    }
  }

  static PositionChange of(Position position, Trade fill) {
    return new PositionChange(position, Cause.FILL, fill, null, null);
  }

  static PositionChange of(Position position, Adjustment adjustment) {
    return new PositionChange(position, Cause.ADJUSTMENT, null, adjustment, null);
  }

  static PositionChange of(Position position, Instant asOf) {
    return new PositionChange(position, Cause.SYNC, null, null, asOf);
  }

  static PositionChange of(Position position, Cause cause) {
    return new PositionChange(position, cause, null, null, null);
  }

  static PositionChange read(Fields fields) {
    return new PositionChange(
        fields.object("position", Position::read),
        Cause.TYPE.read("cause", fields.raw("cause")),
        fields.has("fill") ? fields.object("fill", Trade::read) : null,
        fields.has("adjustment") ? fields.object("adjustment", Adjustment::read) : null,
        fields.timeOrNull("as_of"));
  }

  /** Reads it from event-bus JSON: the inverse of {@link #toJson}. */
  public static PositionChange fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  /** JSON text with every digit: what is published. */
  String encode() {
    StringBuilder json = new StringBuilder(1_024);
    json.append("{\"position\":").append(position.encode());
    json.append(",\"cause\":\"").append(cause).append('"');
    if (fill != null) {
      json.append(",\"fill\":").append(fill.encode());
    }
    if (adjustment != null) {
      json.append(",\"adjustment\":").append(adjustment.encode());
    }
    if (asOf != null) {
      Times.append(json.append(",\"as_of\":"), asOf);
    }
    return json.append('}').toString();
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("position", position)
        .put("cause", cause.toString())
        .put("fill", fill)
        .put("adjustment", adjustment)
        .put("as_of", asOf)
        .json();
  }
}
