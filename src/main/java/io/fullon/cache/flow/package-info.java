/** What crosses caches: quotes, settlement, and work that a bot does under a block. */
package io.fullon.cache.flow;
