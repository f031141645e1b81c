package io.fullon.cache.feed;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionEncoder;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a connection. It may be used at any time: what is sent when it is over is
 * lost, as it would be on the way. A client that breaks the rules is told so in the closing code.
 *
 * <p>Once Vert.x has upgraded a connection this takes its place in Netty's pipeline. Vert.x keeps
 * queues for calls from any thread, which nobody makes here, and they were three quarters of what
 * an idle connection costs; it also answers pings whether or not anybody reads the answers. So it
 * needs what only the inside of Vert.x gives: the connection's place in the pipeline, and a call on
 * the event loop without a queue.
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

  /** As Vert.x calls its own handler. */
  private static final String VERTX = "handler";

  /** The code of a closing frame, before its reason. */
  private static final int CODE_BYTES = 2;

  /** How long a client that should learn why may take for its part of the closing handshake. */
  private static final int MAX_CLOSING_SECONDS = 10;

  /** The same where somebody waits for it. */
  private static final int CLOSING_SECONDS = 2;

  private static final Logger LOG = LoggerFactory.getLogger(FeedSocket.class);

  private final ContextInternal context;
  private final Channel channel;
  private final ChannelHandlerContext encoder;
  private final int maxMessageBytes;
  private final FeedMetrics metrics;
  private final Deque<WebSocketFrame> unread = new ArrayDeque<>(1);
  private Listener listener;
  private boolean isText;

  /** What has come of a message in several frames; null when there is none. */
  private ByteArrayOutputStream pieces;

  /** The latest that is not answered yet; RFC 6455, section 5.5.3, lets the earlier ones be. */
  private byte[] ping;

  /** What waited first when progress was asked for last, and how much of it had left. */
  private Object first;

  private long firstLeft;

  private boolean paused;
  private boolean closing;
  private ScheduledFuture<?> cutTimer;

  FeedSocket(ContextInternal context, Channel channel, int maxMessageBytes, FeedMetrics metrics) {
    this.context = context;
    this.channel = channel;
    this.maxMessageBytes = maxMessageBytes;
    this.metrics = metrics;
    this.encoder = channel.pipeline().context(WebSocket13FrameEncoder.class);
  }

  /** Takes over what Vert.x has upgraded; it must have nobody listen to it yet. */
  static FeedSocket of(Channel channel, Context context, int maxMessageBytes, FeedMetrics metrics) {
    ChannelPipeline pipeline = channel.pipeline();
    ChannelHandlerContext vertx = pipeline.context(VERTX);
    FeedSocket socket =
        new FeedSocket((ContextInternal) context, channel, maxMessageBytes, metrics);
    pipeline.replace(
        WebSocket13FrameDecoder.class,
        "decoder",
        new StrictDecoder(
            WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(maxMessageBytes)
                .allowExtensions(socket.compresses())
                .closeOnProtocolViolation(false) // exceptionCaught does it
                .build()));
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

  /** Netty leaves the reserved bits to extensions, which forgive the wrong ones. */
  private static final class StrictDecoder extends WebSocket13FrameDecoder {

    /** Of the first frame of a message that is compressed (RFC 7692, section 6). */
    private static final int COMPRESSED = 4;

    StrictDecoder(WebSocketDecoderConfig config) {
      super(config);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
        throws Exception {
      super.decode(context, in, out);
      if (!out.isEmpty() && hasWrongBits((WebSocketFrame) out.get(0))) {
        ((WebSocketFrame) out.remove(0)).release();
        throw new CorruptedWebSocketFrameException(
            WebSocketCloseStatus.PROTOCOL_ERROR, "reserved bits");
      }
    }

    private static boolean hasWrongBits(WebSocketFrame frame) {
      boolean begins = frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame;
      return frame.rsv() != 0 && !(begins && frame.rsv() == COMPRESSED);
    }
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
    context.dispatch(frame, read -> run(() -> received(read)));
  }

  /** Runs a step of this connection's. One that fails ends this connection and no other. */
  void run(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      if (!isOver()) {
        LOG.error("Connection from {} failed", channel.remoteAddress(), e);
        close(CloseCode.INTERNAL_ERROR, "internal error");
      }
    }
  }

  private void received(WebSocketFrame frame) {
    if (frame instanceof CloseWebSocketFrame close) {
      closed(close);
    } else if (!isOver()) {
      heed(frame, !isIdle(frame) || listener.admit());
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
    ByteBuf content = frame.content();
    if (!(frame instanceof ContinuationWebSocketFrame)) {
      isText = frame instanceof TextWebSocketFrame;
      if (frame.isFinalFragment()) {
        message(ByteBufUtil.getBytes(content));
        return;
      }
      pieces = new ByteArrayOutputStream();
    }
    if (content.readableBytes() > maxMessageBytes - pieces.size()) {
      tooBig();
      return;
    }
    pieces.writeBytes(ByteBufUtil.getBytes(content));
    if (frame.isFinalFragment()) {
      byte[] whole = pieces.toByteArray();
      pieces = null;
      message(whole);
    }
  }

  private void message(byte[] message) {
    if (!isText) {
      listener.binary();
      return;
    }
    try {
      listener.text(strictUtf8(message));
    } catch (CharacterCodingException e) {
      fail(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
    }
  }

  private static String strictUtf8(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  private void tooBig() {
    close(CloseCode.MESSAGE_TOO_BIG, "Message too big");
  }

  private void closed(CloseWebSocketFrame frame) {
    if (closing) {
      cut();
    } else if (!hasProperReason(frame)) {
      fail(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
    } else {
      beginClosing(CLOSING_SECONDS);
      channel.writeAndFlush(frame.retain()).addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Netty lets a reason end within a character, which would be sent back. */
  private static boolean hasProperReason(CloseWebSocketFrame frame) {
    byte[] body = ByteBufUtil.getBytes(frame.content());
    try {
      strictUtf8(Arrays.copyOfRange(body, Math.min(body.length, CODE_BYTES), body.length));
      return true;
    } catch (CharacterCodingException e) {
      return false;
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
    dropUnread();
    listener.closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext handler, Throwable cause) {
    if (isTooBig(cause)) {
      tooBig();
    } else if (cause instanceof CorruptedWebSocketFrameException violation) {
      fail(violation.closeStatus());
    } else if (cause instanceof DecoderException) {
      fail(WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
    } else if (cause instanceof Error) {
      LOG.error("Connection from {}", channel.remoteAddress(), cause); // a fault of ours, or worse
    } else {
      LOG.debug("Connection from {}: {}", channel.remoteAddress(), cause.toString());
    }
  }

  private static boolean isTooBig(Throwable cause) {
    return cause instanceof TooLongFrameException
        || isTooBigInflated(cause)
        || (cause instanceof CorruptedWebSocketFrameException violation
            && violation.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG));
  }

  /** Netty tells it from data that cannot be inflated only by the cause that those have. */
  private static boolean isTooBigInflated(Throwable cause) {
    return cause instanceof DecompressionException && cause.getCause() == null;
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
    return !isOver() && !channel.isWritable();
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

  /** RFC 6455, section 7.1.7: nothing that comes from who breaks the rules matters any more. */
  @SuppressWarnings("FutureReturnValueIgnored") // closeFuture tells
  private void fail(WebSocketCloseStatus status) {
    if (!isOver()) {
      metrics.closed(status.code());
      beginClosing(CLOSING_SECONDS);
      channel.config().setAutoRead(false);
      channel
          .writeAndFlush(new CloseWebSocketFrame(status))
          .addListener(ChannelFutureListener.CLOSE);
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
