/**
 * The gateway to the browser over HTTP: the live page, who may connect to the feed, health and
 * metrics.
 */
package io.fullon.cache.web;
