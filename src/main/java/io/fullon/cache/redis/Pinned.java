package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Response;

/**
 * One connection to the server that had a key: for what makes no sense on another one.
 *
 * @param first what it answered first
 * @param server the server
 * @param life tells this connection from later ones of the link, which may lead to another server
 * @param asking whether the server just takes the key over
 */
record Pinned(Response first, ServerLink server, long life, boolean asking) {

  static Pinned of(Response first, ServerLink server, boolean asking) {
    return new Pinned(first, server, server.life(), asking);
  }

  /** Fails, too, with a redirection, and when the connection is another one by now. */
  Future<Response> read(Call call) {
    return server.life() == life
        ? server.read(call, asking)
        : Future.failedFuture(RedisFailures.lost("another connection by now"));
  }
}
