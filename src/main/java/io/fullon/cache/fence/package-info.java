/** Fences: writes that only the holder of a block can make, as bots and orders speak of them. */
package io.fullon.cache.fence;
