/** The meters of all parts, in Micrometer's global registry, for as long as the parts live. */
package io.fullon.cache.metrics;
