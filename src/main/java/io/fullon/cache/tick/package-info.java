/** Tickers: the latest price of every symbol, and every change of it. */
@ModuleGen(name = "fullon-cache-tick", groupPackage = "io.fullon.cache.tick")
package io.fullon.cache.tick;

import io.vertx.codegen.annotations.ModuleGen;
