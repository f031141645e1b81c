package io.fullon.cache.bench.feed;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * One socket of the load: reads the frames' headers, and skips what is in them. Ticks are all of
 * one length, so a frame's length says how many it has.
 */
final class LoadConnection {

  static final String HEAD = "{\"type\":\"update\",\"ticks\":[";
  static final String TAIL = "]}";

  private static final int ENVELOPE = HEAD.length() + TAIL.length();

  /** Of a payload, what tells the type of our frames: the first letter of its name. */
  private static final int TYPE_AT = 9;

  private static final int LONGEST_HEADER = 10;
  private static final int OPCODE = 0x0f;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;

  private final SocketChannel channel;
  private final LoadCounts counts;
  private final boolean inUpdates;

  /** The beginning of a frame that is not all there yet. */
  private final byte[] begun = new byte[LONGEST_HEADER + TYPE_AT + 1];

  private int begunLength;

  /** What is still to come of the frame. */
  private long unread;

  // Of the message, which may come in several frames.
  private boolean hasTicks;
  private boolean isSnapshot;
  private boolean isLast;
  private long messageLength;

  // Of the connection that is checked in full; null for the others.
  private final ByteArrayOutputStream message;
  private final Map<String, Long> numbers = new HashMap<>();

  LoadConnection(SocketChannel channel, LoadCounts counts, boolean inUpdates, boolean checked) {
    this.channel = channel;
    this.counts = counts;
    this.inUpdates = inUpdates;
    this.message = checked ? new ByteArrayOutputStream() : null;
  }

  SocketChannel channel() {
    return channel;
  }

  /** The next tick of a symbol may have any number. */
  void forgetNumbers() {
    numbers.clear();
  }

  /** Takes what the socket has; the buffer is anybody's. */
  void read(ByteBuffer buffer) throws IOException {
    buffer.clear().put(begun, 0, begunLength);
    begunLength = 0;
    if (channel.read(buffer) < 0) {
      throw new EOFException();
    }
    buffer.flip();
    while (buffer.hasRemaining()) {
      if (unread == 0 && !header(buffer)) {
        begunLength = buffer.remaining();
        buffer.get(begun, 0, begunLength);
        return;
      }
      payload(buffer);
    }
  }

  /** Reads a header if it is all there, with enough of the payload to know the type. */
  private boolean header(ByteBuffer buffer) {
    int at = buffer.position();
    int available = buffer.remaining();
    if (available < 2) {
      return false;
    }
    int shortLength = buffer.get(at + 1) & 0x7f;
    int header = shortLength < 126 ? 2 : shortLength == 126 ? 4 : LONGEST_HEADER;
    if (available < header) {
      return false;
    }
    long length =
        switch (header) {
          case 2 -> shortLength;
          case 4 -> buffer.getShort(at + 2) & 0xffff;
          default -> buffer.getLong(at + 2);
        };
    if (available < header + Math.min(length, TYPE_AT + 1)) {
      return false;
    }
    byte first = buffer.get(at);
    isLast = first < 0;
    if ((first & OPCODE) != CONTINUATION) {
      byte type = length > TYPE_AT ? buffer.get(at + header + TYPE_AT) : 0;
      boolean isText = (first & OPCODE) == TEXT;
      hasTicks = isText && (!inUpdates || type == 'u');
      isSnapshot = isText && inUpdates && type == 's';
      counts.acks += isText && inUpdates && type == 'a' ? 1 : 0;
      messageLength = 0;
    }
    messageLength += length;
    buffer.position(at + header);
    unread = length;
    return true;
  }

  private void payload(ByteBuffer buffer) {
    int part = (int) Math.min(unread, buffer.remaining());
    if (message != null) {
      byte[] bytes = new byte[part];
      buffer.get(buffer.position(), bytes);
      message.writeBytes(bytes);
    }
    buffer.position(buffer.position() + part);
    unread -= part;
    if (unread == 0 && isLast) {
      if (hasTicks) {
        count(buffer);
      } else if (isSnapshot) {
        counts.snapshotTicks += messageLength / (Ticks.LENGTH + 1);
      }
      if (message != null) {
        message.reset();
      }
    }
  }

  private void count(ByteBuffer buffer) {
    long ticks = inUpdates ? (messageLength - ENVELOPE + 1) / (Ticks.LENGTH + 1) : 1;
    long regular = inUpdates ? ENVELOPE - 1 + ticks * (Ticks.LENGTH + 1) : Ticks.LENGTH;
    counts.frames++;
    if (messageLength == regular) {
      int time = buffer.position() - (inUpdates ? TAIL.length() : 0) - Ticks.TIME_TO_END;
      counts.ticks(buffer, ticks, time, Ticks.LENGTH + 1);
    } else { // it has a tick that stands for others
      counts.irregular++;
      counts.ticks += ticks;
    }
    if (message != null) {
      check(new JsonObject(message.toString(StandardCharsets.UTF_8)));
    }
  }

  private void check(JsonObject frame) {
    JsonArray ticks = inUpdates ? frame.getJsonArray("ticks") : new JsonArray().add(frame);
    for (int i = 0; i < ticks.size(); i++) {
      JsonObject tick = ticks.getJsonObject(i);
      long number = tick.getLong("seq");
      Long before = numbers.put(tick.getString("symbol"), number);
      if (before != null && number != before + 1) {
        counts.gaps++;
      }
      counts.conflated += tick.getInteger("conflated", 0);
      counts.checked++;
    }
  }
}
