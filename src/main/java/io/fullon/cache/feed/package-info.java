/**
 * The feed of tickers: its protocol, the board of the latest ticks, and how they get from there to
 * each client. Who may connect, and all else that goes over HTTP, is decided elsewhere.
 */
package io.fullon.cache.feed;
