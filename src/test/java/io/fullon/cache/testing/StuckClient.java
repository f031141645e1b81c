package io.fullon.cache.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client of the feed that sends what it is told to, and reads nothing once it is connected. */
public final class StuckClient implements AutoCloseable {

  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int SMALL_BUFFER = 4_096;

  private final Socket socket = new Socket();

  public StuckClient(int port) {
    try {
      socket.setReceiveBufferSize(SMALL_BUFFER);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      write(
          String.join(
              "\r\n",
              "GET /feed HTTP/1.1",
              "Host: localhost",
              "Upgrade: websocket",
              "Connection: Upgrade",
              "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
              "",
              ""));
      readHeaders();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nothing may be sent before the server has agreed. */
  private void readHeaders() throws IOException {
    StringBuilder headers = new StringBuilder();
    while (headers.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new EOFException("Not accepted: " + headers);
      }
      headers.append((char) next);
    }
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
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(0x80 | opcode);
    if (payload.length < 126) {
      frame.write(0x80 | payload.length);
    } else {
      frame.write(0x80 | 126);
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    }
    frame.writeBytes(new byte[4]); // a mask that changes nothing
    frame.writeBytes(payload);
    try {
      socket.getOutputStream().write(frame.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
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
