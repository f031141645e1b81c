package io.fullon.cache.testing;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** A network between clients and a Redis server that knows where each command begins and ends. */
public final class SilencingProxy implements AutoCloseable {

  private static final String HOST = "127.0.0.1";

  /** With these alone a client believes that the server is well. */
  private static final Set<String> CONNECTING = Set.of("HELLO", "PING", "ROLE", "SCRIPT");

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final NetClient client = vertx.createNetClient();
  private final NetServer server;
  private final int target;
  private final long delayMs;
  private volatile Predicate<String> swallowed = command -> false;
  private volatile String garbage;

  /**
   * @param target the server's port
   * @param delayMs how long everything takes in each direction
   */
  public SilencingProxy(int target, long delayMs) {
    this.target = target;
    this.delayMs = delayMs;
    this.server = CacheNode.get(vertx.createNetServer().connectHandler(this::join).listen(0, HOST));
  }

  public String uri() {
    return "redis://" + HOST + ":" + server.actualPort();
  }

  /** From now on nothing but a new connection is answered. */
  public void answerOnlyPing() {
    swallowed = command -> !CONNECTING.contains(command);
  }

  /** From now on everything is answered. */
  public void answerAll() {
    swallowed = command -> false;
  }

  /** From now on this is the answer to everything. */
  public void answerWith(String bytes) {
    garbage = bytes;
  }

  private void join(NetSocket from) {
    from.pause();
    client
        .connect(target, HOST)
        .onSuccess(
            to -> {
              Commands commands = new Commands(to);
              from.handler(commands::received);
              to.handler(answer -> later(() -> from.write(shown(answer))));
              from.closeHandler(v -> to.close());
              to.closeHandler(v -> from.close());
              from.resume();
            })
        .onFailure(e -> from.close());
  }

  private Buffer shown(Buffer answer) {
    return garbage == null ? answer : Buffer.buffer(garbage);
  }

  private void later(Runnable delivery) {
    if (delayMs == 0) {
      delivery.run();
    } else {
      vertx.setTimer(delayMs, timer -> delivery.run());
    }
  }

  /** What one client sends. */
  private final class Commands {

    private final NetSocket to;
    private Buffer rest = Buffer.buffer();
    private boolean silent;

    Commands(NetSocket to) {
      this.to = to;
    }

    void received(Buffer more) {
      rest.appendBuffer(more);
      int begin = 0;
      for (int end = end(0); end > 0; end = end(begin)) {
        Buffer command = rest.getBuffer(begin, end);
        // A server that owes an answer owes all later ones too.
        silent = silent || swallowed.test(name(command));
        if (!silent) {
          later(() -> to.write(command));
        }
        begin = end;
      }
      rest = rest.getBuffer(begin, rest.length());
    }

    /** Where the command that begins there ends; -1 when it is not complete. */
    private int end(int begin) {
      int line = lineEnd(begin);
      if (line < 0) {
        return -1;
      }
      int parts = Integer.parseInt(rest.getString(begin + 1, line));
      int at = line + 2;
      for (int i = 0; i < parts; i++) {
        int size = lineEnd(at);
        if (size < 0) {
          return -1;
        }
        at = size + 2 + Integer.parseInt(rest.getString(at + 1, size)) + 2;
      }
      return at <= rest.length() ? at : -1;
    }

    private int lineEnd(int from) {
      for (int i = from; i + 1 < rest.length(); i++) {
        if (rest.getByte(i) == '\r') {
          return i;
        }
      }
      return -1;
    }
  }

  /** The third line: after the number of parts and the length of the name. */
  private static String name(Buffer command) {
    return command.toString().split("\r\n", 4)[2].toUpperCase(Locale.ROOT);
  }

  @Override
  public void close() {
    CacheNode.get(vertx.close());
  }
}
