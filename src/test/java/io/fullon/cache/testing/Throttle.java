package io.fullon.cache.testing;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Lets a process run for a tenth of the time only, as a container with a limit on its processor
 * does: now and then, and not slower. Needs no rights, and no control groups.
 */
public final class Throttle {

  /** Argument: the process. Ends with it, or when its own input ends. */
  private static final String LOOP =
      """
      while kill -CONT "$1" 2>/dev/null; do
        sleep 0.01
        kill -STOP "$1" 2>/dev/null
        sleep 0.09
      done &
      cat
      kill $!
      wait
      kill -CONT "$1" 2>/dev/null
      """;

  private Throttle() {}

  /** Does that while the process is held back. */
  public static void during(long pid, Runnable step) {
    try {
      Process loop =
          new ProcessBuilder("sh", "-c", LOOP, "throttle", String.valueOf(pid))
              .redirectErrorStream(true)
              .start();
      try {
        step.run();
      } finally {
        loop.getOutputStream().close();
        loop.waitFor();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
