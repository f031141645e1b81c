package io.fullon.cache.web;

import io.fullon.cache.value.Names;

/**
 * What one subscription is for.
 *
 * @param exchange an exchange, or {@code *} for all, also for those that appear later
 * @param symbol a symbol, or {@code *} for all
 */
record Interest(String exchange, String symbol) {

  boolean matches(String tickExchange, String tickSymbol) {
    return (exchange.equals(Names.ANY) || exchange.equals(tickExchange))
        && (symbol.equals(Names.ANY) || symbol.equals(tickSymbol));
  }
}
