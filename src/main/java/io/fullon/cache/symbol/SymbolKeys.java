package io.fullon.cache.symbol;

/** Where symbols are in Redis, shared with other programs, above all the Python package. */
final class SymbolKeys {

  /** Begins the keys of the symbols. */
  static final String SYMBOLS = "symbols_list:";

  private SymbolKeys() {}

  /** A hash: symbol → symbol as JSON. */
  static String symbols(String exchange) {
    return SYMBOLS + exchange;
  }
}
