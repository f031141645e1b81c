/**
 * The event-bus side that all services share: the endpoint that receives calls, the failures it
 * answers with, and the mapping of values to and from JSON.
 */
package io.fullon.cache.bus;
