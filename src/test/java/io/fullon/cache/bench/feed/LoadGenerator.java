package io.fullon.cache.bench.feed;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * All clients, in a process of its own and one thread, on plain sockets: whatever else it did would
 * be taken from the servers that are measured.
 */
final class LoadGenerator {

  static final int MANY_SYMBOLS = 10_000;

  private static final String END_OF_HEADERS = "\r\n\r\n";
  private static final String UPGRADE =
      String.join(
              "\r\n",
              "GET /feed HTTP/1.1",
              "Host: 127.0.0.1",
              "Connection: Upgrade",
              "Upgrade: websocket",
              "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
          + END_OF_HEADERS;

  private static final int BUFFER = 65_536;
  private static final long QUIET_MS = 300;

  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final List<LoadConnection> connections = new ArrayList<>();
  private final Random random = new Random(1);

  /** Only the loop's thread touches what is in it. */
  private final LoadCounts counts = new LoadCounts();

  private LoadGenerator() throws IOException {}

  public static void main(String[] arguments) throws IOException {
    LoadGenerator generator = new LoadGenerator();
    Thread loop = new Thread(generator::loop, "loop");
    loop.setDaemon(true);
    loop.start();
    Child.answer(new JsonObject(), generator::answer);
  }

  private void loop() {
    try {
      while (true) {
        selector.select(this::read);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
      }
    } catch (IOException | RuntimeException e) {
      e.printStackTrace();
      System.exit(1); // whoever waits for figures must not get any
    }
  }

  private void read(SelectionKey key) {
    LoadConnection connection = (LoadConnection) key.attachment();
    try {
      connection.read(buffer);
    } catch (IOException e) {
      counts.lost++;
      key.cancel();
    }
  }

  private <T> T onLoop(Supplier<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    tasks.add(() -> done.complete(task.get()));
    selector.wakeup();
    return done.join();
  }

  private JsonObject answer(String[] command) throws IOException {
    switch (command[0]) {
      case "connect" ->
          connect(
              Integer.parseInt(command[1]),
              Integer.parseInt(command[2]),
              Interest.valueOf(command[3]));
      case "window" ->
          onLoop(() -> openWindow(command.length > 1 ? Long.parseLong(command[1]) : 0));
      case "quiet" -> waitUntilQuiet();
      case "drop" -> onLoop(this::drop);
      default -> {}
    }
    return onLoop(counts::json);
  }

  /**
   * @param millis when it closes, 0 for never
   */
  private Void openWindow(long millis) {
    counts.reset(millis);
    connections.forEach(LoadConnection::forgetNumbers);
    return null;
  }

  private void waitUntilQuiet() {
    long before = -1;
    for (long now = ticks(); now != before; now = ticks()) {
      before = now;
      Child.pause(QUIET_MS);
    }
  }

  private long ticks() {
    return onLoop(() -> counts.ticks);
  }

  private Void drop() {
    try {
      for (LoadConnection connection : connections) {
        connection.channel().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    connections.clear();
    counts.acks = 0;
    counts.lost = 0;
    return null;
  }

  /** What the clients want to have. */
  enum Interest {
    /** The server sends everything unasked. */
    UNASKED,
    /** The same in frames such as ours. */
    UNASKED_UPDATES,
    EVERYTHING,
    /** The latest of everything, ten times a second at most. */
    EVERYTHING_EACH_100_MS,
    /** The latest of everything, once a second at most. */
    EVERYTHING_EACH_1000_MS,
    /** Ten symbols out of 10,000, for everyone others. */
    TEN;

    static final int SYMBOLS = 10;

    private String request(Random random) {
      JsonObject request = new JsonObject().put("op", "subscribe").put("req_id", 1);
      if (this != TEN) {
        int intervalMs =
            this == EVERYTHING_EACH_100_MS ? 100 : this == EVERYTHING_EACH_1000_MS ? 1_000 : 0;
        request.put("exchange", "*").put("symbols", "*").put("interval_ms", intervalMs);
        return request.encode();
      }
      JsonArray symbols = new JsonArray();
      random
          .ints(0, MANY_SYMBOLS)
          .distinct()
          .limit(SYMBOLS)
          .mapToObj(Ticks::symbol)
          .forEach(symbols::add);
      return request.put("exchange", Ticks.EXCHANGE).put("symbols", symbols).encode();
    }
  }

  private void connect(int port, int count, Interest interest) throws IOException {
    boolean asks = interest != Interest.UNASKED && interest != Interest.UNASKED_UPDATES;
    for (int i = 0; i < count; i++) {
      SocketChannel channel =
          SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      upgrade(channel);
      if (asks) {
        channel.write(frame(interest.request(random)));
      }
      channel.configureBlocking(false);
      LoadConnection connection =
          new LoadConnection(channel, counts, interest != Interest.UNASKED, i == 0);
      connections.add(connection);
      channel.register(selector, SelectionKey.OP_READ, connection);
      selector.wakeup();
    }
    while (asks && onLoop(() -> counts.acks) < connections.size()) {
      Child.pause(10);
    }
  }

  /** Byte by byte at its end, so that nothing of the frames behind it is taken. */
  private static void upgrade(SocketChannel channel) throws IOException {
    channel.write(StandardCharsets.US_ASCII.encode(UPGRADE));
    StringBuilder answer = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (answer.indexOf(END_OF_HEADERS, answer.length() - END_OF_HEADERS.length()) < 0) {
      if (channel.read(one.clear()) < 0) {
        throw new IOException("Closed after " + answer);
      }
      answer.append((char) one.get(0));
    }
    if (!answer.toString().startsWith("HTTP/1.1 101")) {
      throw new IOException("Refused: " + answer);
    }
  }

  /** Masked, as a client has to, but with zeros. */
  private static ByteBuffer frame(String text) {
    ByteBuffer frame = ByteBuffer.allocate(text.length() + 8);
    frame.put((byte) 0x81);
    if (text.length() < 126) {
      frame.put((byte) (0x80 | text.length()));
    } else {
      frame.put((byte) (0x80 | 126)).putShort((short) text.length());
    }
    return frame.putInt(0).put(text.getBytes(StandardCharsets.US_ASCII)).flip();
  }
}
