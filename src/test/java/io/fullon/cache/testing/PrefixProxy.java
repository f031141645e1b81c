package io.fullon.cache.testing;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;

/** A proxy on this machine that has another server below a path, and that server's own name. */
public final class PrefixProxy implements AutoCloseable {

  private static final String HOST = "127.0.0.1";

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = vertx.createHttpClient();
  private final WebSocketClient webSockets = vertx.createWebSocketClient();
  private final String prefix;
  private final HttpServer server;
  private volatile int target;

  /**
   * @param prefix such as {@code /market/}
   */
  public PrefixProxy(String prefix) {
    this.prefix = prefix;
    this.server =
        CacheNode.get(vertx.createHttpServer().requestHandler(this::handle).listen(0, HOST));
  }

  /** To be called before anything is asked. */
  public void setTarget(int port) {
    target = port;
  }

  public int port() {
    return server.actualPort();
  }

  private void handle(HttpServerRequest request) {
    if (!request.uri().startsWith(prefix)) {
      request.response().setStatusCode(404).end();
      return;
    }
    String uri = "/" + request.uri().substring(prefix.length());
    if (request.headers().contains("Upgrade")) {
      upgrade(request, uri);
    } else {
      forward(request, uri);
    }
  }

  private void forward(HttpServerRequest request, String uri) {
    client
        .request(request.method(), target, HOST, uri)
        .compose(forwarded -> forwarded.send())
        .compose(
            answer -> {
              request.response().setStatusCode(answer.statusCode());
              request.response().headers().addAll(answer.headers());
              return answer.body();
            })
        .onSuccess(request.response()::end)
        .onFailure(e -> request.response().setStatusCode(502).end());
  }

  private void upgrade(HttpServerRequest request, String uri) {
    WebSocketConnectOptions there =
        new WebSocketConnectOptions()
            .setHost(HOST)
            .setPort(target)
            .setURI(uri)
            .addHeader("Origin", request.getHeader("Origin"));
    request.pause();
    webSockets
        .connect(there)
        .onSuccess(
            to -> {
              to.pause();
              request.toWebSocket().onSuccess(from -> join(from, to));
            })
        .onFailure(e -> request.response().setStatusCode(502).end());
  }

  private static void join(ServerWebSocket from, WebSocket to) {
    from.textMessageHandler(to::writeTextMessage);
    to.textMessageHandler(from::writeTextMessage);
    from.closeHandler(v -> to.close());
    to.closeHandler(v -> from.close());
    to.resume();
  }

  @Override
  public void close() {
    CacheNode.get(vertx.close());
  }
}
