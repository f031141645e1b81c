package io.fullon.cache.web;

import io.fullon.cache.feed.Deflate;
import io.fullon.cache.feed.VertxTakeover;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;

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

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the end of one too many
  public void handle(HttpConnection connection) {
    Channel channel = channel(connection);
    if (!connections.open()) {
      channel.close();
      return;
    }
    // Vert.x tells no end of what has become a connection to the feed.
    channel.closeFuture().addListener(closed -> connections.closed());
    prepare(connection);
  }

  /** Puts into its pipeline what watches and protects it. */
  void prepare(HttpConnection connection) {
    ChannelHandlerContext vertx = VertxTakeover.place(connection);
    ChannelPipeline pipeline = vertx.pipeline();
    RequestDeadline.watch(pipeline, requestMs);
    AnswerDeadline.watch(pipeline, answerMs);
    pipeline.addBefore(vertx.name(), "protection", Protection.INSTANCE);
    if (deflate) {
      pipeline.addBefore(vertx.name(), "extensions", new Deflate());
    }
  }

  /** To be called for what becomes a connection to the feed, which has times of its own. */
  static void release(HttpConnection connection) {
    ChannelPipeline pipeline = VertxTakeover.place(connection).pipeline();
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
    return VertxTakeover.place(connection).channel();
  }
}
