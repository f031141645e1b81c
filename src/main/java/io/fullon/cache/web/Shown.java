package io.fullon.cache.web;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Json.DecimalStyle;

/** A tick as the feed sends it, encoded once for all connections. */
final class Shown {

  private final Tick tick;
  private final Interest symbol;
  private final String json;

  Shown(Tick tick) {
    this.tick = tick;
    this.symbol = new Interest(tick.exchange(), tick.symbol());
    this.json = tick.encode(DecimalStyle.STRING);
  }

  Tick tick() {
    return tick;
  }

  /** Its exchange and symbol. */
  Interest symbol() {
    return symbol;
  }

  /** The tick as a JSON object. */
  String json() {
    return json;
  }
}
