/** Tickers: the latest price of every symbol, and every change of it. */
package io.fullon.cache.tick;
