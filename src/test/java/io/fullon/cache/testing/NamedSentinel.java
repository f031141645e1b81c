package io.fullon.cache.testing;

import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A Sentinel that knows the master by a name, and announces it so. What the name stands for it
 * finds in a file of hosts of its own, for which it needs a mount namespace, and so the rights of
 * root.
 */
public final class NamedSentinel implements AutoCloseable {

  private static final String MASTER = "tickers";

  /** Arguments: the hosts, the server's binary, its configuration. Ends when our pipe ends. */
  private static final String SUPERVISOR =
      """
      mount --bind "$1" /etc/hosts || exit 1
      "$2" "$3" --sentinel >/dev/null 2>&1 </dev/null &
      cat
      kill -KILL $!
      wait
      """;

  private final Process process;
  private final int port;

  private NamedSentinel(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  public static NamedSentinel start(Path hosts, String name, EmbeddedRedis master) {
    try {
      int port = freePort();
      Path folder = Files.createDirectories(hosts.resolveSibling("sentinel"));
      Path configuration = folder.resolve("sentinel.conf");
      Files.write(
          configuration,
          List.of(
              "port " + port,
              "bind 127.0.0.1",
              "sentinel resolve-hostnames yes",
              "sentinel announce-hostnames yes",
              "sentinel monitor " + MASTER + " " + name + " " + master.port() + " 1",
              "dir " + folder));
      String binary = ProcessHandle.of(master.pid()).orElseThrow().info().command().orElseThrow();
      Process process =
          new ProcessBuilder(
                  "unshare",
                  "-m",
                  "sh",
                  "-c",
                  SUPERVISOR,
                  "sentinel",
                  hosts.toString(),
                  binary,
                  configuration.toString())
              .redirectErrorStream(true)
              .start();
      await("the Sentinel").ignoreExceptions().until(() -> answers(port));
      return new NamedSentinel(process, port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean answers(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    }
  }

  public int port() {
    return port;
  }

  public String masterName() {
    return MASTER;
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
