package io.fullon.cache.web;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Json.DecimalStyle;

/** A tick as the feed sends it, encoded once for all connections. */
final class Shown {

  private final Tick tick;
  private final String json;

  Shown(Tick tick) {
    this.tick = tick;
    this.json = tick.encode(DecimalStyle.STRING);
  }

  Tick tick() {
    return tick;
  }

  String exchange() {
    return tick.exchange();
  }

  String symbol() {
    return tick.symbol();
  }

  /** The tick as a JSON object. */
  String json() {
    return json;
  }
}
