/**
 * A Redis-backed cache for trading systems as a Vert.x event-bus module. Deploy {@link
 * io.fullon.cache.FullonCacheVerticle}; then call the services, each of which has a typed client,
 * such as {@link io.fullon.cache.tick.TickCache#proxy}.
 */
package io.fullon.cache;
