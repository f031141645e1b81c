package io.fullon.cache.bench.feed;

import io.fullon.cache.tick.Tick;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Publishes ticks on a channel of Redis, without waiting for the answers. */
final class Publisher implements AutoCloseable {

  static final String CHANNEL = "bench";

  private final Socket socket;

  Publisher(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    Thread answers = new Thread(this::readAnswers, "answers");
    answers.setDaemon(true);
    answers.start();
  }

  private void readAnswers() {
    try (InputStream input = socket.getInputStream()) {
      input.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // It was closed.
    }
  }

  void publish(List<Tick> ticks) {
    ByteArrayOutputStream commands = new ByteArrayOutputStream();
    for (Tick tick : ticks) {
      String json = Ticks.json(tick);
      String command =
          "*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n"
              .formatted(CHANNEL.length(), CHANNEL, json.length(), json);
      commands.writeBytes(command.getBytes(StandardCharsets.US_ASCII));
    }
    try {
      commands.writeTo(socket.getOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
