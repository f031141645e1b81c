package io.fullon.cache.feed;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;

/**
 * Refuses what RFC 6455 forbids and Netty lets pass: reserved bits, which it leaves to extensions,
 * and some closing codes and reasons, which would be sent back.
 */
final class StrictDecoder extends WebSocket13FrameDecoder {

  /** Of the first frame of a message that is compressed (RFC 7692, section 6). */
  private static final int COMPRESSED = 4;

  /** The codes from there to the next are for anybody (RFC 6455, section 7.4.2). */
  private static final int OWN_CODES = 3_000;

  private static final int NO_CODES = 5_000;

  StrictDecoder(boolean compresses, int maxMessageBytes) {
    super(
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(maxMessageBytes)
            .allowExtensions(compresses)
            .closeOnProtocolViolation(false) // who listens does it
            .build());
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

  /** The decoder has refused a body of one byte before. */
  @Override
  protected void checkCloseFrameBody(ChannelHandlerContext context, ByteBuf body) {
    if (!body.isReadable()) {
      return;
    }
    int code = body.getUnsignedShort(body.readerIndex());
    if (!mayBeSent(code)) {
      throw new CorruptedWebSocketFrameException(
          WebSocketCloseStatus.PROTOCOL_ERROR, "closing code " + code);
    }
    int reason = body.readerIndex() + Short.BYTES;
    if (!Utf8.isValid(ByteBufUtil.getBytes(body, reason, body.writerIndex() - reason))) {
      throw new CorruptedWebSocketFrameException(
          WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "closing reason");
    }
  }

  private static boolean mayBeSent(int code) {
    return code < OWN_CODES ? WebSocketCloseStatus.isValidStatusCode(code) : code < NO_CODES;
  }
}
