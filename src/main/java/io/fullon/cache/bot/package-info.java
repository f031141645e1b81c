/** Bots: which of them may trade what, and how each is doing. */
package io.fullon.cache.bot;
