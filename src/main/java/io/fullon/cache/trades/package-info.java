/** Trades: bounded lists of them by symbol, and each user's own. */
package io.fullon.cache.trades;
