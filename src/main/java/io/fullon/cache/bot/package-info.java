/** Bots: which of them may trade what, and how each is doing. */
@ModuleGen(name = "fullon-cache-bot", groupPackage = "io.fullon.cache.bot")
package io.fullon.cache.bot;

import io.vertx.codegen.annotations.ModuleGen;
