package io.fullon.cache.ohlcv;

import io.fullon.cache.value.Names;
import java.util.ArrayList;
import java.util.List;

/**
 * Where bars are in Redis; all those of one market are in one Cluster slot.
 *
 * @param prefix begins every key
 */
record OhlcvKeys(String prefix) {

  private String ofMarket(String exchange, String symbol) {
    return prefix + "{ohlcv:" + exchange + ":" + Names.inKey(symbol) + "}:";
  }

  /** A sorted set: bars by when they begin, in seconds. */
  String bars(String exchange, String symbol, String timeframe) {
    return ofMarket(exchange, symbol) + timeframe;
  }

  /** A hash: of a timeframe bars that are gone while a longer bar of them goes on. */
  String lost(String exchange, String symbol) {
    return ofMarket(exchange, symbol) + "bars:lost";
  }

  /** Those of all timeframes, the shortest first, as the scripts need them. */
  List<String> all(String exchange, String symbol) {
    String ofMarket = ofMarket(exchange, symbol);
    List<String> keys = new ArrayList<>();
    for (Timeframe timeframe : Timeframe.values()) {
      keys.add(ofMarket + timeframe);
    }
    return keys;
  }

  /** Which node writes the bars that are made of ticks. */
  String writer() {
    return prefix + "ohlcv:writer";
  }

  /** The channel that tells what is stored. */
  String updates() {
    return prefix + "ohlcv:updates";
  }
}
