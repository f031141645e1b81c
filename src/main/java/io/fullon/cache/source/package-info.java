/** Where ticks come from: a simulated market, recorded ticks. */
package io.fullon.cache.source;
