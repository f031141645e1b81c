package io.fullon.cache.redis;

import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.Shareable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One Redis as a node (Vert.x instance) sees it: who is master of what, and what it publishes. All
 * links of the node with the same configuration share it; it closes with the last of them. Links
 * live on the event loops of their services, this on that of the node. Only the inside of Vert.x
 * tells it when Vert.x closes.
 */
final class RedisDeployment implements Closeable {

  private final All all;
  private final VertxInternal vertx;
  private final RedisLinkOptions options;
  private final Context context;
  private final Masters masters;
  private volatile Subscriptions subscriptions;
  private int users;

  /** With Vert.x; the event loops go next. */
  private volatile boolean closed;

  /** Those of a node. */
  private static final class All implements Shareable {

    private final Map<RedisLinkOptions, RedisDeployment> byOptions = new HashMap<>();

    synchronized RedisDeployment acquire(Vertx vertx, RedisLinkOptions options) {
      RedisDeployment deployment =
          byOptions.computeIfAbsent(options, key -> new RedisDeployment(this, vertx, options));
      deployment.users++;
      return deployment;
    }

    synchronized boolean takeWrites() {
      return byOptions.values().stream().allMatch(RedisDeployment::takesWrites);
    }

    /** Whether that was the last user. */
    synchronized boolean release(RedisDeployment deployment) {
      return --deployment.users == 0 && byOptions.remove(deployment.options, deployment);
    }
  }

  private RedisDeployment(All all, Vertx vertx, RedisLinkOptions options) {
    this.all = all;
    this.vertx = (VertxInternal) vertx;
    this.options = options;
    this.context = NodeContext.of(vertx);
    this.masters = find();
    this.vertx.addCloseHook(this);
  }

  private Masters find() {
    if (options.cluster()) {
      return new ClusterSlots(this, vertx, options);
    }
    return options.master() == null
        ? new FixedMaster(vertx, options)
        : new SentinelMaster(this, vertx, options);
  }

  /** The node's own; whoever acquires it must release it. */
  static RedisDeployment acquire(Vertx vertx, RedisLinkOptions options) {
    return all(vertx).acquire(vertx, options);
  }

  private static All all(Vertx vertx) {
    return vertx
        .sharedData()
        .<String, All>getLocalMap("fullon.redis.deployments")
        .computeIfAbsent("", key -> new All());
  }

  /** See {@link RedisLink#takesWrites}. */
  static boolean allTakeWrites(Vertx vertx) {
    return all(vertx).takeWrites();
  }

  private boolean takesWrites() {
    Subscriptions present = subscriptions;
    return present == null || present.takesWrites();
  }

  Future<Void> release() {
    if (!all.release(this) || closed) {
      return Future.succeededFuture();
    }
    vertx.removeCloseHook(this);
    return call(masters::close);
  }

  /** With Vert.x, whoever still uses it: what it would tell them has nowhere to go. */
  @Override
  public void close(Completable<Void> completion) {
    closed = true;
    context.runOnContext(
        v -> {
          Future<Void> silent =
              subscriptions == null ? Future.succeededFuture() : subscriptions.close();
          silent.eventually(masters::close).onComplete(completion);
        });
  }

  Masters masters() {
    return masters;
  }

  /** What it publishes; to be asked for on this deployment's context. */
  Subscriptions subscriptions() {
    if (subscriptions == null || subscriptions.isClosed()) {
      subscriptions = new Subscriptions(vertx, options, masters);
    }
    return subscriptions;
  }

  /** Calls it on this deployment's context; what it gives comes on the caller's. */
  <T> Future<T> call(Supplier<Future<T>> call) {
    if (closed) {
      return Future.failedFuture("closed");
    }
    Promise<T> promise = Promise.promise();
    Context caller = vertx.getOrCreateContext();
    context.runOnContext(
        v -> call.get().onComplete(result -> caller.runOnContext(back -> promise.handle(result))));
    return promise.future();
  }
}
