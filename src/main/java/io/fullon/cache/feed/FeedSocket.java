package io.fullon.cache.feed;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionEncoder;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a connection. It may be used at any time: what is sent when it is over is
 * lost, as it would be on the way. A client that breaks the rules is told so in the closing code.
 * It works on Netty's pipeline, where {@link VertxTakeover} puts it.
 */
final class FeedSocket extends SimpleChannelInboundHandler<WebSocketFrame> {

  /** What is told of the connection, on its event loop. */
  interface Listener {

    void text(String message);

    void binary();

    /** Counts what is no request; gives whether it may be heeded. */
    boolean admit();

    /** It can take something again. */
    void drained();

    /** Called once, when nothing is left of it. */
    void closed();
  }

  /** How long a client that should learn why may take for its part of the closing handshake. */
  private static final int MAX_CLOSING_SECONDS = 10;

  /** The same where somebody waits for it. */
  private static final int CLOSING_SECONDS = 2;

  private static final Logger LOG = LoggerFactory.getLogger(FeedSocket.class);

  private final Context context;
  private final Channel channel;
  private final ChannelHandlerContext encoder;
  private final int maxMessageBytes;
  private final FeedMetrics metrics;
  private final Deque<WebSocketFrame> unread = new ArrayDeque<>(1);
  private Listener listener;

  /** What has come of a message; null when there is none. */
  private IncomingMessage message;

  /** Made when the first compressed message comes. */
  private Inflation inflation;

  /** The latest that is not answered yet; RFC 6455, section 5.5.3, lets the earlier ones be. */
  private byte[] ping;

  /** What waited first when progress was asked for last, and how much of it had left. */
  private Object first;

  private long firstLeft;

  private boolean paused;
  private boolean closing;
  private ScheduledFuture<?> cutTimer;

  FeedSocket(Context context, Channel channel, int maxMessageBytes, FeedMetrics metrics) {
    this.context = context;
    this.channel = channel;
    this.maxMessageBytes = maxMessageBytes;
    this.metrics = metrics;
    this.encoder = channel.pipeline().context(WebSocket13FrameEncoder.class);
  }

  /** To be called once, before anything else. */
  void listen(Listener itsListener) {
    listener = itsListener;
    // Not channelInactive, which does not come here when a handler before fails at it. Netty may
    // tell it in the middle of a write.
    channel.closeFuture().addListener(closed -> context.runOnContext(later -> ended()));
  }

  // What comes

  @Override
  protected void channelRead0(ChannelHandlerContext handler, WebSocketFrame frame) {
    if (closing && !(frame instanceof CloseWebSocketFrame)) {
      channel.config().setAutoRead(false); // who goes on sending is cut
    } else if (paused) {
      unread.add(frame.retain());
    } else {
      receive(frame);
    }
  }

  private void receive(WebSocketFrame frame) {
    VertxTakeover.dispatch(context, frame, read -> run(() -> received(read)));
  }

  /** Runs a step of this connection's. One that fails ends this connection and no other. */
  void run(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  /** A step of this connection's failed. */
  void failed(Throwable cause) {
    if (!isOver()) {
      LOG.error("Connection from {} failed", channel.remoteAddress(), cause);
      close(CloseCode.INTERNAL_ERROR, "internal error");
    }
  }

  private void received(WebSocketFrame frame) {
    if (frame instanceof CloseWebSocketFrame close) {
      closed(close);
    } else if (!isOver()) {
      try {
        heed(frame, !isIdle(frame) || listener.admit());
      } catch (CorruptedWebSocketFrameException violation) {
        fail(violation.closeStatus());
      }
    }
  }

  private void heed(WebSocketFrame frame, boolean admitted) {
    if (frame instanceof PingWebSocketFrame) {
      ping = admitted ? ByteBufUtil.getBytes(frame.content()) : ping;
      answerPing();
    } else if (!(frame instanceof PongWebSocketFrame)) {
      data(frame); // whatever it is, else the next would not fit
    }
  }

  /** Whether it brings nothing of a message, and so is to be counted by itself. */
  private static boolean isIdle(WebSocketFrame frame) {
    return frame instanceof PingWebSocketFrame
        || frame instanceof PongWebSocketFrame
        || (!frame.isFinalFragment() && !frame.content().isReadable());
  }

  private void answerPing() {
    if (ping != null && !isFull()) {
      ByteBuf payload = Unpooled.wrappedBuffer(ping);
      ping = null;
      write(new PongWebSocketFrame(payload));
    }
  }

  /**
   * Netty's aggregator reads on where a message ends in the next packet, paused or not. The decoder
   * has checked that the frames come as they must.
   */
  private void data(WebSocketFrame frame) {
    if (!(frame instanceof ContinuationWebSocketFrame)) {
      message =
          new IncomingMessage(
              frame instanceof TextWebSocketFrame,
              frame.rsv() == 0 ? null : inflation(),
              maxMessageBytes);
    }
    message.add(ByteBufUtil.getBytes(frame.content()), frame.isFinalFragment());
    if (frame.isFinalFragment()) {
      IncomingMessage whole = message;
      message = null;
      tell(whole);
    }
  }

  private Inflation inflation() {
    if (inflation == null) {
      inflation = new Inflation();
    }
    return inflation;
  }

  private void tell(IncomingMessage whole) {
    if (whole.isText()) {
      listener.text(whole.text());
    } else {
      listener.binary();
    }
  }

  private void closed(CloseWebSocketFrame frame) {
    if (closing) {
      cut();
    } else {
      beginClosing(CLOSING_SECONDS);
      channel.writeAndFlush(frame.retain()).addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Netty may call it in the middle of a write, whose caller has not done its part yet. */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext handler) {
    if (!isFull()) {
      context.runOnContext(later -> drained());
    }
  }

  private void drained() {
    if (!isFull()) {
      answerPing();
      run(listener::drained);
    }
  }

  private void ended() {
    if (cutTimer != null) {
      cutTimer.cancel(false);
    }
    if (inflation != null) {
      inflation.end();
    }
    dropUnread();
    listener.closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext handler, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException violation) {
      fail(violation.closeStatus());
    } else if (cause instanceof DecoderException) {
      fail(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
    } else if (cause instanceof IOException) {
      LOG.debug("Connection from {}: {}", channel.remoteAddress(), cause.toString());
    } else {
      failed(cause); // an encoder, most likely, which has lost a frame
    }
  }

  /** Does not take any further messages in until {@link #resume}. */
  void pause() {
    if (!isOver()) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  void resume() {
    paused = false;
    while (!paused && !unread.isEmpty()) {
      WebSocketFrame frame = unread.remove();
      receive(frame);
      frame.release();
    }
    channel.config().setAutoRead(!paused);
  }

  private void dropUnread() {
    unread.forEach(WebSocketFrame::release);
    unread.clear();
  }

  // What is sent

  /** Whether either side has begun to close it. */
  boolean isOver() {
    return closing || !channel.isActive();
  }

  /** Whether what is sent now has to wait. */
  boolean isFull() {
    return !channel.isWritable() && !isOver(); // mostly the first says it all
  }

  /** Whether the client has asked for compressed frames, and gets them. */
  boolean compresses() {
    return channel.pipeline().get(WebSocketExtensionEncoder.class) != null;
  }

  /** How many bytes have not left yet. */
  long waitingBytes() {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    return waiting == null ? 0 : waiting.totalPendingWriteBytes();
  }

  /** Whether nothing waits, or a part of what waits has left since this was asked last. */
  boolean hasProgressed() {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    Object before = first;
    final long leftBefore = firstLeft;
    first = waiting == null ? null : waiting.current();
    firstLeft = first == null ? 0 : waiting.currentProgress();
    return first == null || first != before || firstLeft != leftBefore;
  }

  void send(String frame) {
    if (!isOver()) {
      metrics.frames.increment();
      write(new TextWebSocketFrame(frame));
    }
  }

  /** Sends the bytes of a whole frame past the encoder, which would copy them. */
  @SuppressWarnings("FutureReturnValueIgnored") // a failure ends the connection
  void send(ByteBuf frame) {
    if (!isOver()) {
      metrics.frames.increment();
      encoder.writeAndFlush(frame.retainedDuplicate(), encoder.voidPromise());
    }
  }

  /** The same for a frame in parts, of which the first and the last are its own to release. */
  @SuppressWarnings("FutureReturnValueIgnored") // a failure ends the connection
  void send(ByteBuf begin, ByteBuf middle, ByteBuf end) {
    if (isOver()) {
      begin.release();
      end.release();
      return;
    }
    metrics.frames.increment();
    encoder.write(begin, encoder.voidPromise());
    encoder.write(middle.retainedDuplicate(), encoder.voidPromise());
    encoder.writeAndFlush(end, encoder.voidPromise());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failure ends the connection
  private void write(WebSocketFrame frame) {
    channel.writeAndFlush(frame, channel.voidPromise());
  }

  /** Closes it; the future succeeds when nothing is left of it, whatever the client does. */
  Future<Void> close(CloseCode code, String reason) {
    // Whoever is stalled may wake up and should learn why it was closed.
    return close(
        new WebSocketCloseStatus(code.number(), reason),
        code == CloseCode.STALLED ? MAX_CLOSING_SECONDS : CLOSING_SECONDS);
  }

  private Future<Void> close(WebSocketCloseStatus status, int seconds) {
    if (isOver()) {
      return Future.succeededFuture();
    }
    metrics.closed(status.code());
    beginClosing(seconds);
    write(new CloseWebSocketFrame(status));
    Promise<Void> closed = Promise.promise();
    channel.closeFuture().addListener(done -> closed.complete());
    return closed.future();
  }

  /**
   * RFC 6455, section 7.1.7: it ends at once, and nothing that comes from who breaks the rules
   * matters any more.
   */
  private void fail(WebSocketCloseStatus status) {
    if (!isOver()) {
      metrics.closed(status.code());
      beginClosing(CLOSING_SECONDS);
      ChannelFuture told = channel.writeAndFlush(new CloseWebSocketFrame(status));
      if (status.equals(WebSocketCloseStatus.MESSAGE_TOO_BIG)) {
        told.addListener(written -> endOutput());
      } else {
        channel.config().setAutoRead(false);
        told.addListener(ChannelFutureListener.CLOSE);
      }
    }
  }

  /** Closing it could take the reason from a client that still sends. */
  @SuppressWarnings("FutureReturnValueIgnored") // it ends anyway
  private void endOutput() {
    if (channel.pipeline().get(SslHandler.class) == null) {
      ((DuplexChannel) channel).shutdownOutput();
    } else {
      cut();
    }
  }

  /**
   * The client's part is still read, but the closing frame may wait for ever behind what it does
   * not read.
   */
  private void beginClosing(int seconds) {
    closing = true;
    dropUnread();
    resume();
    cutTimer = channel.eventLoop().schedule(this::cut, seconds, TimeUnit.SECONDS);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // closeFuture tells
  private void cut() {
    channel.close();
  }
}
