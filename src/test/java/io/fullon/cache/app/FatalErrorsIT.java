package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.AppProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process in which something has died ends, so that it is started again. */
class FatalErrorsIT {

  /** The application's own. */
  private static final String LOGGING = "-Dlogback.configurationFile=config/logback.xml";

  private static final List<String> PATHS =
      List.of(
          "/", "/page.js", "/metrics", "/health/ready", "/api/tickers/sim-alpha", "/none", "/%");

  @TempDir Path folder;

  private AppProcess meetAnError(String way) {
    return AppProcess.main(DyingProcess.class, folder, LOGGING, "-Xmx64m").run(way);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "handler", "timer", "wrapped", "message", "route", "task", "promise", "loop", "thread"
      })
  void anErrorThatLeavesPartsOfItDeadEndsIt(String way) {
    try (AppProcess process = meetAnError(way)) {
      assertThat(process.exitCode()).as(String.join("\n", process.err())).isEqualTo(3);

      assertThat(process.err()).anyMatch(line -> line.startsWith("Ends with exit code 3, "));
      process.assertNothingStays();
    }
  }

  @Test
  void itEndsWithoutMemoryEvenForThat() {
    try (AppProcess process = meetAnError("memory")) {
      assertThat(process.exitCode()).as(String.join("\n", process.err())).isEqualTo(3);
      process.assertNothingStays();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void theApplicationEndsWhenItsJarIsBroken(String log) throws Exception {
    Path jar = Files.copy(AppProcess.JAR, folder.resolve("a.jar"));
    try (AppProcess app =
        AppProcess.jar(jar, folder).run("--port", "0", "--log-format", log).awaitReady()) {
      ProcessHandle redis = app.redis();
      int port = app.port();

      Files.write(jar, new byte[(int) Files.size(jar)]);

      // Each path needs classes that were not loaded yet, until one cannot be.
      await()
          .until(
              () -> {
                PATHS.forEach(path -> ask(port, path));
                return !app.isAlive();
              });
      assertThat(app.exitCode()).as(String.join("\n", app.err())).isEqualTo(3);
      app.assertNothingStays(redis);
    }
  }

  /** Whether it is answered does not matter. */
  private static void ask(int port, String path) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(500);
      String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      int read = socket.getInputStream().read();
      assertThat(read).isGreaterThanOrEqualTo(-1);
    } catch (IOException e) {
      // It has ended, or part of it has died.
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"overflow", "buffers", "library", "bug", "tried", "worker"})
  void whatConcernsOneCallOrOneConnectionDoesNotEndIt(String way) {
    try (AppProcess process = meetAnError(way)) {
      if (!way.equals("tried")) {
        process.awaitErr(line -> line.contains("Exception") || line.contains("Error"));
      }

      process.closeInput();

      assertThat(process.exitCode()).as(String.join("\n", process.err())).isZero();
      process.assertNothingStays();
    }
  }
}
