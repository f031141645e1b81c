package io.fullon.cache.feed;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionDecoder;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;

/**
 * All that the feed and its server know of the inside of Vert.x: the place of a connection in
 * Netty's pipeline, what is there after an upgrade, and a call on the event loop without a queue.
 *
 * <p>Once Vert.x has upgraded a connection, {@link FeedSocket} takes its place. Vert.x keeps queues
 * for calls from any thread, which nobody makes here; it also answers pings whether or not anybody
 * reads the answers. The supported way, {@code HttpServerRequest.toNetSocket()} with the codec in
 * front, was tried: it costs 14 KB of heap for an idle connection, where 8 KB are the bound and
 * this takes 3.8.
 *
 * <p>As another version of Vert.x may be another inside, {@link #check} tries it out before the
 * first client comes.
 */
public final class VertxTakeover {

  /** Vert.x gives no other way to the pipeline of a connection that is no WebSocket yet. */
  private static final String INSIDE_OF_VERTX = "io.vertx.core.http.impl";

  /** As Vert.x calls its own handler. */
  private static final String VERTX = "handler";

  private static final String LOOPBACK = "127.0.0.1";
  private static final String ECHO = "taken over";
  private static final long CHECK_SECONDS = 10;

  private VertxTakeover() {}

  /**
   * Where Vert.x is in the pipeline of a connection that is no WebSocket yet, or just became one.
   */
  public static ChannelHandlerContext place(HttpConnection connection) {
    return ((HttpServerConnection) connection).channelHandlerContext();
  }

  /**
   * What Vert.x calls its decoder of requests in the pipeline of a connection that is no WebSocket
   * yet.
   *
   * @throws IllegalStateException when there is none
   */
  public static String decoder(ChannelPipeline pipeline) {
    ChannelHandlerContext decoder = pipeline.context(HttpRequestDecoder.class);
    expect(decoder != null, "the decoder of requests");
    return decoder.name();
  }

  /** Calls it now, on the event loop where this is, as the context's own. */
  static <T> void dispatch(Context context, T argument, Handler<T> step) {
    ((ContextInternal) context).dispatch(argument, step);
  }

  /**
   * Takes over what Vert.x has upgraded; it must have nobody listen to it yet.
   *
   * @throws IllegalStateException when it is not as expected
   */
  static FeedSocket takeOver(
      Channel channel, Context context, int maxMessageBytes, FeedMetrics metrics) {
    ChannelPipeline pipeline = channel.pipeline();
    ChannelHandlerContext vertx = pipeline.context(VERTX);
    expect(vertx != null && vertx.handler() instanceof ChannelInboundHandler, "its own handler");
    expect(pipeline.get(WebSocket13FrameDecoder.class) != null, "the decoder of frames");
    expect(pipeline.get(WebSocket13FrameEncoder.class) != null, "the encoder of frames");
    expect(pipeline.get(IdleStateHandler.class) != null, "the handler of its idle timeout");
    FeedSocket socket = new FeedSocket(context, channel, maxMessageBytes, metrics);
    pipeline.replace(
        WebSocket13FrameDecoder.class,
        "decoder",
        new StrictDecoder(socket.compresses(), maxMessageBytes));
    if (socket.compresses()) {
      // It leaks what it cannot inflate, and inflates also what is read later.
      pipeline.remove(WebSocketExtensionDecoder.class);
    }
    try {
      // For Vert.x it is over: else its metrics would count it for ever.
      ((ChannelInboundHandler) vertx.handler()).channelInactive(vertx);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    pipeline.remove(IdleStateHandler.class); // the feed has times of its own
    pipeline.replace(vertx.handler(), "feed", socket);
    channel.config().setAutoRead(true); // Vert.x may have stopped at a request too early
    return socket;
  }

  private static void expect(boolean there, String what) {
    if (!there) {
      throw new IllegalStateException(what + " is not where it was");
    }
  }

  // Whether Vert.x is what it was

  /**
   * Checks that a connection can be taken over: one is made to a server of its own, which is closed
   * again.
   *
   * @param options those of the server for the clients, TLS apart
   * @param prepare what is done to each connection when it is made
   * @param release what is done to it before it is taken over
   * @return fails with an {@code IllegalStateException} that says what is not as expected; on the
   *     module path maybe that an option of Java is missing
   */
  public static Future<Void> check(
      Vertx vertx,
      HttpServerOptions options,
      Handler<HttpConnection> prepare,
      Handler<HttpConnection> release) {
    Module inside = HttpConnection.class.getModule();
    Module own = VertxTakeover.class.getModule();
    if (!inside.isExported(INSIDE_OF_VERTX, own)) {
      return Future.failedFuture(
          new IllegalStateException(
              "web: on the module path it needs Java's option --add-exports "
                  + (inside.getName() + "/" + INSIDE_OF_VERTX + "=" + own.getName())));
    }
    Context context = vertx.getOrCreateContext();
    Promise<Void> taken = Promise.promise();
    HttpServer server =
        vertx
            .createHttpServer(options)
            .connectionHandler(connection -> prepare(connection, prepare, taken))
            .requestHandler(
                request -> takeOver(context, request, release).onFailure(taken::tryFail));
    WebSocketClient client = vertx.createWebSocketClient();
    return server
        .listen(0, LOOPBACK)
        .compose(listening -> client.connect(listening.actualPort(), LOOPBACK, "/"))
        .compose(socket -> echo(socket, taken))
        .timeout(CHECK_SECONDS, TimeUnit.SECONDS)
        .recover(cause -> unknown(taken.future().failed() ? taken.future().cause() : cause))
        .eventually(client::close)
        .eventually(() -> server.close());
  }

  private static void prepare(
      HttpConnection connection, Handler<HttpConnection> prepare, Promise<Void> taken) {
    try {
      prepare.handle(connection);
    } catch (RuntimeException e) {
      taken.tryFail(e);
      connection.close();
    }
  }

  private static Future<Void> takeOver(
      Context context, HttpServerRequest request, Handler<HttpConnection> release) {
    return request
        .toWebSocket()
        .map(
            upgraded -> {
              release.handle(request.connection());
              Channel channel = place(request.connection()).channel();
              takeOver(channel, context, ECHO.length(), null).listen(new Echo(channel));
              return null;
            });
  }

  private static Future<Void> echo(WebSocket socket, Promise<Void> taken) {
    socket.textMessageHandler(text -> taken.tryComplete());
    socket.closeHandler(closed -> taken.tryFail("the connection ended"));
    return socket.writeTextMessage(ECHO).compose(sent -> taken.future());
  }

  private static Future<Void> unknown(Throwable cause) {
    return Future.failedFuture(
        new IllegalStateException(
            "web: this version of Vert.x does not let its connections be taken over: "
                + cause.getMessage(),
            cause));
  }

  /** Answers as it is asked. */
  private record Echo(Channel channel) implements FeedSocket.Listener {

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // what does not come is noticed
    public void text(String message) {
      channel.writeAndFlush(new TextWebSocketFrame(message));
    }

    @Override
    public void binary() {}

    @Override
    public boolean admit() {
      return true;
    }

    @Override
    public void drained() {}

    @Override
    public void closed() {}
  }
}
