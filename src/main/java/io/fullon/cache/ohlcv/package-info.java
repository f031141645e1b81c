/** Bars: what the price of a market did in a minute, an hour, a day. */
package io.fullon.cache.ohlcv;
