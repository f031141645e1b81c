package io.fullon.cache.trades;

import io.fullon.cache.value.Names;

/**
 * Where trades are in Redis; all those of one exchange are in one Cluster slot.
 *
 * @param prefix begins every key
 */
record TradesKeys(String prefix) {

  private String ofExchange(String exchange, String rest) {
    return prefix + "{trades:" + exchange + "}:" + rest;
  }

  /** A list: trades as JSON, oldest first. */
  String list(String exchange, String symbol) {
    return ofExchange(exchange, "list:" + symbol);
  }

  /** A list: a user's own trades. */
  String own(String exchange, String uid) {
    return ofExchange(exchange, "own:" + uid);
  }

  /** A trade that is recorded once; is there for as long as it is remembered. */
  String recorded(String exchange, String symbol, String tradeId) {
    return ofExchange(exchange, "recorded:" + Names.inKey(symbol) + ":" + tradeId);
  }

  /** When a trade was last pushed, in µs. */
  String status(String exchange) {
    return ofExchange(exchange, "status");
  }

  /** The channel that tells of a user's queue that was empty and is not any more, by its key. */
  String pushed() {
    return prefix + "trades:pushed";
  }
}
