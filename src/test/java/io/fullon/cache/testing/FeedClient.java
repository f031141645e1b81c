package io.fullon.cache.testing;

import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of the WebSocket feed on a real socket. */
public final class FeedClient implements AutoCloseable {

  private static final String LOCALHOST = "127.0.0.1";
  private static final int MAX_MESSAGE = 64 * 1024 * 1024;
  private static final int SMALL_BUFFER = 4_096;

  private final WebSocketClient client;
  private final WebSocket socket;
  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final BlockingQueue<Short> closed = new LinkedBlockingQueue<>();

  private FeedClient(WebSocketClient client, WebSocket socket) {
    this.client = client;
    this.socket = socket;
    socket.textMessageHandler(frames::add);
    socket.closeHandler(
        v -> closed.add(socket.closeStatusCode() == null ? -1 : socket.closeStatusCode()));
  }

  public static FeedClient connect(Vertx vertx, int port) {
    return connect(vertx, port, new WebSocketClientOptions(), new WebSocketConnectOptions());
  }

  /** Of a client that has little room for what it does not read. */
  public static FeedClient connectSmall(Vertx vertx, int port) {
    return connect(
        vertx,
        port,
        new WebSocketClientOptions().setReceiveBufferSize(SMALL_BUFFER),
        new WebSocketConnectOptions());
  }

  /** With HTTP headers, names and values in turn. */
  public static FeedClient connectWith(Vertx vertx, int port, String... headers) {
    return connect(vertx, port, new WebSocketClientOptions(), headers(headers));
  }

  private static WebSocketConnectOptions headers(String... headers) {
    WebSocketConnectOptions options = new WebSocketConnectOptions();
    for (int i = 0; i < headers.length; i += 2) {
      options.addHeader(headers[i], headers[i + 1]);
    }
    return options;
  }

  /** To another path, of whatever is on that port of this machine. */
  public static FeedClient connectTo(Vertx vertx, int port, String path, String... headers) {
    return connect(
        vertx,
        new WebSocketClientOptions(),
        headers(headers).setPort(port).setHost(LOCALHOST).setURI(path));
  }

  /** Over TLS, trusting that certificate only. */
  public static FeedClient connectTls(Vertx vertx, int port, Path certificate) {
    return connect(
        vertx,
        port,
        new WebSocketClientOptions()
            .setSsl(true)
            .setTrustOptions(new PemTrustOptions().addCertPath(certificate.toString())),
        new WebSocketConnectOptions());
  }

  /** The HTTP status with which the upgrade is refused. */
  public static int refusal(Vertx vertx, int port, String... headers) {
    return refused(vertx, port, headers).getStatus();
  }

  /** The whole answer. */
  public static UpgradeRejectedException refused(Vertx vertx, int port, String... headers) {
    try (FeedClient client = connectWith(vertx, port, headers)) {
      throw new AssertionError("Should have been refused, got " + client.nextText());
    } catch (UpgradeRejectedException e) {
      return e;
    }
  }

  private static FeedClient connect(
      Vertx vertx, int port, WebSocketClientOptions options, WebSocketConnectOptions where) {
    return connect(vertx, options, where.setPort(port).setHost(LOCALHOST).setURI("/feed"));
  }

  private static FeedClient connect(
      Vertx vertx, WebSocketClientOptions options, WebSocketConnectOptions where) {
    WebSocketClient client =
        vertx.createWebSocketClient(
            options.setMaxFrameSize(MAX_MESSAGE).setMaxMessageSize(MAX_MESSAGE));
    // On the socket's own event loop, so that nothing comes before there is somebody who listens.
    return CacheNode.get(
        new Loop(vertx)
            .call(
                () ->
                    client
                        .connect(where)
                        .map(socket -> new FeedClient(client, socket))
                        .onFailure(e -> client.close())));
  }

  public WebSocket socket() {
    return socket;
  }

  public FeedClient send(String text) {
    CacheNode.get(socket.writeTextMessage(text));
    return this;
  }

  public FeedClient send(JsonObject request) {
    return send(request.encode());
  }

  /** Sends a request for symbols, with {@code req_id} 1. */
  public FeedClient request(String op, String exchange, Object... symbols) {
    return send(
        new JsonObject()
            .put("op", op)
            .put("req_id", 1)
            .put("exchange", exchange)
            .put("symbols", new JsonArray(Arrays.asList(symbols))));
  }

  /** Subscribes and reads up to the end of the snapshot; gives the snapshot's ticks. */
  public JsonArray subscribe(String exchange, Object... symbols) {
    request("subscribe", exchange, symbols).next("ack");
    return snapshot();
  }

  /** Reads a snapshot, in however many frames it comes; gives its ticks. */
  public JsonArray snapshot() {
    JsonArray ticks = new JsonArray();
    JsonObject snapshot;
    do {
      snapshot = next("snapshot");
      ticks.addAll(snapshot.getJsonArray("ticks"));
    } while (snapshot.getBoolean("more", false));
    return ticks;
  }

  /** The next frame as it came, heartbeats left out. */
  public String nextText() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Patience.SECONDS);
    String text;
    do {
      text = poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (text == null) {
        throw new AssertionError(
            "No frame within " + Patience.SECONDS + " s" + (isClosed() ? ": closed" : ""));
      }
    } while (text.startsWith("{\"type\":\"heartbeat\""));
    return text;
  }

  /** The next frame, heartbeats left out. */
  public JsonObject next() {
    return new JsonObject(nextText());
  }

  /** The next frame, heartbeats left out, which must be of that type. */
  public JsonObject next(String type) {
    String text = nextText();
    JsonObject frame = new JsonObject(text);
    if (!type.equals(frame.getString("type"))) {
      throw new AssertionError("Expected the type " + type + ", got " + text);
    }
    return frame;
  }

  /** The next frame of any type, or null when there is none in that time. */
  public String poll(long time, TimeUnit unit) {
    try {
      String frame = frames.poll(time, unit);
      if (frame != null) {
        FeedSchema.checkFrame(frame);
      }
      return frame;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Checks that everything sent so far has been read: the next frame answers a ping. */
  public void expectNothingElse() {
    send("{\"op\":\"ping\",\"req_id\":\"nothing else\"}");
    String text = nextText();
    if (!text.equals("{\"type\":\"pong\",\"req_id\":\"nothing else\"}")) {
      throw new AssertionError("Expected nothing else, got " + text);
    }
  }

  public boolean isClosed() {
    return socket.isClosed();
  }

  /** The code that the server closed with. */
  public int closeCode() {
    try {
      Short code = closed.poll(Patience.SECONDS, TimeUnit.SECONDS);
      if (code == null) {
        throw new AssertionError("Not closed within " + Patience.SECONDS + " s");
      }
      return code;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    CacheNode.get(client.close());
  }
}
