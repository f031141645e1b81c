package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Asks servers something. The connection to a server that has answered is kept for the next
 * question; it goes with a failure. Belongs to one event loop.
 */
final class Questions {

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final Map<RedisUri, Connection> connections = new HashMap<>();

  /** Those that are not over yet, kept or not. */
  private final Set<Future<?>> ends = new HashSet<>();

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
    Connection connection = connections.get(uri);
    if (connection == null) {
      connection = new Connection(uri);
      connections.put(uri, connection);
      connection.open();
    }
    return connection.ask(timeoutMs, requests);
  }

  /** Whether it can be asked without a new connection. */
  boolean isConnected(RedisUri uri) {
    Connection connection = connections.get(uri);
    return connection != null && connection.opened.future().succeeded();
  }

  /** Completes when no connection is left. */
  Future<Void> close() {
    closed = true;
    List.copyOf(connections.values()).forEach(connection -> connection.end("closed"));
    return Future.join(List.copyOf(ends)).mapEmpty();
  }

  private final class Connection {

    private final RedisUri uri;
    private final Promise<RedisConnection> opened = Promise.promise();
    private final Promise<Void> ended = Promise.promise();
    private final Set<Promise<List<Response>>> questions = new HashSet<>();
    private RedisClients.Client client;
    private boolean ending;

    Connection(RedisUri uri) {
      this.uri = uri;
      Future<Void> end = ended.future();
      ends.add(end);
      end.onComplete(v -> ends.remove(end));
    }

    void open() {
      RedisClients.resolve(vertx, uri)
          .onComplete(
              resolved -> {
                if (resolved.failed()) {
                  end(resolved.cause());
                } else if (!ending) {
                  connect(resolved.result());
                }
              });
    }

    private void connect(RedisUri resolved) {
      client = RedisClients.create(vertx, options, resolved, HeldConnection.FEW);
      client
          .connect()
          .onFailure(this::end)
          .onSuccess(
              connection -> {
                connection.exceptionHandler(this::end);
                connection.endHandler(v -> end("connection lost"));
                opened.tryComplete(connection);
              });
    }

    Future<List<Response>> ask(long timeoutMs, Request... requests) {
      Promise<List<Response>> answered = Promise.promise();
      questions.add(answered);
      long deadline =
          vertx.setTimer(timeoutMs, timer -> end("no answer within " + timeoutMs + " ms"));
      opened
          .future()
          .compose(connection -> askAll(connection, requests))
          .onSuccess(answered::tryComplete)
          .onFailure(this::end);
      return answered
          .future()
          .onComplete(
              result -> {
                vertx.cancelTimer(deadline);
                questions.remove(answered);
              });
    }

    private void end(String reason) {
      end(new IllegalStateException(reason));
    }

    /** The same for all that were asked: the one that failed may not have been the first. */
    private void end(Throwable cause) {
      if (ending) {
        return;
      }
      ending = true;
      connections.remove(uri, this);
      opened.tryFail(cause);
      List.copyOf(questions).forEach(question -> question.tryFail(cause));
      Future<Void> closing = client == null ? Future.succeededFuture() : client.close();
      closing.onComplete(result -> ended.complete());
    }
  }

  private static Future<List<Response>> askAll(RedisConnection connection, Request... requests) {
    List<Response> answers = new ArrayList<>();
    Future<?> asked = Future.succeededFuture();
    for (Request request : requests) {
      asked = asked.compose(v -> connection.send(request)).onSuccess(answers::add);
    }
    return asked.map(answers);
  }
}
