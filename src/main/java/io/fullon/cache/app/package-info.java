/** The runnable application: the command line, and a Redis server of its own. */
package io.fullon.cache.app;
