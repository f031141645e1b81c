/** Fills: the trades that orders end in, as all domains speak of them. */
package io.fullon.cache.fill;
