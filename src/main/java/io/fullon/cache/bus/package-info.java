/**
 * The event-bus side that all services share: the endpoint that receives calls, the failures it
 * answers with, the mapping of values to and from JSON, and what keeps the log short.
 */
package io.fullon.cache.bus;
