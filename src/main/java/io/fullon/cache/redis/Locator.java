package io.fullon.cache.redis;

import io.vertx.core.Future;

/** Finds the server that a connection goes to, anew for each attempt: it may be another one now. */
@FunctionalInterface
interface Locator {

  /** Gives the server, on the caller's context; fails when nobody knows one. */
  Future<RedisUri> locate();
}
