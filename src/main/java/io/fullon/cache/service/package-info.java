/** What all services on the event bus have in common. */
package io.fullon.cache.service;
