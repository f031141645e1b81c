/**
 * Where ticks come from: exchanges, a simulated market, recorded ticks. An exchange is a {@link
 * io.fullon.cache.source.Venue}, which has what is different from others; all that is the same is
 * here once.
 */
package io.fullon.cache.source;
