package io.fullon.cache.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
  private static final String PORT_TAKEN = "Address already in use";

  /** Arguments: size of the binary on stdin (0: none, it is $5), end signal, data folder or "". */
  private static final String SUPERVISOR =
      """
      trap '' INT TERM HUP
      size=$1 signal=$2 data=$3; shift 3
      folder=$(mktemp -d "${TMPDIR:-/tmp}/fullon-redis-XXXXXX") || exit 1
      if [ "$size" -gt 0 ]; then
        server=$folder/redis-server
        head -c "$size" >"$server"
        chmod 700 "$server"
      else
        server=redis-server
      fi
      "$server" --dir "${data:-$folder}" "$@" >"$folder/log" 2>&1 </dev/null &
      pid=$!
      echo "$pid $folder"
      exec >/dev/null 2>&1
      cat
      kill "-$signal" "$pid"
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
    List<String> tried = new ArrayList<>();
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      int chosen = port == 0 ? freePort() : port;
      tried.clear();
      for (String binary : new String[] {bundled(), null}) {
        try {
          return launch(binary, chosen, data, settings);
        } catch (StartFailure e) {
          tried.add(
              (binary == null ? "redis-server on the PATH" : "bundled") + ": " + e.getMessage());
        }
      }
      if (port != 0 || tried.stream().noneMatch(reason -> reason.contains(PORT_TAKEN))) {
        break;
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

  private static EmbeddedRedis launch(
      String binary, int port, Path data, Map<String, String> settings) throws IOException {
    byte[] server = binary == null ? new byte[0] : load(binary);
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

    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("TMPDIR", System.getProperty("java.io.tmpdir"));
    Process supervisor = builder.start();
    try {
      OutputStream pipe = supervisor.getOutputStream();
      pipe.write(server);
      pipe.flush();
      BufferedReader answer = supervisor.inputReader(StandardCharsets.UTF_8);
      String line = answer.readLine();
      if (line == null) {
        throw new StartFailure("the supervising shell failed");
      }
      String[] pidAndFolder = line.split(" ", 2);
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
      end(supervisor);
      throw e instanceof StartFailure ? e : new StartFailure(e.getMessage());
    }
  }

  private void awaitReady() throws IOException {
    long deadline = System.nanoTime() + START_NANOS;
    while (!answers()) {
      boolean alive = ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
      if (!alive || System.nanoTime() > deadline) {
        throw new StartFailure((alive ? "no answer, " : "ended, ") + lastLogLine());
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
      String auth = password == null ? "" : "AUTH " + password + "\r\n";
      socket.getOutputStream().write((auth + "INFO server\r\n").getBytes(StandardCharsets.UTF_8));
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

  private String lastLogLine() throws IOException {
    try (Stream<String> lines = Files.lines(folder.resolve("log"), StandardCharsets.ISO_8859_1)) {
      // The line that names a taken port is followed by others.
      List<String> all = lines.filter(line -> !line.isBlank()).toList();
      return all.stream()
          .filter(line -> line.contains(PORT_TAKEN))
          .findFirst()
          .orElse(all.isEmpty() ? "nothing in its log" : all.get(all.size() - 1))
          .trim();
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
    end(supervisor);
  }

  private static void end(Process supervisor) {
    try {
      supervisor.getOutputStream().close();
    } catch (IOException e) {
      // The pipe is closed already, which is what was wanted.
    }
    boolean interrupted = false;
    while (true) {
      try {
        supervisor.waitFor();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
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

  /** The name of the binary that the package has for this machine; null when it has none. */
  private static String bundled() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    boolean arm = System.getProperty("os.arch").matches("aarch64|arm64");
    if (system.contains("linux")) {
      return arm ? "/redis-server-6.2.7-linux-arm64" : "/redis-server-6.2.6-v5-linux-amd64";
    }
    if (system.contains("mac")) {
      return arm ? "/redis-server-6.2.6-v5-darwin-arm64" : "/redis-server-6.2.6-v5-darwin-amd64";
    }
    return null;
  }

  private static byte[] load(String binary) throws IOException {
    try (InputStream resource = EmbeddedRedis.class.getResourceAsStream(binary)) {
      if (resource == null) {
        throw new StartFailure("no " + binary + " on the class path");
      }
      return resource.readAllBytes();
    }
  }
}
