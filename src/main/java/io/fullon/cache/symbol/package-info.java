/** Symbols: what can be traded on an exchange, and in which steps. */
@ModuleGen(name = "fullon-cache-symbol", groupPackage = "io.fullon.cache.symbol")
package io.fullon.cache.symbol;

import io.vertx.codegen.annotations.ModuleGen;
