package io.fullon.cache.testing;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** The client's end of a connection with compressed messages (RFC 7692). */
public final class Deflated implements AutoCloseable {

  private static final int ROOM = 1 << 17;
  private static final byte[] TAIL = {0, 0, -1, -1};

  private final Deflater deflater;
  private final Inflater inflater = new Inflater(true);

  public Deflated() {
    this(Deflater.DEFAULT_COMPRESSION, Deflater.DEFAULT_STRATEGY);
  }

  /**
   * @param level as {@link Deflater} has it
   */
  public Deflated(int level, int strategy) {
    deflater = new Deflater(level, true);
    deflater.setStrategy(strategy);
  }

  /** The payload of a message, which may refer to those before (section 7.2.1). */
  public byte[] deflate(byte[] message) {
    byte[] deflated = deflate(message, Deflater.SYNC_FLUSH);
    return Arrays.copyOf(deflated, deflated.length - TAIL.length);
  }

  /** The same, but the next message will not refer to it. */
  public byte[] deflateAlone(byte[] message) {
    byte[] deflated = deflate(message);
    deflater.reset();
    return deflated;
  }

  /** The same in a block that says to be the last (section 7.2.3.4). */
  public byte[] deflateLast(byte[] message) {
    deflater.setInput(message);
    deflater.finish();
    byte[] room = new byte[ROOM];
    int length = deflater.deflate(room);
    deflater.reset();
    return Arrays.copyOf(room, length + 1); // with the header of an empty block
  }

  private byte[] deflate(byte[] message, int flush) {
    deflater.setInput(message);
    byte[] room = new byte[ROOM];
    int length = 0;
    while (length == 0) { // as when the strategy is new
      length = deflater.deflate(room, 0, room.length, flush);
    }
    return Arrays.copyOf(room, length);
  }

  /** What the server's message says, which may refer to those before. */
  public byte[] inflate(byte[] payload) throws DataFormatException {
    ByteArrayOutputStream inflated = new ByteArrayOutputStream();
    for (byte[] part : new byte[][] {payload, TAIL}) {
      inflater.setInput(part);
      byte[] room = new byte[ROOM];
      for (int length = inflater.inflate(room); length > 0; length = inflater.inflate(room)) {
        inflated.write(room, 0, length);
      }
    }
    return inflated.toByteArray();
  }

  /** Forgets the server's messages before. */
  public void forget() {
    inflater.reset();
  }

  @Override
  public void close() {
    deflater.end();
    inflater.end();
  }
}
