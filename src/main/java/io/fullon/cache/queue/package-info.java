/** Queues in Redis: callers who wait for what others put into them. */
package io.fullon.cache.queue;
