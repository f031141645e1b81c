package io.fullon.cache.web;

import io.fullon.cache.feed.VertxTakeover;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Cuts a connection whose answers are not taken: which has not been done with all of them for too
 * long. An idle timeout does not: a byte now and then is not idle. Vert.x writes the next answer
 * before the one before has left, so asking for more and more gives no more time.
 */
final class AnswerDeadline extends ChannelOutboundHandlerAdapter {

  private static final String NAME = "answerDeadline";

  private final long millis;

  /** Written, and not taken yet. */
  private int due;

  /** Not null while there are such. */
  private ScheduledFuture<?> cut;

  private AnswerDeadline(long millis) {
    this.millis = millis;
  }

  /** Watches a connection from now on. */
  static void watch(ChannelPipeline pipeline, long millis) {
    pipeline.addBefore(VertxTakeover.decoder(pipeline), NAME, new AnswerDeadline(millis));
  }

  /** Leaves a connection alone. */
  static void forget(ChannelPipeline pipeline) {
    pipeline.remove(AnswerDeadline.class);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the promise tells
  public void write(ChannelHandlerContext context, Object bytes, ChannelPromise promise) {
    if (due++ == 0) {
      cut = context.executor().schedule(() -> cut(context), millis, TimeUnit.MILLISECONDS);
    }
    context.write(bytes, promise.unvoid().addListener(taken -> taken()));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // channelInactive tells
  private static void cut(ChannelHandlerContext context) {
    context.close();
  }

  private void taken() {
    if (--due == 0) {
      cancel();
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
}
