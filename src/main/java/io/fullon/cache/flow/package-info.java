/** What crosses caches: quotes, settlement, and work that a bot does under a block. */
@ModuleGen(name = "fullon-cache-flow", groupPackage = "io.fullon.cache.flow")
package io.fullon.cache.flow;

import io.vertx.codegen.annotations.ModuleGen;
