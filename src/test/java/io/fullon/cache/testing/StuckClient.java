package io.fullon.cache.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A client of the feed that sends what it is told to, allowed or not, and reads nothing by itself
 * once it is connected.
 */
public final class StuckClient implements AutoCloseable {

  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;
  private static final int SMALL_BUFFER = 4_096;

  private final Socket socket = new Socket();

  /** Connects, with these headers besides the usual ones. */
  public StuckClient(int port, String... headers) {
    try {
      socket.setReceiveBufferSize(SMALL_BUFFER);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      List<String> all = new ArrayList<>(List.of(headers));
      all.add("Sec-WebSocket-Version: 13");
      write(upgrade(all.toArray(String[]::new)));
      readUntil("\r\n\r\n"); // nothing may be sent before the server has agreed
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The request that begins a connection to the feed, with these headers besides. */
  public static String upgrade(String... headers) {
    return "GET /feed HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + String.join("\r\n", headers)
        + "\r\n\r\n";
  }

  /** Reads up to this text, and not a byte more. */
  public StuckClient readUntil(String end) {
    StringBuilder read = new StringBuilder();
    try {
      while (read.indexOf(end, read.length() - end.length()) < 0) {
        int next = socket.getInputStream().read();
        if (next < 0) {
          throw new EOFException("No " + end + " but " + read);
        }
        read.append((char) next);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  private void write(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends a message of at most 65,535 ASCII characters. */
  public StuckClient send(String text) {
    return frame(TEXT, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Starts the closing handshake, whose end it will not read. */
  public StuckClient sendClose() {
    return frame(CLOSE, new byte[] {1000 >> 8, (byte) 1000});
  }

  private StuckClient frame(int opcode, byte[] payload) {
    return sendBytes(frame(FIN | opcode, payload, payload.length));
  }

  /**
   * A frame as RFC 6455 wants it, if the arguments are so.
   *
   * @param first its first byte: flags and opcode
   * @param length the length that it says to have
   */
  public static byte[] frame(int first, byte[] payload, long length) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(first);
    if (length < 126) {
      frame.write(MASKED | (int) length);
    } else if (length < 1 << 16) {
      frame.write(MASKED | 126);
      frame.write((int) length >> 8);
      frame.write((int) length);
    } else {
      frame.write(MASKED | 127);
      frame.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(length).array());
    }
    frame.writeBytes(new byte[4]); // a mask that changes nothing
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  /** Sends that, whatever it is. */
  public StuckClient sendBytes(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Throws away what has come. */
  public StuckClient skip() {
    try {
      socket.getInputStream().skip(socket.getInputStream().available());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Is gone from one moment to the next, with a TCP reset. */
  public void vanish() {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    close();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
