package io.fullon.cache.bench.feed;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A process of its own: it prints one line of JSON when it is ready, then one per command; or it is
 * the built server, which says where it listens.
 */
final class Child implements AutoCloseable {

  private static final String READY = "Ready: ";

  private final Process process;
  private final BufferedReader answers;
  private final Writer commands;
  private final JsonObject ready;

  private Child(List<String> command) throws IOException {
    process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    answers = process.inputReader(StandardCharsets.UTF_8);
    commands = process.outputWriter(StandardCharsets.UTF_8);
    ready = readyLine();
  }

  private JsonObject readyLine() throws IOException {
    String line = answers.readLine();
    while (line != null && !line.startsWith("{") && !line.startsWith(READY)) {
      line = answers.readLine();
    }
    return line != null && line.startsWith(READY)
        ? new JsonObject().put("port", URI.create(line.substring(READY.length())).getPort())
        : parsed(line);
  }

  static Child program(String... command) throws IOException {
    return new Child(List.of(command));
  }

  /** Starts the class's {@code main} on this class path. */
  static Child java(Class<?> main, String... arguments) throws IOException {
    return java(System.getProperty("java.class.path"), main, arguments);
  }

  static Child java(String classPath, Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms1g", "-Xmx2g", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(List.of("-cp", classPath, main.getName()));
    command.addAll(List.of(arguments));
    return new Child(command);
  }

  /** What it said when it was ready. */
  JsonObject ready() {
    return ready;
  }

  JsonObject ask(String command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
    return line();
  }

  private JsonObject line() throws IOException {
    return parsed(answers.readLine());
  }

  private JsonObject parsed(String line) throws IOException {
    if (line == null) {
      throw new IOException("It ended: " + process);
    }
    return new JsonObject(line);
  }

  /** What all its threads have used so far. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  /** How long something is measured. */
  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The child's part, first of all: what it could not start must not keep its parent waiting. */
  static void endOnFailure() {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> {
          e.printStackTrace();
          System.exit(1);
        });
  }

  /** What a child does with a command. */
  interface Answer {
    JsonObject to(String[] command) throws IOException;
  }

  /** The child's part: says that it is ready and does what it is told, until its parent ends. */
  static void answer(JsonObject ready, Answer answer) throws IOException {
    System.out.println(ready);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      System.out.println(answer.to(line.split(" ")));
    }
    System.exit(0);
  }
}
