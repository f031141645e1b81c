package io.fullon.cache.web;

import io.fullon.cache.value.Names;

/**
 * What one subscription is for.
 *
 * @param exchange an exchange, or {@code *} for all, also for those that appear later
 * @param symbol a symbol, or {@code *} for all
 */
record Interest(String exchange, String symbol) {

  static final Interest ALL = new Interest(Names.ANY, Names.ANY);
}
