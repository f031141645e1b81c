package io.fullon.cache.account;

import io.fullon.cache.fill.HedgeSide;

/** What a symbol says of its currencies: {@code BASE/QUOTE} or {@code BASE/QUOTE:SETTLE-EXPIRY}. */
final class Markets {

  private Markets() {}

  /** How a position is named in hashes: by its symbol, which has no spaces, and its side. */
  static String field(String symbol, HedgeSide side) {
    return side == null || side == HedgeSide.BOTH ? symbol : symbol + " " + side;
  }

  /** Whether it is that of a contract, which is settled in a currency of its own. */
  static boolean isContract(String symbol) {
    return symbol.indexOf(':') >= 0;
  }

  /** The currency of prices, profits and fees of which none is told; null when it is not known. */
  static String settle(String symbol) {
    int settle = symbol.indexOf(':');
    if (settle >= 0) {
      int end = symbol.indexOf('-', settle);
      return symbol.substring(settle + 1, end < 0 ? symbol.length() : end);
    }
    int quote = symbol.indexOf('/');
    return quote < 0 ? null : symbol.substring(quote + 1);
  }

  /** What is held when it is bought; null for a contract, or when it is not known. */
  static String base(String symbol) {
    int end = symbol.indexOf('/');
    return end < 0 || isContract(symbol) ? null : symbol.substring(0, end);
  }
}
