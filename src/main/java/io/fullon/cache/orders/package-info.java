/** Orders: what became of each, and the queues of those that are open. */
@ModuleGen(name = "fullon-cache-orders", groupPackage = "io.fullon.cache.orders")
package io.fullon.cache.orders;

import io.vertx.codegen.annotations.ModuleGen;
