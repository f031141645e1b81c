package io.fullon.cache.bot;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * That a bot is opening a position.
 *
 * @param exchange the exchange
 * @param symbol the symbol
 * @param botId which bot
 * @param expiresAt when the mark ends by itself, by Redis' clock: that of the block under which it
 *     was made; null when that does not end
 */
public record Mark(String exchange, String symbol, String botId, Instant expiresAt)
    implements JsonValue {

  /** Reads a mark from event-bus JSON: the inverse of {@link #toJson}. */
  public static Mark fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new Mark(
        fields.exchange("exchange"),
        fields.symbol("symbol"),
        fields.id("bot_id"),
        fields.timeOrNull("expires_at"));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("exchange", exchange)
        .put("symbol", symbol)
        .put("bot_id", botId)
        .put("expires_at", expiresAt)
        .json();
  }
}
