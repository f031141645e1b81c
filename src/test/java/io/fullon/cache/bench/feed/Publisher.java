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

/**
 * Publishes ticks on a channel of Redis, without waiting for the answers; or as the Python package
 * does, which stores each and publishes it on its own channel.
 */
final class Publisher implements AutoCloseable {

  static final String CHANNEL = "bench";

  private final Socket socket;
  private final boolean stores;

  Publisher(int port, boolean stores) throws IOException {
    this.stores = stores;
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
      if (stores) {
        add(commands, "HSET", "tickers:" + Ticks.EXCHANGE, tick.symbol(), json);
        add(commands, "PUBLISH", "ticker_updates:" + Ticks.EXCHANGE + ":" + tick.symbol(), json);
      } else {
        add(commands, "PUBLISH", CHANNEL, json);
      }
    }
    try {
      commands.writeTo(socket.getOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void add(ByteArrayOutputStream commands, String... parts) {
    StringBuilder command = new StringBuilder("*").append(parts.length).append("\r\n");
    for (String part : parts) {
      command.append('$').append(part.length()).append("\r\n").append(part).append("\r\n");
    }
    commands.writeBytes(command.toString().getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
