/** Trades: bounded lists of them by symbol, and each user's own. */
@ModuleGen(name = "fullon-cache-trades", groupPackage = "io.fullon.cache.trades")
package io.fullon.cache.trades;

import io.vertx.codegen.annotations.ModuleGen;
