package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.Map;
import java.util.function.Supplier;

/** One server has everything: whichever is the master. */
final class SingleServer implements Topology {

  /** What it is called among the members, whichever server it is. */
  static final String NAME = "";

  private final ServerLink link;
  private final Supplier<RedisUri> master;
  private final Followers followers;
  private final Runnable changed;
  private final Runnable follower = this::follow;

  /**
   * @param locator finds the master
   * @param master gives it as far as it is known
   * @param followers are told when it may be another one
   * @param changed told whenever the link comes up or goes down
   */
  SingleServer(
      Vertx vertx,
      RedisLinkOptions options,
      String name,
      Locator locator,
      Supplier<RedisUri> master,
      Followers followers,
      Runnable changed) {
    this.link = new ServerLink(vertx, options, name, locator, this::changed);
    this.master = master;
    this.followers = followers;
    this.changed = changed;
  }

  /** What one link has found out all should know: those that only read would never be told. */
  private void changed() {
    if (link.isReplica()) {
      followers.tell();
    }
    changed.run();
  }

  @Override
  public Future<Void> open() {
    followers.add(follower);
    return link.open(true);
  }

  @Override
  public Future<Void> close() {
    followers.remove(follower);
    return link.close();
  }

  /**
   * A master that was replaced goes on taking writes for seconds, until it is made a replica, and
   * all those are lost: it is left as soon as another one is known.
   */
  private void follow() {
    if (!link.isUp()) {
      link.reconnectNow();
    } else if (!master.get().equals(link.uri())) {
      link.drop("the Sentinels name another master");
    } else {
      link.checkRole();
    }
  }

  @Override
  public boolean isUp() {
    return link.isUp();
  }

  @Override
  public boolean isUp(String key) {
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
              if (RedisFailures.isReadOnly(cause)) {
                link.dropReplica();
              }
            });
  }

  @Override
  public Map<String, ServerLink> members() {
    return Map.of(NAME, link);
  }
}
