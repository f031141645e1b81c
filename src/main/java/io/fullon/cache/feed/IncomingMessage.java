package io.fullon.cache.feed;

import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A message on its way in: its frames are inflated, checked and joined as they come. */
final class IncomingMessage {

  private final boolean isText;
  private final Inflation inflation;
  private final Utf8 utf8 = new Utf8();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int left;

  /**
   * @param inflation null when it is not compressed
   * @param maxBytes how long it may be
   */
  IncomingMessage(boolean isText, Inflation inflation, int maxBytes) {
    this.isText = isText;
    this.inflation = inflation;
    this.left = maxBytes;
  }

  /**
   * Takes what a frame brings.
   *
   * @throws CorruptedWebSocketFrameException if the message may not go on so
   */
  void add(byte[] payload, boolean last) {
    byte[] part = inflation == null ? payload : inflation.inflate(payload, last, left);
    if (part.length > left) {
      throw new CorruptedWebSocketFrameException(WebSocketCloseStatus.MESSAGE_TOO_BIG, "too big");
    }
    left -= part.length;
    if (isText) {
      addText(part, last);
    } // else nobody wants it
  }

  private void addText(byte[] part, boolean last) {
    if (!utf8.accepts(part) || (last && !utf8.isComplete())) {
      throw new CorruptedWebSocketFrameException(
          WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "not UTF-8");
    }
    bytes.writeBytes(part);
  }

  boolean isText() {
    return isText;
  }

  /** All of it, once the last frame has come. */
  String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
