/**
 * The event-bus side that all services share: the endpoint that receives calls, the failures it
 * answers with, and the mapping of values to and from JSON.
 */
@ModuleGen(name = "fullon-cache-bus", groupPackage = "io.fullon.cache")
package io.fullon.cache.bus;

import io.vertx.codegen.annotations.ModuleGen;
