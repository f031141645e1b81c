package io.fullon.cache.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The built application with a Redis of its own: until it is ready, and what it costs at rest. */
final class StartBench {

  /** Until the compiler has ended its work. */
  private static final long SETTLE_MILLIS = 60_000;

  private static final long REST_MILLIS = 10_000;

  private StartBench() {}

  static void run(Report report, int rounds) {
    for (int round = 0; round < rounds; round++) {
      round(report);
    }
  }

  private static void round(Report report) {
    try {
      long start = System.nanoTime();
      Process app =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+ExitOnOutOfMemoryError",
                  "-jar",
                  Path.of("target", "fullon-cache-app.jar").toString(),
                  "--port",
                  "0",
                  "--source",
                  "none")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      BufferedReader output = app.inputReader();
      String line = output.readLine();
      while (line != null && !line.startsWith("Ready:")) {
        line = output.readLine();
      }
      report.add("start", "ours", "ms until ready", (System.nanoTime() - start) / 1e6);
      TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
      long cpu = cpuNanos(app);
      TimeUnit.MILLISECONDS.sleep(REST_MILLIS);
      report.add("start", "ours", "CPU % at rest", (cpuNanos(app) - cpu) / 1e4 / REST_MILLIS);
      app.destroy();
      app.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long cpuNanos(Process app) {
    return app.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }
}
