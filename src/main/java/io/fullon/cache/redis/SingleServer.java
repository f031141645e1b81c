package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.List;

/** One server has everything: always the same one, or whichever the Sentinels name. */
final class SingleServer implements Topology {

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final Questions questions;
  private final Locator locator;
  private final ServerLink link;
  private final boolean replaceable;
  private boolean asking;
  private long watch = -1;

  /**
   * @param changed told whenever the link comes up or goes down
   */
  SingleServer(Vertx vertx, RedisLinkOptions options, String name, Runnable changed) {
    this.vertx = vertx;
    this.options = options;
    questions = new Questions(vertx, options);
    replaceable = options.master() != null;
    locator =
        replaceable
            ? new SentinelLocator(options, questions)
            : () -> Future.succeededFuture(options.uri());
    link = new ServerLink(vertx, options, name, locator, changed);
  }

  @Override
  public Future<Void> open() {
    return link.open()
        .onSuccess(
            v -> {
              if (replaceable) {
                watch = vertx.setPeriodic(options.heartbeatMs(), timer -> followMaster());
              }
            });
  }

  @Override
  public Future<Void> close() {
    vertx.cancelTimer(watch);
    return link.close().eventually(questions::close);
  }

  /**
   * A master that was replaced goes on taking writes for seconds, until the Sentinels make it a
   * replica, and all those are lost: it is left as soon as they name another one.
   */
  private void followMaster() {
    if (asking || !link.isUp()) {
      return;
    }
    asking = true;
    RedisUri present = link.uri();
    locator
        .locate()
        .onComplete(
            master -> {
              asking = false;
              if (master.succeeded()
                  && !master.result().equals(present)
                  && present.equals(link.uri())) {
                link.drop("the Sentinels name another master");
              }
            });
  }

  @Override
  public boolean isUp() {
    return link.isUp();
  }

  @Override
  public Future<Response> read(String key, Call call) {
    return link.read(call, false);
  }

  @Override
  public Future<Pinned> pin(String key, Call call) {
    return link.read(call, false).map(answer -> Pinned.of(answer, link, false));
  }

  @Override
  public Future<Response> write(String key, Call call) {
    return link.write(call, false)
        .onFailure(
            cause -> {
              if (replaceable && RedisFailures.isReadOnly(cause)) {
                link.drop("no master any more");
              }
            });
  }

  @Override
  public List<ServerLink> servers() {
    return List.of(link);
  }

  @Override
  public Locator locator() {
    return locator;
  }
}
