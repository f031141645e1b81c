package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of others, which a test uses where they are installed. */
public final class Program {

  /** Where Debian has daemons, which is not on everybody's path. */
  private static final String DAEMONS = "/usr/sbin";

  private Program() {}

  /** The path of a program that the test needs. */
  public static String find(String name) {
    Optional<Path> program =
        Stream.of((System.getenv("PATH") + File.pathSeparator + DAEMONS).split(File.pathSeparator))
            .map(directory -> Path.of(directory, name))
            .filter(Files::isExecutable)
            .findFirst();
    Needs.expect(program.isPresent(), "There is no " + name);
    return program.orElseThrow().toString();
  }

  /** All that a program says, which must succeed. */
  public static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(command + "\n" + output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
