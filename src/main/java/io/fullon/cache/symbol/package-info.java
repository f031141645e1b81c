/** Symbols: what can be traded on an exchange, and in which steps. */
package io.fullon.cache.symbol;
