/**
 * The link to Redis: held connections with deadlines that come back by themselves, scripts, and
 * subscriptions that prove that they are alive.
 */
package io.fullon.cache.redis;
