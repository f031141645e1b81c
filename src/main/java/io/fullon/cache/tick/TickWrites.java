package io.fullon.cache.tick;

import io.fullon.cache.redis.RedisLink;
import io.vertx.core.Vertx;

/** Whether ticks can be stored, which those that are served do not tell. */
public final class TickWrites {

  private TickWrites() {}

  /** Whether Redis takes them from this node, as far as is known; on any thread. */
  public static boolean areTaken(Vertx vertx) {
    return RedisLink.takesWrites(vertx);
  }
}
