/** What is stored is told on every node: what the events of all domains have in common. */
package io.fullon.cache.events;
