package io.fullon.cache.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real Redis server of our own, on the loopback interface. It ends with {@link #close()} or with
 * this process, however that ends, and leaves nothing behind.
 *
 * <p>A small shell process stands between: it makes the server's folder, starts the server, and
 * waits for the end of the pipe from this process, which comes even when this process is killed;
 * then it ends the server and removes the folder. It runs in a session of its own where there is
 * {@code setsid}, so that no signal to our process group reaches it.
 */
public final class EmbeddedRedis implements AutoCloseable {

  private static final long START_NANOS = 10_000_000_000L;
  private static final long POLL_MS = 5;
  private static final int ATTEMPTS = 5;
  private static final long STOP_SECONDS = 5;
  private static final String PORT_TAKEN = "Address already in use";

  /** Stands for the server that the shell finds. */
  private static final String ON_PATH = "redis-server on the PATH";

  /**
   * Arguments: size of the binary on stdin (0: none, it is $5), end signal, data folder or "". What
   * the shell ignores the server must not: until it has handlers it would not end.
   */
  private static final String SUPERVISOR =
      """
      trap '' INT TERM HUP PIPE
      size=$1 signal=$2 data=$3; shift 3
      folder=$(mktemp -d "${TMPDIR:-/tmp}/fullon-redis-XXXXXX") || exit 1
      if [ "$size" -gt 0 ]; then
        server=$folder/redis-server
        head -c "$size" >"$server"
        chmod 700 "$server"
      else
        server=redis-server
      fi
      (trap - INT TERM HUP PIPE; exec "$server" --dir "${data:-$folder}" "$@") \\
        >"$folder/log" 2>&1 </dev/null &
      pid=$!
      echo "$pid $folder"
      exec >/dev/null 2>&1
      cat
      kill "-$signal" "$pid"
      kill -CONT "$pid"
      wait "$pid"
      rm -rf "$folder"
      """;

  private final Process supervisor;
  private final int port;
  private final long pid;
  private final Path folder;
  private final String password;

  private EmbeddedRedis(Process supervisor, int port, long pid, Path folder, String password) {
    this.supervisor = supervisor;
    this.port = port;
    this.pid = pid;
    this.folder = folder;
    this.password = password;
  }

  /**
   * Starts a server that keeps nothing, on a free port.
   *
   * @throws IOException with one clear line when no server runs here
   */
  public static EmbeddedRedis start() throws IOException {
    return start(0, null, Map.of());
  }

  /**
   * Starts a server.
   *
   * @param port 0 for any free one
   * @param data where its data is and stays; null for a server that keeps nothing
   * @param settings directives of {@code redis.conf}
   * @throws IOException with one clear line when no server runs here, or the port is taken
   */
  public static EmbeddedRedis start(int port, Path data, Map<String, String> settings)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      int chosen = port == 0 ? freePort() : port;
      try {
        return launchAny(chosen, data, settings);
      } catch (PortTaken e) {
        // Somebody was faster.
        if (port != 0 || attempt == ATTEMPTS) {
          throw new IOException("Redis did not start: the port " + chosen + " is taken", e);
        }
      }
    }
  }

  private static EmbeddedRedis launchAny(int port, Path data, Map<String, String> settings)
      throws IOException {
    List<String> tried = new ArrayList<>();
    for (String binary : binaries()) {
      try {
        return launch(binary, port, data, settings);
      } catch (StartFailure e) {
        tried.add(binary + ": " + e.getMessage());
      }
    }
    throw new IOException("Redis did not start: " + String.join("; ", tried));
  }

  /** One way to start did not work; another one may. */
  private static final class StartFailure extends IOException {

    private static final long serialVersionUID = 1L;

    StartFailure(String message) {
      super(message);
    }
  }

  /** Another port may do. */
  private static final class PortTaken extends IOException {

    private static final long serialVersionUID = 1L;

    PortTaken(String message) {
      super(message);
    }
  }

  private static EmbeddedRedis launch(
      String binary, int port, Path data, Map<String, String> settings) throws IOException {
    byte[] server = binary.equals(ON_PATH) ? new byte[0] : load(binary);
    List<String> command = new ArrayList<>();
    if (isOnPath("setsid")) {
      command.add("setsid");
    }
    // Data that stays must be saved; for what goes away a quick end is enough.
    String signal = data == null ? "KILL" : "TERM";
    command.addAll(List.of("sh", "-c", SUPERVISOR, "redis", String.valueOf(server.length), signal));
    command.add(data == null ? "" : data.toString());
    command.addAll(List.of("--port", String.valueOf(port), "--bind", "127.0.0.1"));
    if (data == null) {
      command.addAll(List.of("--save", ""));
    }
    settings.forEach((name, value) -> command.addAll(List.of("--" + name, value)));

    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    builder.environment().put("TMPDIR", temporary.toString());
    Process supervisor = builder.start();
    try {
      String[] pidAndFolder = handOver(server, supervisor).split(" ", 2);
      EmbeddedRedis redis =
          new EmbeddedRedis(
              supervisor,
              port,
              Long.parseLong(pidAndFolder[0]),
              Path.of(pidAndFolder[1]),
              settings.get("requirepass"));
      redis.awaitReady();
      return redis;
    } catch (IOException e) {
      closePipe(supervisor);
      awaitEnd(supervisor, STOP_SECONDS);
      throw e;
    }
  }

  /** Gives the shell the server's binary; it answers with process id and folder. */
  private static String handOver(byte[] server, Process supervisor) throws IOException {
    try {
      OutputStream pipe = supervisor.getOutputStream();
      pipe.write(server);
      pipe.flush();
    } catch (IOException e) {
      // It has ended already; what it said tells why.
    }
    BufferedReader answer = supervisor.inputReader(StandardCharsets.UTF_8);
    String line = answer.readLine();
    if (line == null || !line.matches("[0-9]+ /.*")) {
      throw new StartFailure(line == null ? "the shell that starts it failed" : line);
    }
    return line;
  }

  private void awaitReady() throws IOException {
    long deadline = System.nanoTime() + START_NANOS;
    while (!answers()) {
      boolean alive = ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
      if (!alive || System.nanoTime() > deadline) {
        String reason = lastLogLine();
        if (reason.contains(PORT_TAKEN)) {
          throw new PortTaken(reason);
        }
        throw new StartFailure((alive ? "no answer, " : "ended, ") + reason);
      }
      try {
        Thread.sleep(POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StartFailure("interrupted");
      }
    }
  }

  /** Whether it is this very server that answers on the port, not somebody else's. */
  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(1_000);
      String auth = password == null ? "" : command("AUTH", password);
      String question = auth + command("INFO", "server");
      socket.getOutputStream().write(question.getBytes(StandardCharsets.UTF_8));
      StringBuilder answer = new StringBuilder();
      byte[] buffer = new byte[4_096];
      while (answer.indexOf("process_id:" + pid + "\r") < 0) {
        int read = socket.getInputStream().read(buffer);
        if (read < 0 || answer.length() > 100_000) {
          return false;
        }
        answer.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static String command(String name, String argument) {
    int length = argument.getBytes(StandardCharsets.UTF_8).length;
    return "*2\r\n$"
        + name.length()
        + "\r\n"
        + name
        + "\r\n$"
        + length
        + "\r\n"
        + argument
        + "\r\n";
  }

  private String lastLogLine() {
    try (Stream<String> lines = Files.lines(folder.resolve("log"), StandardCharsets.ISO_8859_1)) {
      // The line that names a taken port is followed by others.
      List<String> all = lines.filter(line -> !line.isBlank()).toList();
      return all.stream()
          .filter(line -> line.contains(PORT_TAKEN))
          .findFirst()
          .orElse(all.isEmpty() ? "nothing in its log" : all.get(all.size() - 1))
          .trim();
    } catch (IOException | UncheckedIOException e) {
      return "no log";
    }
  }

  public int port() {
    return port;
  }

  /** The process id of the server itself. */
  public long pid() {
    return pid;
  }

  /** Where its binary and its log are while it runs. */
  public Path folder() {
    return folder;
  }

  public String uri() {
    String user =
        password == null ? "" : ":" + URLEncoder.encode(password, StandardCharsets.UTF_8) + "@";
    return "redis://" + user + "127.0.0.1:" + port;
  }

  /** Ends the server; when it returns, nothing is left of it but the data it was told to keep. */
  @Override
  public void close() {
    closePipe(supervisor);
    if (!awaitEnd(supervisor, STOP_SECONDS)) {
      // A server that cannot save its data refuses to end.
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      awaitEnd(supervisor, STOP_SECONDS);
    }
  }

  private static void closePipe(Process supervisor) {
    try {
      supervisor.getOutputStream().close();
    } catch (IOException e) {
      // It is closed already, which is what was wanted.
    }
  }

  private static boolean awaitEnd(Process supervisor, long seconds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return supervisor.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isOnPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.of(path.split(":")).anyMatch(dir -> Files.isExecutable(Path.of(dir, program)));
  }

  /** What may run on this machine, the best first: those that the package has, or another's. */
  private static List<String> binaries() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    boolean arm = System.getProperty("os.arch").matches("aarch64|arm64");
    if (system.contains("linux")) {
      return List.of(
          arm ? "redis-server-6.2.7-linux-arm64" : "redis-server-6.2.6-v5-linux-amd64", ON_PATH);
    }
    if (system.contains("mac")) {
      return List.of(
          arm ? "redis-server-6.2.6-v5-darwin-arm64" : "redis-server-6.2.6-v5-darwin-amd64",
          ON_PATH);
    }
    return List.of(ON_PATH);
  }

  private static byte[] load(String binary) throws IOException {
    try (InputStream resource = EmbeddedRedis.class.getResourceAsStream("/" + binary)) {
      if (resource == null) {
        throw new StartFailure("not on the class path");
      }
      return resource.readAllBytes();
    }
  }
}
