package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The master is always behind the same address, whichever server that leads to. */
record FixedMaster(Vertx vertx, RedisLinkOptions options) implements Masters {

  @Override
  public Topology topology(String name, Runnable changed) {
    return new SingleServer(
        vertx,
        options,
        name,
        () -> Future.succeededFuture(options.uri()),
        options::uri,
        new Followers(),
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
