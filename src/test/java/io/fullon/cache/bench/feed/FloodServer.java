package io.fullon.cache.bench.feed;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes frames that were made before as fast as the sockets take them, to load the generator. */
final class FloodServer {

  private static final int FRAMES = 200;

  /** A client, and where it is in the frames. */
  private record Client(SocketChannel channel, ByteBuffer frames) {}

  private final List<Client> clients = new CopyOnWriteArrayList<>();
  private final ServerSocketChannel server;
  private final ByteBuffer frames;

  private FloodServer(int ticksPerFrame) throws IOException {
    server =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
    frames = frames(ticksPerFrame);
  }

  /**
   * @param arguments how many ticks are in a frame as our server sends them; 0 for each by itself
   */
  public static void main(String[] arguments) throws IOException {
    FloodServer flood = new FloodServer(Integer.parseInt(arguments[0]));
    thread(flood::accept);
    InetSocketAddress address = (InetSocketAddress) flood.server.getLocalAddress();
    Child.answer(
        new JsonObject().put("port", address.getPort()),
        command -> {
          thread(flood::write);
          return new JsonObject();
        });
  }

  private static ByteBuffer frames(int ticksPerFrame) throws IOException {
    String tick = Ticks.json(new Ticks(1).next());
    String payload =
        ticksPerFrame == 0
            ? tick
            : LoadConnection.HEAD
                + String.join(",", Collections.nCopies(ticksPerFrame, tick))
                + LoadConnection.TAIL;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream frames = new DataOutputStream(bytes);
    for (int i = 0; i < FRAMES; i++) {
      frames.writeByte(0x81);
      frames.writeByte(126);
      frames.writeShort(payload.length());
      frames.writeBytes(payload);
    }
    return ByteBuffer.allocateDirect(bytes.size()).put(bytes.toByteArray()).flip();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void thread(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The load has dropped it.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      SocketChannel channel = server.accept();
      channel.read(ByteBuffer.allocate(1_000));
      channel.write(StandardCharsets.US_ASCII.encode("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
      channel.configureBlocking(false);
      clients.add(new Client(channel, frames.duplicate()));
    }
  }

  private void write() throws IOException {
    while (true) {
      for (Client client : clients) {
        client.channel.write(client.frames);
        if (!client.frames.hasRemaining()) {
          client.frames.rewind();
        }
      }
    }
  }
}
