package io.fullon.cache.trades;

import io.fullon.cache.events.Domain;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Json;

/** Tells trades that are put into lists: by exchange and symbol. */
final class TradeEvents implements Domain {

  @Override
  public Object read(String exchange, String symbol, String text) {
    return Trade.read(Json.parse("trade", text));
  }
}
