/** The exchanges that there is a source for: one class each, with what differs from the others. */
package io.fullon.cache.source.venue;
