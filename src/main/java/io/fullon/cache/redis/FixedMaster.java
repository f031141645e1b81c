package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The master is always behind the same address, whichever server that leads to. */
final class FixedMaster implements Masters {

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final Followers followers = new Followers();

  FixedMaster(Vertx vertx, RedisLinkOptions options) {
    this.vertx = vertx;
    this.options = options;
  }

  @Override
  public Topology topology(String name, Runnable changed) {
    return new SingleServer(
        vertx,
        options,
        name,
        () -> Future.succeededFuture(options.uri()),
        options::uri,
        followers,
        changed);
  }

  @Override
  public String masterOf(String key) {
    return SingleServer.NAME;
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
