/** Accounts: positions, what fills make of them, and balances. */
@ModuleGen(name = "fullon-cache-account", groupPackage = "io.fullon.cache.account")
package io.fullon.cache.account;

import io.vertx.codegen.annotations.ModuleGen;
