package io.fullon.cache.web;

import io.fullon.cache.feed.Deflate;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * Bounds the connections to a server, in number and in what each may take, and protects answers. It
 * works on Netty's pipeline: Vert.x has an idle timeout, but not these limits. A connection with
 * TLS is counted when its handshake is done, whose time bounds those before.
 *
 * @param connections counts them
 * @param requestMs how long a request may take to come
 * @param answerMs how long answers may take to be taken
 * @param deflate whether connections to the feed may be compressed
 */
record HttpBounds(Connections connections, long requestMs, long answerMs, boolean deflate)
    implements Handler<HttpConnection> {

  /** Vert.x gives no other way to the pipeline of a connection that is no WebSocket yet. */
  private static final String INSIDE_OF_VERTX = "io.vertx.core.http.impl";

  /**
   * On the module path that package is not ours to use, which would show at the first connection.
   *
   * @throws IllegalStateException saying with which option of Java it is
   */
  static void checkAccess() {
    Module vertx = HttpConnection.class.getModule();
    Module own = HttpBounds.class.getModule();
    if (!vertx.isExported(INSIDE_OF_VERTX, own)) {
      throw new IllegalStateException(
          "web: on the module path it needs Java's option --add-exports "
              + (vertx.getName() + "/" + INSIDE_OF_VERTX + "=" + own.getName()));
    }
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the end of one too many
  public void handle(HttpConnection connection) {
    ChannelHandlerContext vertx = context(connection);
    ChannelPipeline pipeline = vertx.pipeline();
    if (!connections.open()) {
      pipeline.channel().close();
      return;
    }
    // Vert.x tells no end of what has become a connection to the feed.
    pipeline.channel().closeFuture().addListener(closed -> connections.closed());
    RequestDeadline.watch(pipeline, requestMs);
    AnswerDeadline.watch(pipeline, answerMs);
    pipeline.addBefore(vertx.name(), "protection", Protection.INSTANCE);
    if (deflate) {
      pipeline.addBefore(vertx.name(), "extensions", new Deflate());
    }
  }

  /** To be called for what becomes a connection to the feed, which has times of its own. */
  static void release(HttpConnection connection) {
    ChannelPipeline pipeline = context(connection).pipeline();
    RequestDeadline.forget(pipeline);
    AnswerDeadline.forget(pipeline);
    pipeline.remove(Protection.INSTANCE);
  }

  /** Ends it, whatever it has become. */
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it
  static void cut(HttpConnection connection) {
    channel(connection).close();
  }

  static Channel channel(HttpConnection connection) {
    return context(connection).channel();
  }

  private static ChannelHandlerContext context(HttpConnection connection) {
    return ((HttpServerConnection) connection).channelHandlerContext();
  }
}
