package io.fullon.cache.app;

import io.fullon.cache.redis.RedisUri;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real Redis server of our own, on the loopback interface. It ends with {@link #close()} or with
 * this process, however that ends, and leaves nothing behind. A private one is reached by a Unix
 * socket in its folder, where nobody else can take its place; whoever takes its port, before it
 * listens or after its end, is told nothing.
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

  /** What the log says once the server listens. */
  private static final String READY = "Ready to accept connections";

  private static final String HOST = "127.0.0.1";
  private static final String FOLDER = "fullon-redis-XXXXXX";
  private static final String SOCKET = "redis.sock";

  /** The longest path of a Unix socket, in bytes: that of macOS; Linux takes four more. */
  private static final int MAX_SOCKET_PATH = 103;

  /** Stands for the server that the shell finds. */
  private static final String ON_PATH = "redis-server on the PATH";

  /** What reaches beyond the data: files, other servers, the server's own settings and users. */
  private static final List<String> BEYOND_DATA =
      List.of(
          "ACL",
          "BGREWRITEAOF",
          "BGSAVE",
          "CONFIG",
          "DEBUG",
          "FAILOVER",
          "MIGRATE",
          "MODULE",
          "MONITOR",
          "PSYNC",
          "REPLICAOF",
          "SAVE",
          "SHUTDOWN",
          "SLAVEOF",
          "SYNC");

  private static final int PASSWORD_BYTES = 32;

  /**
   * Arguments: sizes of configuration and binary on stdin (0: no binary), end signal, data folder
   * or "", template of the folder's name. The configuration has a password, so nobody else may read
   * it, and no argument shows it; dd reads no byte too many. What the shell ignores the server must
   * not: until it has handlers it would not end. Only the server holds the pipe to us as its file
   * 3, which therefore ends with it.
   */
  private static final String SUPERVISOR =
      """
      trap '' INT TERM HUP PIPE
      umask 077
      configuration=$1 size=$2 signal=$3 data=$4
      folder=$(mktemp -d "$5") || exit 1
      dd bs=1 count="$configuration" of="$folder/redis.conf" 2>/dev/null
      if [ "$size" -gt 0 ]; then
        server=$folder/redis-server
        head -c "$size" >"$server"
        chmod 700 "$server"
      else
        server=redis-server
      fi
      (trap - INT TERM HUP PIPE; exec "$server" "$folder/redis.conf" --dir "${data:-$folder}") \\
        3>&1 >"$folder/log" 2>&1 </dev/null &
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
  private final RedisUri uri;

  private EmbeddedRedis(Process supervisor, int port, long pid, Path folder, RedisUri uri) {
    this.supervisor = supervisor;
    this.port = port;
    this.pid = pid;
    this.folder = folder;
    this.uri = uri;
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
   * Starts a server for this process alone, which keeps nothing, on a free port too. Its password
   * is known here only, and it has no commands that reach beyond its data.
   *
   * @throws IOException with one clear line when no server runs here
   */
  public static EmbeddedRedis startPrivate() throws IOException {
    Map<String, String> settings = Map.of("requirepass", randomPassword());
    return onPort(0, port -> launchAny(port, null, settings, true));
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
    return onPort(port, chosen -> launchAny(chosen, data, settings, false));
  }

  private interface Launch {
    EmbeddedRedis on(int port) throws IOException;
  }

  private static EmbeddedRedis onPort(int port, Launch launch) throws IOException {
    for (int attempt = 1; ; attempt++) {
      int chosen = port == 0 ? freePort() : port;
      try {
        return launch.on(chosen);
      } catch (PortTaken e) {
        // Somebody was faster.
        if (port != 0 || attempt == ATTEMPTS) {
          throw new IOException("Redis did not start: the port " + chosen + " is taken", e);
        }
      }
    }
  }

  private static EmbeddedRedis launchAny(
      int port, Path data, Map<String, String> settings, boolean isPrivate) throws IOException {
    String configuration = configuration(port, data, settings, isPrivate);
    String password = settings.get("requirepass");
    List<String> tried = new ArrayList<>();
    for (String binary : binaries()) {
      try {
        return launch(binary, configuration, port, data, password, isPrivate);
      } catch (StartFailure e) {
        tried.add(binary + ": " + e.getMessage());
      }
    }
    throw new IOException("Redis did not start: " + String.join("; ", tried));
  }

  /** The server's {@code redis.conf}. */
  private static String configuration(
      int port, Path data, Map<String, String> settings, boolean isPrivate) {
    StringBuilder lines = new StringBuilder();
    lines.append("port ").append(port).append("\nbind " + HOST + "\n");
    if (data == null) {
      lines.append("save \"\"\n");
    }
    settings.forEach(
        (name, value) -> lines.append(name).append(' ').append(quoted(value)).append('\n'));
    if (isPrivate) {
      // In its folder, which it works in.
      lines.append("unixsocket ").append(SOCKET).append("\nunixsocketperm 600\n");
      BEYOND_DATA.forEach(
          command -> lines.append("rename-command ").append(command).append(" \"\"\n"));
    }
    return lines.toString();
  }

  /** One word of {@code redis.conf}, whatever is in it. */
  private static String quoted(String value) {
    StringBuilder word = new StringBuilder("\"");
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      boolean plain = b >= ' ' && b <= '~' && b != '"' && b != '\\';
      word.append(plain ? String.valueOf((char) b) : "\\x" + HexFormat.of().toHexDigits(b));
    }
    return word.append('"').toString();
  }

  private static String randomPassword() {
    byte[] random = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
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
      String binary, String configuration, int port, Path data, String password, boolean isPrivate)
      throws IOException {
    byte[] file = configuration.getBytes(StandardCharsets.US_ASCII);
    byte[] server = binary.equals(ON_PATH) ? new byte[0] : load(binary);
    List<String> command = new ArrayList<>();
    if (isOnPath("setsid")) {
      command.add("setsid");
    }
    command.addAll(List.of("sh", "-c", SUPERVISOR, "redis"));
    command.addAll(List.of(String.valueOf(file.length), String.valueOf(server.length)));
    // Data that stays must be saved; for what goes away a quick end is enough.
    command.addAll(data == null ? List.of("KILL", "") : List.of("TERM", data.toString()));

    command.add(template().toString());

    Process supervisor = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String[] pidAndFolder = handOver(file, server, supervisor).split(" ", 2);
      Path folder = Path.of(pidAndFolder[1]);
      String socket = isPrivate ? folder.resolve(SOCKET).toString() : null;
      EmbeddedRedis redis =
          new EmbeddedRedis(
              supervisor,
              port,
              Long.parseLong(pidAndFolder[0]),
              folder,
              new RedisUri(false, null, password, HOST, port, socket, 0));
      redis.awaitReady();
      return redis;
    } catch (IOException e) {
      closePipe(supervisor);
      awaitEnd(supervisor, STOP_SECONDS);
      throw e;
    }
  }

  /** Where its folder is made: a socket in it must have a path that is not too long. */
  private static Path template() {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    Path socket = temporary.resolve(FOLDER).resolve(SOCKET);
    boolean isTooLong = socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_PATH;
    return (isTooLong ? Path.of("/tmp") : temporary).resolve(FOLDER);
  }

  /** Gives the shell the server's configuration and binary; it answers with process and folder. */
  private static String handOver(byte[] configuration, byte[] server, Process supervisor)
      throws IOException {
    try {
      OutputStream pipe = supervisor.getOutputStream();
      pipe.write(configuration);
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
    while (!isReady()) {
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

  /** As it says itself, where nobody else can: another program may be the one on the port. */
  private boolean isReady() {
    return logLines().stream().anyMatch(line -> line.contains(READY));
  }

  private String lastLogLine() {
    // The line that names a taken port is followed by others.
    List<String> all = logLines();
    return all.stream()
        .filter(line -> line.contains(PORT_TAKEN))
        .findFirst()
        .orElse(all.isEmpty() ? "nothing in its log" : all.get(all.size() - 1))
        .trim();
  }

  private List<String> logLines() {
    try (Stream<String> lines = Files.lines(folder.resolve("log"), StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> !line.isBlank()).toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  public int port() {
    return port;
  }

  /** The process id of the server itself. */
  public long pid() {
    return pid;
  }

  /** Where its binary, its configuration and its log are while it runs; nobody else may look. */
  public Path folder() {
    return folder;
  }

  /** The way into it, with its password: by the socket if it is a private one, else by the port. */
  public String uri() {
    return uri.text();
  }

  /** Waits until the server has ended, for whatever reason. */
  void awaitServerEnd() {
    try (InputStream pipe = supervisor.getInputStream()) {
      pipe.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // It was closed, after the end.
    }
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
