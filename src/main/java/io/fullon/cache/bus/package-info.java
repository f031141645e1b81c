/**
 * The calls on the event bus: the endpoint that receives those of a service, the typed client that
 * makes them, what they carry, and the failures that both give.
 */
package io.fullon.cache.bus;
