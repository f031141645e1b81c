package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks servers something, each time on a connection of its own. Those under way end when it is
 * closed.
 */
final class Questions {

  private final Vertx vertx;
  private final RedisLinkOptions options;

  /** Each question under way, and the end of its connection. */
  private final Map<Promise<List<Response>>, Promise<Void>> open = new HashMap<>();

  private boolean closed;

  Questions(Vertx vertx, RedisLinkOptions options) {
    this.vertx = vertx;
    this.options = options;
  }

  /**
   * Asks one request after the other.
   *
   * @return the answers; fails when they did not all come in time
   */
  Future<List<Response>> ask(RedisUri uri, long timeoutMs, Request... requests) {
    if (closed) {
      return Future.failedFuture("closed");
    }
    Promise<List<Response>> answered = Promise.promise();
    Promise<Void> ended = Promise.promise();
    open.put(answered, ended);
    ended.future().onComplete(v -> open.remove(answered));
    long deadline =
        vertx.setTimer(
            timeoutMs, timer -> answered.tryFail("no answer within " + timeoutMs + " ms"));
    RedisClients.resolve(vertx, uri)
        .onFailure(
            cause -> {
              answered.tryFail(cause);
              ended.complete();
            })
        .onSuccess(resolved -> ask(answered, ended, resolved, requests));
    return answered.future().onComplete(result -> vertx.cancelTimer(deadline));
  }

  private void ask(
      Promise<List<Response>> answered, Promise<Void> ended, RedisUri uri, Request... requests) {
    if (answered.future().isComplete()) {
      ended.complete();
      return;
    }
    RedisClients.Client client = RedisClients.create(vertx, options, uri, HeldConnection.FEW);
    client
        .connect()
        .compose(connection -> askAll(connection, requests))
        .onSuccess(answered::tryComplete)
        .onFailure(answered::tryFail);
    answered.future().onComplete(result -> client.close().onComplete(ended));
  }

  private static Future<List<Response>> askAll(RedisConnection connection, Request... requests) {
    List<Response> answers = new ArrayList<>();
    Future<?> asked = Future.succeededFuture();
    for (Request request : requests) {
      asked = asked.compose(v -> connection.send(request)).onSuccess(answers::add);
    }
    return asked.map(answers);
  }

  /** Completes when no connection is left. */
  Future<Void> close() {
    closed = true;
    List<Future<Void>> ends = open.values().stream().map(Promise::future).toList();
    List.copyOf(open.keySet()).forEach(answered -> answered.tryFail("closed"));
    return Future.join(ends).mapEmpty();
  }
}
