package io.fullon.cache.trades;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Trades that were taken and must be acknowledged.
 *
 * @param trades oldest first; at least one
 * @param receipt names this delivery in {@link TradesCache#ackTrades} or {@link
 *     TradesCache#ackMyTrades}
 * @param deliveries how often they were delivered, this time included
 */
public record TradesClaim(List<Trade> trades, String receipt, int deliveries) implements JsonValue {

  static final int MAX_RECEIPT = 64;

  public TradesClaim {
    trades = List.copyOf(trades);
  }

  /** Reads a claim from event-bus JSON: the inverse of {@link #toJson}. */
  public static TradesClaim fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new TradesClaim(
        fields.objects("trades", Trade::read),
        fields.text("receipt", MAX_RECEIPT),
        (int) fields.integer("deliveries", 1, Integer.MAX_VALUE));
  }

  @Override
  public JsonObject toJson() {
    JsonArray array = new JsonArray();
    trades.forEach(trade -> array.add(trade.toJson()));
    return new JsonFields()
        .put("receipt", receipt)
        .put("deliveries", deliveries)
        .json()
        .put("trades", array);
  }
}
