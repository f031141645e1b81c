/** Makes bars of ticks: every node counts, one of them writes. */
package io.fullon.cache.candles;
