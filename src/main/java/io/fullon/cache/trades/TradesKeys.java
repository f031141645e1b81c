package io.fullon.cache.trades;

import io.fullon.cache.value.Names;
import java.util.List;

/**
 * Where trades are in Redis; all those of one exchange are in one Cluster slot.
 *
 * @param prefix begins every key
 */
record TradesKeys(String prefix) {

  private static final String CLAIMS = "claims:";
  private static final String ENDS = "ends:";
  private static final String STATUS = "status";

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

  /** A hash: the claims of a list. */
  String claims(String exchange, String symbol) {
    return ofExchange(exchange, CLAIMS + "list:" + symbol);
  }

  /** A hash: the claims of a user's own trades. */
  String ownClaims(String exchange, String uid) {
    return ofExchange(exchange, CLAIMS + "own:" + uid);
  }

  /** A sorted set: the claims of a list by when their time is over, in ms. */
  String ends(String exchange, String symbol) {
    return ofExchange(exchange, ENDS + "list:" + symbol);
  }

  /** The same of a user's own trades. */
  String ownEnds(String exchange, String uid) {
    return ofExchange(exchange, ENDS + "own:" + uid);
  }

  /**
   * All that the script needs for a list.
   *
   * @param list what {@link #list} or {@link #own} gives
   */
  List<String> of(String list) {
    // No exchange has a brace.
    int name = list.indexOf("}:", prefix.length()) + 2;
    String ofExchange = list.substring(0, name);
    String rest = list.substring(name);
    return List.of(list, ofExchange + CLAIMS + rest, ofExchange + ENDS + rest, ofExchange + STATUS);
  }

  /**
   * Is there for as long as a trade is remembered that was put into its list.
   *
   * @param exOrderId empty if it names no order
   */
  String recorded(String exchange, String symbol, String tradeId, String side, String exOrderId) {
    return ofExchange(exchange, "recorded:" + trade(symbol, tradeId, side, exOrderId));
  }

  /** The same of a user's own queue. */
  String recordedOwn(
      String exchange, String uid, String symbol, String tradeId, String side, String exOrderId) {
    return ofExchange(
        exchange,
        "own_recorded:" + Names.inKey(uid) + ":" + trade(symbol, tradeId, side, exOrderId));
  }

  private static String trade(String symbol, String tradeId, String side, String exOrderId) {
    return String.join(
        ":", Names.inKey(symbol), Names.inKey(tradeId), side, Names.inKey(exOrderId));
  }

  /** When a trade was last pushed, in µs. */
  String status(String exchange) {
    return ofExchange(exchange, STATUS);
  }

  /** The channel that tells of a list or queue that was empty and is not any more, by its key. */
  String pushed() {
    return prefix + "trades:pushed";
  }
}
