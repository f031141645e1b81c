package io.fullon.cache.web;

import io.fullon.cache.feed.VertxTakeover;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Cuts a connection whose request, headers and body, takes too long to come. An idle timeout does
 * not: a byte now and then is not idle. Vert.x has no such limit, so this sits on either side of
 * its decoder in Netty's pipeline.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {

  private static final String BEGIN = "requestBegin";
  private static final String END = "requestEnd";

  private final long millis;

  /** Not null while a request is coming. */
  private ScheduledFuture<?> cut;

  private RequestDeadline(long millis) {
    this.millis = millis;
  }

  /** Watches a connection from now on. */
  static void watch(ChannelPipeline pipeline, long millis) {
    RequestDeadline deadline = new RequestDeadline(millis);
    String decoder = VertxTakeover.decoder(pipeline);
    pipeline.addBefore(decoder, BEGIN, deadline);
    pipeline.addAfter(decoder, END, deadline.new End());
  }

  /** Leaves a connection alone whose last request has come. */
  static void forget(ChannelPipeline pipeline) {
    pipeline.remove(RequestDeadline.class);
    pipeline.remove(End.class);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    if (cut == null) {
      plan(context);
    }
    context.fireChannelRead(bytes);
  }

  private void plan(ChannelHandlerContext context) {
    cut = context.executor().schedule(() -> cut(context), millis, TimeUnit.MILLISECONDS);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // channelInactive tells
  private void cut(ChannelHandlerContext context) {
    if (context.channel().config().isAutoRead()) {
      context.close();
    } else {
      plan(context); // it is us who do not read: the answer to the request before is due
    }
  }

  private void cancel() {
    if (cut != null) {
      cut.cancel(false);
      cut = null;
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    cancel(); // also when the connection is over
  }

  private final class End extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object part) {
      if (part instanceof LastHttpContent) {
        cancel();
      }
      context.fireChannelRead(part);
    }
  }
}
