/**
 * What every message is made of: exact decimals, times, names, and the reading of JSON fields with
 * errors that name the field.
 */
package io.fullon.cache.value;
