package io.fullon.cache.testing;

import static io.fullon.cache.testing.CacheNode.get;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * A way to a Redis server on this machine that knows the commands which pass: it counts them, can
 * make others of them, and can hold back what the server answers.
 */
public final class RedisProxy implements AutoCloseable {

  private static final String HOST = "127.0.0.1";

  private final Vertx vertx = Vertx.vertx();
  // Vert.x closes one that nobody holds, with its connections.
  private final NetClient net = vertx.createNetClient();
  private volatile int target;
  private final NetServer server;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Queue<List<String>> commands = new ConcurrentLinkedQueue<>();
  private volatile UnaryOperator<List<String>> rewrite = UnaryOperator.identity();
  private volatile Predicate<List<String>> hold = command -> false;

  public RedisProxy(int target) {
    this.target = target;
    this.server = get(vertx.createNetServer().connectHandler(this::accept).listen(0, HOST));
  }

  public int port() {
    return server.actualPort();
  }

  public String uri() {
    return "redis://" + HOST + ":" + port();
  }

  /** New connections lead to that server; those that there are stay. */
  public void lead(int port) {
    target = port;
  }

  /** Has the server get another command instead; its answer is what the client gets. */
  public void rewrite(UnaryOperator<List<String>> rewriting) {
    rewrite = rewriting;
  }

  /** Holds back the answer to such a command, and all that the server sends there after it. */
  public void holdAnswers(Predicate<List<String>> held) {
    hold = held;
  }

  /** What was held back goes on, and nothing is held any more. */
  public void letGo() {
    hold = command -> false;
    letGo(command -> true);
  }

  /** What was held back with the answer to such a command goes on. */
  public void letGo(Predicate<List<String>> held) {
    connections.stream()
        .filter(connection -> connection.isHolding(held))
        .forEach(Connection::letGo);
  }

  /** Whether the answer to such a command is being held back. */
  public boolean isHolding(Predicate<List<String>> held) {
    return connections.stream().anyMatch(connection -> connection.isHolding(held));
  }

  /** All commands that have come so far, as the client has sent them. */
  public List<List<String>> commands() {
    return List.copyOf(commands);
  }

  private void accept(NetSocket client) {
    client.pause();
    net.connect(target, HOST)
        .onFailure(e -> client.close())
        .onSuccess(
            redis -> {
              Connection connection = new Connection(client, redis);
              connections.add(connection);
              client.handler(connection::sent);
              redis.handler(connection::answered);
              client.closeHandler(v -> redis.close());
              redis.closeHandler(
                  v -> {
                    connections.remove(connection);
                    client.close();
                  });
              client.resume();
            });
  }

  private final class Connection {

    private final NetSocket client;
    private final NetSocket redis;
    private Buffer unread = Buffer.buffer();
    private Buffer heldBack = Buffer.buffer();

    /** The command whose answer is held back, and all after it; or null. */
    private List<String> holding;

    Connection(NetSocket client, NetSocket redis) {
      this.client = client;
      this.redis = redis;
    }

    synchronized void sent(Buffer bytes) {
      unread.appendBuffer(bytes);
      List<String> command = next();
      while (command != null) {
        commands.add(command);
        if (holding == null && hold.test(command)) {
          holding = command;
        }
        redis.write(encode(rewrite.apply(command)));
        command = next();
      }
    }

    synchronized void answered(Buffer bytes) {
      if (holding != null) {
        heldBack.appendBuffer(bytes);
      } else {
        client.write(bytes);
      }
    }

    synchronized boolean isHolding(Predicate<List<String>> held) {
      return holding != null && held.test(holding);
    }

    synchronized void letGo() {
      holding = null;
      client.write(heldBack);
      heldBack = Buffer.buffer();
    }

    /** The next command of what was sent, or null when it is not complete. */
    private List<String> next() {
      String text = unread.toString(StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n");
      if (end < 0) {
        return null;
      }
      int count = Integer.parseInt(text.substring(1, end));
      int position = end + 2;
      List<String> command = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        end = text.indexOf("\r\n", position);
        if (end < 0) {
          return null;
        }
        int length = Integer.parseInt(text.substring(position + 1, end));
        position = end + 2 + length + 2;
        if (position > text.length()) {
          return null;
        }
        command.add(text.substring(end + 2, end + 2 + length));
      }
      unread = unread.getBuffer(position, unread.length());
      return command;
    }

    private static Buffer encode(List<String> command) {
      StringBuilder text = new StringBuilder("*").append(command.size()).append("\r\n");
      command.forEach(
          part ->
              text.append('$').append(part.length()).append("\r\n").append(part).append("\r\n"));
      return Buffer.buffer(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  @Override
  public void close() {
    get(vertx.close());
  }
}
