/**
 * What all services have in common: the verticle that opens a link to Redis and serves the event
 * bus, and its configuration.
 */
package io.fullon.cache.service;
