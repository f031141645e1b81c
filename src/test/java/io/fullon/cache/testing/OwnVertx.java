package io.fullon.cache.testing;

import io.vertx.core.Vertx;

/** The Vert.x of one test or class. {@code close} waits until it is closed. */
public record OwnVertx(Vertx vertx) implements AutoCloseable {

  public OwnVertx() {
    this(Vertx.vertx());
  }

  @Override
  public void close() {
    CacheNode.get(vertx.close());
  }
}
