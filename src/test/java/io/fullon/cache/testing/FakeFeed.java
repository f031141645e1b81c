package io.fullon.cache.testing;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server for the browser's side of the feed, which says exactly what the test wants. */
public final class FakeFeed implements AutoCloseable {

  private static final String CLIENT = "/ticker-feed.js";

  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;
  private final BlockingQueue<Connection> connections = new LinkedBlockingQueue<>();
  private volatile boolean refusing;
  private volatile String page = "<!DOCTYPE html><title>test</title>";

  public FakeFeed() {
    Buffer client = load();
    server =
        CacheNode.get(
            vertx
                .createHttpServer()
                .webSocketHandshakeHandler(this::handshake)
                .webSocketHandler(socket -> connections.add(new Connection(socket)))
                .requestHandler(
                    request -> {
                      boolean script = request.path().equals(CLIENT);
                      request
                          .response()
                          .putHeader("Content-Type", script ? "text/javascript" : "text/html")
                          .end(script ? client : Buffer.buffer(page));
                    })
                .listen(0, "127.0.0.1"));
  }

  private static Buffer load() {
    try (InputStream file =
        FakeFeed.class.getResourceAsStream("/io/fullon/cache/webroot" + CLIENT)) {
      return Buffer.buffer(file.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handshake(ServerWebSocketHandshake handshake) {
    if (refusing) {
      handshake.reject(503);
    } else {
      handshake.accept();
    }
  }

  public int port() {
    return server.actualPort();
  }

  /** What there is at all other addresses. */
  public void serve(String html) {
    page = html;
  }

  /** Whether to refuse connections from now on. */
  public void refuse(boolean all) {
    refusing = all;
  }

  /** The next connection that a client opens. */
  public Connection accept() {
    return poll(connections, "connection");
  }

  private static <T> T poll(BlockingQueue<T> queue, String what) {
    try {
      T next = queue.poll(Patience.SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("No " + what + " within " + Patience.SECONDS + " s");
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** One connection of a client. */
  public static final class Connection {

    private final ServerWebSocket socket;
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    private Connection(ServerWebSocket socket) {
      this.socket = socket;
      socket.textMessageHandler(received::add);
    }

    /** The next request. */
    public JsonObject next() {
      return new JsonObject(poll(received, "request"));
    }

    public Connection send(String frame) {
      CacheNode.get(socket.writeTextMessage(frame));
      return this;
    }

    public void close() {
      close(1001, "going away");
    }

    public void close(int code, String reason) {
      CacheNode.get(socket.close((short) code, reason));
    }

    public boolean isClosed() {
      return socket.isClosed();
    }
  }

  @Override
  public void close() {
    CacheNode.get(vertx.close());
  }
}
