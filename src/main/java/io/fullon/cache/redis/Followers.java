package io.fullon.cache.redis;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Those who want to know that something of the node's has changed, each on its own context. */
final class Followers {

  private final Map<Runnable, Context> followers = new ConcurrentHashMap<>();

  /** Has it called on the current context, also once more while it is being removed. */
  void add(Runnable follower) {
    followers.put(follower, Vertx.currentContext());
  }

  void remove(Runnable follower) {
    followers.remove(follower);
  }

  void tell() {
    followers.forEach((follower, context) -> context.runOnContext(v -> follower.run()));
  }
}
