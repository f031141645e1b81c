package io.fullon.cache.flow;

import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;

/**
 * What is known of a symbol together with its latest tick.
 *
 * @param symbol the symbol
 * @param tick its latest tick
 * @param aligned whether the tick's price is on the symbol's tick size
 * @param alignedPrice the nearest price on the tick size, halves up
 * @param formattedPrice the tick's own price as it is displayed, in the symbol's precision
 */
public record Quote(
    Symbol symbol, Tick tick, boolean aligned, BigDecimal alignedPrice, String formattedPrice)
    implements JsonValue {

  static Quote of(Symbol symbol, Tick tick) {
    return new Quote(
        symbol,
        tick,
        symbol.isOnTickSize(tick.price()),
        symbol.align(tick.price()),
        symbol.format(tick.price()));
  }

  /** Reads a quote from event-bus JSON: the inverse of {@link #toJson}. */
  public static Quote fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return of(fields.object("symbol", Symbol::read), fields.object("tick", Tick::read));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("symbol", symbol)
        .put("tick", tick)
        .put("aligned", aligned)
        .put("aligned_price", alignedPrice)
        .put("formatted_price", formattedPrice)
        .json();
  }
}
