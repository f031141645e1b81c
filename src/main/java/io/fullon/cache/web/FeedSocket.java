package io.fullon.cache.web;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionEncoder;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a connection. It may be used at any time: what is sent when it is over is
 * lost, as it would be on the way. A client that breaks the rules is told so in the closing code.
 */
final class FeedSocket {

  /** How long a client may take at most for its part of the closing handshake. */
  static final int MAX_CLOSING_SECONDS = 10;

  /** The same where somebody waits for it. */
  private static final int CLOSING_SECONDS = 2;

  private static final String DECODER = "wsdecoder";
  private static final Logger LOG = LoggerFactory.getLogger(FeedSocket.class);

  private final ServerWebSocket socket;
  private final ChannelHandlerContext encoder;
  private boolean closing;

  FeedSocket(ServerWebSocket socket, int maxMessageBytes) {
    this.socket = socket;
    this.encoder = context().pipeline().context(WebSocket13FrameEncoder.class);
    reportViolations(maxMessageBytes);
    socket.exceptionHandler(this::failed);
  }

  /**
   * By itself Netty's decoder would answer with a frame that, as Vert.x arranges the pipeline, no
   * encoder sees: the client would be told 1000. So the decoder leaves it to {@link #failed}.
   */
  private void reportViolations(int maxMessageBytes) {
    context()
        .pipeline()
        .replace(
            WebSocket13FrameDecoder.class,
            DECODER,
            new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                    .maxFramePayloadLength(maxMessageBytes)
                    .allowExtensions(compresses())
                    .closeOnProtocolViolation(false)
                    .build()));
  }

  private void failed(Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException violation) {
      close(
          (short) violation.closeStatus().code(),
          violation.closeStatus().reasonText(),
          CLOSING_SECONDS);
    } else if (cause instanceof IllegalStateException) {
      // How Vert.x says that the pieces of a message together exceed the limit.
      close(CloseCode.MESSAGE_TOO_BIG, "Message too big");
    } else {
      LOG.debug("Connection from {}: {}", socket.remoteAddress(), cause.toString());
    }
  }

  private ChannelHandlerContext context() {
    return ((WebSocketInternal) socket).channelHandlerContext();
  }

  /**
   * Vert.x answers pings by itself, however many there are and whether or not the client reads the
   * answers; only those that the handler admits reach it.
   */
  void onPing(BooleanSupplier handler) {
    context()
        .pipeline()
        .addAfter(
            DECODER,
            "pings",
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext context, Object frame) {
                if (frame instanceof PingWebSocketFrame && !handler.getAsBoolean()) {
                  ReferenceCountUtil.release(frame);
                } else {
                  context.fireChannelRead(frame);
                }
              }
            });
  }

  void onText(Handler<String> handler) {
    socket.textMessageHandler(handler);
  }

  void onBinary(Handler<Buffer> handler) {
    socket.binaryMessageHandler(handler);
  }

  /** Called when it can take something again. */
  void onDrained(Runnable handler) {
    context()
        .pipeline()
        .addAfter(
            DECODER,
            "drained",
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelWritabilityChanged(ChannelHandlerContext context) {
                context.fireChannelWritabilityChanged(); // Vert.x first: it may have kept some
                if (!isFull()) {
                  handler.run();
                }
              }
            });
  }

  /** Called once, when nothing is left of it. */
  void onClosed(Handler<Void> handler) {
    socket.closeHandler(handler);
  }

  /** Whether either side has begun to close it. */
  boolean isOver() {
    return closing || socket.isClosed();
  }

  /** Whether what is sent now has to wait. */
  boolean isFull() {
    return !isOver() && (!encoder.channel().isWritable() || socket.writeQueueFull());
  }

  /** Whether the client has asked for compressed frames, and gets them. */
  boolean compresses() {
    return encoder.pipeline().get(WebSocketExtensionEncoder.class) != null;
  }

  /** Something that changes whenever the network takes a part of what waits. */
  long progress() {
    ChannelOutboundBuffer waiting = context().channel().unsafe().outboundBuffer();
    return waiting == null ? 0 : waiting.totalPendingWriteBytes() * 31 + waiting.currentProgress();
  }

  void send(String frame) {
    if (!isOver()) {
      socket.writeTextMessage(frame);
    }
  }

  /**
   * Sends the bytes of a whole frame past Vert.x and the encoder, which would copy them; to be used
   * only while it is not full, so that nothing waits in between, and where nothing is compressed.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // a failure ends the connection
  void send(ByteBuf frame) {
    if (!isOver()) {
      encoder.writeAndFlush(frame.retainedDuplicate(), encoder.voidPromise());
    }
  }

  /** Does not take any further messages in until {@link #resume}. */
  void pause() {
    socket.pause();
  }

  void resume() {
    socket.resume();
  }

  /** Closes it; the future succeeds when nothing is left of it, whatever the client does. */
  Future<Void> close(CloseCode code, String reason) {
    if (!isOver()) {
      FeedMetrics.closed(code).increment();
    }
    // Whoever is stalled may wake up and should learn why it was closed.
    return close(
        code.number(), reason, code == CloseCode.STALLED ? MAX_CLOSING_SECONDS : CLOSING_SECONDS);
  }

  private Future<Void> close(short code, String reason, int seconds) {
    if (isOver()) {
      return Future.succeededFuture();
    }
    closing = true;
    return socket
        .close(code, reason)
        .timeout(seconds, TimeUnit.SECONDS)
        // The closing frame waits behind what the client does not read, possibly for ever.
        .recover(late -> cut());
  }

  private Future<Void> cut() {
    Promise<Void> cut = Promise.promise();
    context().close().addListener(done -> cut.complete());
    return cut.future();
  }
}
