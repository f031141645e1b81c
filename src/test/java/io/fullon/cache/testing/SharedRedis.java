package io.fullon.cache.testing;

import io.fullon.cache.app.EmbeddedRedis;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * A Redis server and what a test starts on it. {@code close} closes the last one first and the
 * server at the end. Where one does not start, all is closed.
 */
public final class SharedRedis implements AutoCloseable {

  private final EmbeddedRedis server = CacheNode.newRedis();
  private final Deque<Runnable> closing = new ArrayDeque<>();

  public SharedRedis() {
    closing.push(server::close);
  }

  public EmbeddedRedis server() {
    return server;
  }

  public CacheNode node(JsonObject config) {
    CacheNode node = started(() -> CacheNode.start(server, config));
    closing.push(node::close);
    return node;
  }

  /** A node with these options in that section: keys and values in turn. */
  public CacheNode node(String section, Object... options) {
    return node(Options.section(section, options));
  }

  /** A Vert.x for links of the test's own. */
  public Vertx vertx() {
    OwnVertx own = started(OwnVertx::new);
    closing.push(own::close);
    return own.vertx();
  }

  /** Stands between the server and a node or link of the test. */
  public RedisProxy proxy() {
    RedisProxy proxy = started(() -> new RedisProxy(server.port()));
    closing.push(proxy::close);
    return proxy;
  }

  private <T> T started(Supplier<T> start) {
    try {
      return start.get();
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  @Override
  public void close() {
    Runnable last = closing.poll();
    if (last == null) {
      return;
    }
    try {
      last.run();
    } finally {
      close();
    }
  }
}
