package io.fullon.cache.redis;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.Shareable;

/**
 * The event loop of what a node (Vert.x instance) has once: what it hears from Redis, and the table
 * of ticks that is kept by that. A message passes from one to the other without a hop. Only the
 * inside of Vert.x gives a context that outlives the verticle which happens to be first.
 */
public final class NodeContext implements Shareable {

  private static final String SHARED = "fullon.node.context";

  private final Context context;

  private NodeContext(Vertx vertx) {
    this.context = ((VertxInternal) vertx).createEventLoopContext();
  }

  /** The node's own; the same one as long as there is the node. */
  public static Context of(Vertx vertx) {
    return vertx
        .sharedData()
        .<String, NodeContext>getLocalMap(SHARED)
        .computeIfAbsent(SHARED, key -> new NodeContext(vertx))
        .context;
  }
}
