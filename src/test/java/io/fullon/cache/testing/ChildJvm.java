package io.fullon.cache.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A program of a test, in a process of its own that can be killed. It ends with this, and by itself
 * when the test's own process has gone: its stdin ends then.
 */
public final class ChildJvm implements AutoCloseable {

  /** Of what it writes to stderr. */
  private static final int MAX_ERRORS = 100;

  private final Process process;

  /** What it prints; nothing is after the last line. */
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

  private final Deque<String> errors = new ArrayDeque<>();
  private final Thread errorReader;

  private ChildJvm(Process process) {
    this.process = process;
    start("output", this::readOutput);
    errorReader = start("errors", this::readErrors);
  }

  private Thread start(String what, Runnable reading) {
    Thread reader = new Thread(reading, what + " of " + process.pid());
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  /**
   * Starts the class's {@code main} on the test's own class path. The result is for a {@code try}
   * that everything else is in.
   */
  public static ChildJvm start(Class<?> main, String... arguments) {
    return start(System.getProperty("java.class.path"), main, arguments);
  }

  /** The same with a jar that goes before the others. */
  public static ChildJvm startWith(Path jar, Class<?> main, String... arguments) {
    return start(jar + File.pathSeparator + System.getProperty("java.class.path"), main, arguments);
  }

  /** The same with an option of Java's. */
  public static ChildJvm startWith(String option, Class<?> main, String... arguments) {
    return start(List.of(option), System.getProperty("java.class.path"), main, arguments);
  }

  private static ChildJvm start(String classPath, Class<?> main, String... arguments) {
    return start(List.of(), classPath, main, arguments);
  }

  private static ChildJvm start(
      List<String> options, String classPath, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>(options);
    command.addAll(List.of("-cp", classPath));
    command.addAll(List.of(ChildJvm.class.getName(), main.getName()));
    command.addAll(List.of(arguments));
    return java(command);
  }

  /**
   * Starts Java with these arguments, whose program must end when its stdin does. The result is for
   * a {@code try} that everything else is in.
   */
  public static ChildJvm java(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Quick to start; how fast it runs then does not matter.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.addAll(arguments);
    try {
      return new ChildJvm(new ProcessBuilder(command).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What the process does.
   *
   * @param arguments the name of a class, and the arguments of its {@code main}
   */
  public static void main(String[] arguments) throws Exception {
    Thread watch = new Thread(ChildJvm::endWithTheParent, "end with the parent");
    watch.setDaemon(true);
    watch.start();
    Method main = Class.forName(arguments[0]).getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    try {
      main.invoke(
          null, (Object) List.of(arguments).subList(1, arguments.length).toArray(String[]::new));
    } catch (InvocationTargetException e) {
      // Other threads may be there, which nobody would wait for.
      e.getCause().printStackTrace();
      System.exit(1);
    }
  }

  private static void endWithTheParent() {
    try {
      while (System.in.read() >= 0) {
        // Nobody writes.
      }
    } catch (IOException e) {
      // It has gone, too.
    }
    Runtime.getRuntime().halt(1);
  }

  private void readOutput() {
    try (BufferedReader output = process.inputReader()) {
      output.lines().forEach(line -> lines.add(Optional.of(line)));
    } catch (IOException | UncheckedIOException e) {
      // It was killed in the middle of a line.
    } finally {
      lines.add(Optional.empty());
    }
  }

  private void readErrors() {
    try (BufferedReader output = process.errorReader()) {
      output.lines().forEach(this::addError);
    } catch (IOException | UncheckedIOException e) {
      // It was killed in the middle of a line.
    }
  }

  private void addError(String line) {
    synchronized (errors) {
      errors.add(line);
      if (errors.size() > MAX_ERRORS) {
        errors.remove();
      }
    }
  }

  /** The next line that it prints. */
  public String line() {
    try {
      Optional<String> line = lines.poll(Patience.SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("Printed nothing for " + Patience.SECONDS + " s" + state());
      }
      if (line.isEmpty()) {
        process.waitFor(Patience.SECONDS, TimeUnit.SECONDS);
        errorReader.join(Patience.LONG.toMillis());
        throw new AssertionError("Printed nothing more" + state());
      }
      return line.get();
    } catch (InterruptedException e) {
      throw new AssertionError("Interrupted" + state(), e);
    }
  }

  /** Waits for the next line that it prints, which must be this one. */
  public void expect(String line) {
    String printed = line();
    if (!printed.equals(line)) {
      throw new AssertionError("Expected " + line + ", but it printed " + printed + state());
    }
  }

  private String state() {
    synchronized (errors) {
      return ": " + process + "\nstderr: " + String.join("\n", errors);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL: it gets no chance to do anything more. */
  public void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
