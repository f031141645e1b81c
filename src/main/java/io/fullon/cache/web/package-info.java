/**
 * The gateway to the browser: the live page, the WebSocket feed of tickers, health and metrics over
 * HTTP.
 */
package io.fullon.cache.web;
