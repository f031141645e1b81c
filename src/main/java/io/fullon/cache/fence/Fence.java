package io.fullon.cache.fence;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Names;
import io.vertx.core.json.JsonObject;

/**
 * Which block must be held, so that something may be done. Every instance is valid.
 *
 * @param exchange the block's exchange
 * @param symbol the block's symbol
 * @param token with which it must be held
 */
public record Fence(String exchange, String symbol, long token) implements JsonValue {

  /**
   * @throws InvalidValueException naming what no block can have
   */
  public Fence {
    Names.exchange("exchange", exchange);
    Names.symbol("symbol", symbol);
    if (token < 0) {
      throw new InvalidValueException("token", "must be from 0 to " + Long.MAX_VALUE, token);
    }
  }

  /** Reads a fence. */
  public static Fence read(Fields fields) {
    return new Fence(
        fields.exchange("exchange"),
        fields.symbol("symbol"),
        fields.integer("token", 0, Long.MAX_VALUE));
  }

  /** Reads a fence from event-bus JSON: the inverse of {@link #toJson}. */
  public static Fence fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("exchange", exchange)
        .put("symbol", symbol)
        .put("token", token)
        .json();
  }
}
