package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What others on this machine see of processes and files. */
public final class Visible {

  private Visible() {}

  /** Arguments and environments of all processes; those that we may not read are left out. */
  public static String processes() {
    return ProcessHandle.allProcesses()
        .map(process -> Path.of("/proc", String.valueOf(process.pid())))
        .map(process -> read(process.resolve("cmdline")) + "\n" + read(process.resolve("environ")))
        .collect(Collectors.joining("\n"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /** Neither the folder nor anything in it is for anybody but its owner. */
  public static void assertNotForOthers(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files).hasSizeGreaterThan(1).noneMatch(Visible::isForOthers);
    }
  }

  private static boolean isForOthers(Path file) {
    try {
      return !PosixFilePermissions.toString(Files.getPosixFilePermissions(file)).endsWith("------");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
