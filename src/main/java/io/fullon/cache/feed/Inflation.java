package io.fullon.cache.feed;

import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates the messages of one connection (RFC 7692, section 7.2.2). It stops where one becomes
 * longer than it may be.
 */
final class Inflation {

  /** What the sender leaves out at the end of a message. */
  private static final byte[] TAIL = {0, 0, -1, -1};

  private static final int STEP = 4_096;

  /** Keeps the window, which a client may use or not. */
  private final Inflater inflater = new Inflater(true);

  /**
   * Inflates a part of a message.
   *
   * @param most how long it may be
   * @throws CorruptedWebSocketFrameException if it is longer, or was not deflated
   */
  byte[] inflate(byte[] part, boolean last, int most) {
    ByteArrayOutputStream inflated = new ByteArrayOutputStream();
    try {
      inflate(part, inflated, most);
      if (last) {
        inflate(TAIL, inflated, most);
      }
    } catch (DataFormatException e) {
      throw new CorruptedWebSocketFrameException(
          WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "cannot be inflated", e);
    }
    return inflated.toByteArray();
  }

  private void inflate(byte[] part, ByteArrayOutputStream inflated, int most)
      throws DataFormatException {
    byte[] step = new byte[STEP];
    inflater.setInput(part);
    boolean goesOn;
    do {
      int length = inflater.inflate(step);
      inflated.write(step, 0, length);
      if (inflated.size() > most) {
        throw new CorruptedWebSocketFrameException(
            WebSocketCloseStatus.MESSAGE_TOO_BIG, "too big when inflated");
      }
      goesOn = length > 0 || inflater.finished();
      beginAgainAfterTheEnd(part);
    } while (goesOn);
  }

  /** A block may say that it is the last (RFC 7692, section 7.2.3.4), and others come. */
  private void beginAgainAfterTheEnd(byte[] part) {
    if (inflater.finished()) {
      int left = inflater.getRemaining();
      inflater.reset();
      inflater.setInput(part, part.length - left, left);
    }
  }

  /** Frees its memory, which is not on the heap. */
  void end() {
    inflater.end();
  }
}
