/** Processes: who is alive, in the registry that the Python package has too. */
package io.fullon.cache.process;
