/**
 * The event-bus side that all services share: the endpoint that receives calls, the typed client
 * that makes them, the failures that both give, values as JSON, and what keeps the log short.
 */
package io.fullon.cache.bus;
