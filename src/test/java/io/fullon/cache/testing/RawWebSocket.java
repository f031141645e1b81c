package io.fullon.cache.testing;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A client of the feed that sends the bytes it is told to, and reads frame by frame. */
public final class RawWebSocket implements AutoCloseable {

  public static final int FIN = 0x80;
  public static final int RSV1 = 0x40;
  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  /** When so many have come, what was sent before has been read. */
  private static final int MANY_HEARTBEATS = 10;

  private static final int MASKED = 0x80;
  private static final int OPCODE = 0x0F;
  private static final int LENGTH_OF_16_BITS = 126;
  private static final int LENGTH_OF_64_BITS = 127;
  private static final byte[] MASK = {0x37, (byte) 0xFA, 0x21, 0x3D};

  private final Socket socket;
  private final DataInputStream in;
  private final String extensions;

  /**
   * @param first flags and opcode
   */
  @SuppressWarnings("ArrayRecordComponent") // it is only read
  public record Frame(int first, byte[] payload) {

    public int opcode() {
      return first & OPCODE;
    }

    public boolean isCompressed() {
      return (first & RSV1) != 0;
    }

    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }
  }

  /** Connects, with these headers besides the usual ones. */
  public RawWebSocket(int port, String... headers) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Patience.SECONDS));
      in = new DataInputStream(socket.getInputStream());
      StringBuilder request =
          new StringBuilder("GET /feed HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n")
              .append("Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
              .append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
      for (String header : headers) {
        request.append(header).append("\r\n");
      }
      send(request.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
      extensions = extensions(readHead());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    if (!head.toString().startsWith("HTTP/1.1 101 ")) {
      throw new AssertionError(head);
    }
    return head.toString();
  }

  private static String extensions(String head) {
    return head.lines()
        .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("sec-websocket-ext"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("");
  }

  /** What the server has agreed to; empty for nothing. */
  public String extensions() {
    return extensions;
  }

  // Frames

  /** A frame as RFC 6455, section 5.2, has it, if its first byte is so. */
  public static byte[] frame(int first, byte[] payload) {
    return frame(first, payload, payload.length);
  }

  /**
   * The same.
   *
   * @param length the length that it says to have
   */
  public static byte[] frame(int first, byte[] payload, long length) {
    if (length < 0 || length > 0xFFFF) {
      return longFrame(first, payload, length);
    }
    return length < LENGTH_OF_16_BITS
        ? frame(first, (int) length, new byte[0], payload)
        : mediumFrame(first, payload, (int) length);
  }

  /** A frame with its length in 16 bits, be it less. */
  public static byte[] mediumFrame(int first, byte[] payload, int length) {
    byte[] bits = ByteBuffer.allocate(Short.BYTES).putShort((short) length).array();
    return frame(first, LENGTH_OF_16_BITS, bits, payload);
  }

  /** A frame with its length in 64 bits, be it less. */
  public static byte[] longFrame(int first, byte[] payload, long length) {
    byte[] bits = ByteBuffer.allocate(Long.BYTES).putLong(length).array();
    return frame(first, LENGTH_OF_64_BITS, bits, payload);
  }

  private static byte[] frame(int first, int second, byte[] length, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream(payload.length + 14);
    frame.write(first);
    frame.write(MASKED | second);
    frame.writeBytes(length);
    frame.writeBytes(MASK);
    for (int i = 0; i < payload.length; i++) {
      frame.write(payload[i] ^ MASK[i % MASK.length]);
    }
    return frame.toByteArray();
  }

  /** A frame that is not masked, of less than 126 bytes. */
  public static byte[] unmasked(int first, byte[] payload) {
    return ByteBuffer.allocate(payload.length + 2)
        .put((byte) first)
        .put((byte) payload.length)
        .put(payload)
        .array();
  }

  public static byte[] text(String text) {
    return frame(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public static byte[] close(int code, byte... reason) {
    byte[] body = ByteBuffer.allocate(2 + reason.length).putShort((short) code).put(reason).array();
    return frame(FIN | CLOSE, body);
  }

  // What is sent and what comes

  /** Sends that, unless the server has closed the connection. */
  public RawWebSocket send(byte... bytes) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
    } catch (SocketException e) {
      // Why it did comes next.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** The next frame; null at the end of the connection. */
  public Frame next() {
    try {
      int first = in.read();
      if (first < 0) {
        return null;
      }
      return new Frame(first, in.readNBytes(length()));
    } catch (SocketException | EOFException e) {
      return null; // a reset is an end too
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int length() throws IOException {
    int length = in.readUnsignedByte();
    return switch (length) {
      case LENGTH_OF_16_BITS -> in.readUnsignedShort();
      case LENGTH_OF_64_BITS -> (int) in.readLong();
      default -> length;
    };
  }

  /**
   * The next frame that answers something, in short: {@code pong x} to the request with the req_id
   * x, {@code error CODE}, {@code PONG payload} to a ping of the protocol, {@code close CODE}, or
   * {@code end}; {@code nothing} when there are heartbeats only.
   */
  public String answer() {
    for (int silent = 0; silent < MANY_HEARTBEATS; silent++) {
      String answer = answer(next());
      if (answer != null) {
        return answer;
      }
    }
    return "nothing";
  }

  /** Null for what answers nothing. */
  private static String answer(Frame frame) {
    if (frame == null) {
      return "end";
    }
    return switch (frame.first()) {
      case FIN | PONG -> "PONG " + new String(frame.payload(), StandardCharsets.ISO_8859_1);
      case FIN | CLOSE -> "close " + code(frame);
      case FIN | TEXT -> answer(frame.text());
      default -> "frame " + Integer.toHexString(frame.first());
    };
  }

  private static String code(Frame close) {
    return close.payload().length == 0
        ? ""
        : Short.toUnsignedInt(ByteBuffer.wrap(close.payload()).getShort()) + "";
  }

  /** The same of what a text frame says. */
  public static String answer(String text) {
    try {
      JsonObject frame = new JsonObject(text);
      return switch (frame.getString("type")) {
        case "welcome", "heartbeat" -> null;
        case "pong" -> "pong " + frame.getValue("req_id");
        case "error" -> "error " + frame.getString("code");
        default -> frame.getString("type");
      };
    } catch (DecodeException e) {
      return "no JSON: " + text;
    }
  }

  /** The code with which the server closes the connection. */
  public int closeCode() {
    for (Frame frame = next(); frame != null; frame = next()) {
      if (frame.opcode() == CLOSE) {
        return Short.toUnsignedInt(ByteBuffer.wrap(frame.payload()).getShort());
      }
    }
    throw new AssertionError("Ended without a closing frame");
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
