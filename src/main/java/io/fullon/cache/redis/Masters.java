package io.fullon.cache.redis;

import io.vertx.core.Future;

/** Knows who is master of what, once for all links of a node. */
interface Masters {

  /**
   * The way to all masters, for who is on the current event loop.
   *
   * @param name tells its links from others in logs
   * @param changed told whenever one of them comes up or goes down
   */
  Topology topology(String name, Runnable changed);

  /**
   * The master that has the key, as {@link Topology#members()} calls it; null when nobody knows.
   * May be called on any thread.
   */
  String masterOf(String key);

  Future<Void> close();
}
