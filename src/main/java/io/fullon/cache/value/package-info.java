/**
 * What every message is made of: exact decimals, times and names; JSON, whose fields are read with
 * errors that name the field, and written with every digit; and why something failed, in one line.
 */
package io.fullon.cache.value;
