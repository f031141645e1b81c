package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The application as a process of its own, started as users do, with a temporary folder of its own.
 * It ends with the test.
 */
public final class AppProcess implements AutoCloseable {

  public static final Path JAR = Path.of("target", "fullon-cache-app.jar").toAbsolutePath();

  public static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  /** Half the work until it is ready; how fast it runs then does not matter. */
  private static final String QUICK = "-XX:TieredStopAtLevel=1";

  /** So long because some tests let it run a tenth of the time only. */
  private static final long SECONDS = 180;

  /** More than the 10 that are promised: the machine may have a lot to do besides. */
  private static final long EXIT_SECONDS = 20;

  private static final Pattern READY = Pattern.compile("Ready: http://(.+):([0-9]+)");
  private static final Pattern OWN_REDIS =
      Pattern.compile("Redis: a server of its own on port ([0-9]+), .*");

  private static final Pattern PASSWORD = Pattern.compile("requirepass \"(.+)\"");

  private static final Pattern LOGGED = Pattern.compile("[-0-9]{10}T[^ ]+ (INFO|WARN) .*");

  private final Process process;
  private final Path temporary;
  private final List<String> out = Collections.synchronizedList(new ArrayList<>());
  private final List<String> err = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> readers = new ArrayList<>();

  private AppProcess(Process process, Path temporary, boolean readsErrors) {
    this.process = process;
    this.temporary = temporary;
    read(process.getInputStream(), out);
    if (readsErrors) {
      read(process.getErrorStream(), err);
    }
  }

  private void read(InputStream stream, List<String> lines) {
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader text =
                  new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                text.lines().forEach(lines::add);
              } catch (IOException | UncheckedIOException e) {
                // The process has ended.
              }
            });
    reader.setDaemon(true);
    reader.start();
    readers.add(reader);
  }

  /** How it is started. */
  public static final class Start {

    private final Path folder;
    private final List<String> before = new ArrayList<>();
    private final List<String> program = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private Path directory = Path.of("").toAbsolutePath();
    private boolean readsErrors = true;

    private Start(Path folder) {
      this.folder = folder;
      // Several that start at once on a busy machine are slow, which is not what is tested.
      environment("FULLON_CACHE_LOG_SLOW_OPERATION_MS", "60000");
    }

    public Start environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    public Start directory(Path where) {
      directory = where;
      return this;
    }

    /** In a process group of its own, which signals can be sent to. */
    public Start inItsOwnGroup() {
      // Whoever runs the tests in the background of a script, or by nohup, has turned these off.
      before.addAll(List.of("env", "--default-signal=INT,HUP", "setsid"));
      return this;
    }

    /** What it writes to stderr stays in the pipe. */
    public Start withoutReadingErrors() {
      readsErrors = false;
      return this;
    }

    public AppProcess run(String... options) {
      try {
        Path temporary = Files.createDirectories(folder.resolve("temporary files"));
        List<String> command = new ArrayList<>(before);
        program.forEach(part -> command.add(part.replace("{tmp}", temporary.toString())));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder
            .environment()
            .keySet()
            .removeIf(name -> name.matches("(REDIS_|FULLON_CACHE_|JAVA_|JDK_JAVA_|_JAVA_).*"));
        builder.environment().putAll(environment);
        return new AppProcess(builder.start(), temporary, readsErrors);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** By {@code java -jar}. */
  public static Start jar(Path folder, String... javaOptions) {
    return jar(JAR, folder, javaOptions);
  }

  /** By {@code java -jar} from another place. */
  public static Start jar(Path jar, Path folder, String... javaOptions) {
    return java(folder, javaOptions, "-XX:+ExitOnOutOfMemoryError", "-jar", jar.toString());
  }

  /** Something else than the application: the class's {@code main} on the test's own class path. */
  public static Start main(Class<?> main, Path folder, String... javaOptions) {
    String path = System.getProperty("java.class.path");
    return java(folder, javaOptions, "-cp", path, main.getName());
  }

  private static Start java(Path folder, String[] javaOptions, String... program) {
    Start start = new Start(folder);
    start.program.add(JAVA.toString());
    start.program.add("-Djava.io.tmpdir={tmp}");
    start.program.add(QUICK);
    start.program.addAll(List.of(javaOptions));
    start.program.addAll(List.of(program));
    return start;
  }

  /** By {@code scripts/start}, wherever it is. */
  public static Start script(Path folder, Path script) {
    Start start = new Start(folder);
    start.program.add(script.toString());
    return start
        .environment("JAVA_HOME", System.getProperty("java.home"))
        .environment("JAVA_OPTS", QUICK);
  }

  /** Waits until it is ready. */
  public AppProcess awaitReady() {
    awaitOut(line -> line.startsWith("Ready: "));
    return this;
  }

  /** Waits for a line on stdout. */
  public String awaitOut(Predicate<String> wanted) {
    return awaitLine(out, wanted);
  }

  /** Waits for a line on stderr. */
  public String awaitErr(Predicate<String> wanted) {
    return awaitLine(err, wanted);
  }

  private String awaitLine(List<String> lines, Predicate<String> wanted) {
    await()
        .atMost(SECONDS, TimeUnit.SECONDS)
        .until(() -> find(lines, wanted) != null || !process.isAlive());
    joinReaders();
    String line = find(lines, wanted);
    assertThat(line).as("the line that was waited for; there is\n" + all()).isNotNull();
    return line;
  }

  private static String find(List<String> lines, Predicate<String> wanted) {
    return List.copyOf(lines).stream().filter(wanted).findFirst().orElse(null);
  }

  /** All that it said, once it has ended. */
  private void joinReaders() {
    if (!process.isAlive()) {
      for (Thread reader : readers) {
        try {
          reader.join(TimeUnit.SECONDS.toMillis(SECONDS));
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  private String all() {
    return "stdout: " + List.copyOf(out) + "\nstderr: " + List.copyOf(err);
  }

  public List<String> out() {
    return List.copyOf(out);
  }

  public List<String> err() {
    return List.copyOf(err);
  }

  /** What it said on stderr besides its log. */
  public List<String> plainErrors() {
    return err().stream().filter(line -> !LOGGED.matcher(line).matches()).toList();
  }

  private Matcher match(Pattern pattern) {
    Matcher matcher = pattern.matcher(awaitOut(pattern.asMatchPredicate()));
    matcher.matches();
    return matcher;
  }

  /** The host that the ready line names. */
  public String host() {
    return match(READY).group(1);
  }

  /** The port that the ready line names. */
  public int port() {
    return Integer.parseInt(match(READY).group(2));
  }

  /** The port of the Redis server that it says it has started. */
  public int redisPort() {
    return Integer.parseInt(match(OWN_REDIS).group(1));
  }

  /** The Redis server that it has started. */
  public ProcessHandle redis() {
    redisPort();
    return process
        .descendants()
        .filter(child -> child.info().command().orElse("").endsWith("redis-server"))
        .findFirst()
        .orElseThrow();
  }

  /** The folder of the Redis server that it has started. */
  public Path redisFolder() {
    redisPort();
    try (Stream<Path> files = Files.list(temporary)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("fullon-redis-"))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The password of that server, which its configuration has. */
  public String redisPassword() {
    try {
      Matcher password = PASSWORD.matcher(Files.readString(redisFolder().resolve("redis.conf")));
      assertThat(password.find()).as("a password").isTrue();
      return password.group(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The address of that server, with its password. */
  public String redisUri() {
    return "redis://:" + redisPassword() + "@127.0.0.1:" + redisPort();
  }

  /** It reads no more from stdin. */
  public void closeInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public void signal(String name) {
    Signals.send(name, process.pid());
  }

  /** To it and to whatever is in its process group. */
  public void signalGroup(String name) {
    Signals.sendToGroup(name, process.pid());
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end. */
  public int exitCode() {
    try {
      assertThat(process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS))
          .as("ended within " + EXIT_SECONDS + " s\n" + all())
          .isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    joinReaders();
    return process.exitValue();
  }

  /** The only line on stderr besides its log, once it has ended. */
  public String onlyError() {
    exitCode();
    assertThat(plainErrors()).as("stderr").hasSize(1);
    return plainErrors().get(0);
  }

  /** Waits until none of these processes and no temporary file is there any more. */
  public void assertNothingStays(ProcessHandle... processes) {
    await()
        .untilAsserted(
            () -> {
              assertThat(processes).noneMatch(ProcessHandle::isAlive);
              try (Stream<Path> files = Files.list(temporary)) {
                assertThat(files).as("temporary files").isEmpty();
              }
            });
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
