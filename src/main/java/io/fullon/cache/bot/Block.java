package io.fullon.cache.bot;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A bot's sole right to trade a symbol on an exchange.
 *
 * @param exchange the exchange
 * @param symbol the symbol
 * @param botId who has the right
 * @param token a fencing token: grows with every acquisition, so that whoever receives it from two
 *     bots knows which of them is out of date
 * @param expiresAt when the right ends by itself, by Redis' clock; null when it does not
 */
public record Block(String exchange, String symbol, String botId, long token, Instant expiresAt)
    implements JsonValue {

  /** Reads a block from event-bus JSON: the inverse of {@link #toJson}. */
  public static Block fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  static Block read(Fields fields) {
    return new Block(
        fields.exchange("exchange"),
        fields.symbol("symbol"),
        fields.id("bot_id"),
        fields.integer("token", 1, Long.MAX_VALUE),
        fields.timeOrNull("expires_at"));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("exchange", exchange)
        .put("symbol", symbol)
        .put("bot_id", botId)
        .put("token", token)
        .put("expires_at", expiresAt)
        .json();
  }
}
