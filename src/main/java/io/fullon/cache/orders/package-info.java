/** Orders: what became of each, and the queues of those that are open. */
package io.fullon.cache.orders;
