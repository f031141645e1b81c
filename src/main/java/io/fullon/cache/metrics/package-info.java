/**
 * What operators see of all parts: the meters in Micrometer's global registry, for as long as the
 * parts live, and what keeps the log short when the same happens again and again.
 */
package io.fullon.cache.metrics;
