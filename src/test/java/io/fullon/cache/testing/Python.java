package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A script in Python that has the client of Redis, and answers calls. */
public final class Python implements AutoCloseable {

  /** It has the module from the package python3-redis, whichever other is first on the path. */
  private static final String DEBIANS = "/usr/bin/python3";

  private static final String HEARD = "heard ";

  private final Process process;
  private final BufferedWriter calls;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  private Python(Process process) {
    this.process = process;
    this.calls = process.outputWriter(StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "output of Python");
    reader.setDaemon(true);
    reader.start();
  }

  /** One that has the client of Redis, which the test needs. */
  public static String withRedis() {
    Optional<String> python = Stream.of("python3", DEBIANS).filter(Python::hasRedis).findFirst();
    Needs.expect(python.isPresent(), "There is no python3 with the module redis");
    return python.orElseThrow();
  }

  private static boolean hasRedis(String python) {
    try {
      return new ProcessBuilder(python, "-c", "import redis")
              .redirectErrorStream(true)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs a script of the tests' resources. */
  public static Python start(String script, String... arguments) {
    String path = Path.of("src/test/resources", script).toString();
    List<String> command =
        Stream.concat(Stream.of(withRedis(), path), Stream.of(arguments)).toList();
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PYTHONUTF8", "1");
    try {
      return new Python(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(HEARD)) {
          heard.add(line.substring(HEARD.length()));
        } else {
          answers.add(line);
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  /** What the method gives. */
  public Object call(String method, Object... arguments) {
    JsonArray call = new JsonArray().add(method);
    Stream.of(arguments).forEach(call::add);
    try {
      calls.write(call.encode());
      calls.newLine();
      calls.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Json.decodeValue(next(answers));
  }

  /** What it has heard, one after the other. */
  public JsonArray heard() {
    return new JsonArray(next(heard));
  }

  private static String next(BlockingQueue<String> lines) {
    try {
      String line = lines.poll(Patience.SECONDS, TimeUnit.SECONDS);
      assertThat(line).as("a line of Python").isNotNull();
      return line;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
