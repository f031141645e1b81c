package io.fullon.cache.testing;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * How long tests wait. A busy machine takes many times as long as an idle one for anything, so no
 * time says that something hangs; that nothing moves any more does.
 */
public final class Patience {

  /**
   * For one thing that shows no progress on its way: an answer, a frame, the start of a process. It
   * is longer than all deadlines of what is tested, which are what should fail.
   */
  public static final long SECONDS = 120;

  /** The same. */
  public static final Duration LONG = Duration.ofSeconds(SECONDS);

  private static final long POLL_MS = 20;

  private Patience() {}

  /**
   * Waits for the condition as long as there is progress.
   *
   * @param what is waited for
   * @param progress whatever is different after each step, such as a counter
   * @throws AssertionError when it stayed the same for {@link #SECONDS}
   */
  public static void await(String what, BooleanSupplier condition, Supplier<?> progress) {
    await(what, condition, progress, LONG);
  }

  static void await(
      String what, BooleanSupplier condition, Supplier<?> progress, Duration withoutProgress) {
    Object last = progress.get();
    long since = System.nanoTime();
    while (!condition.getAsBoolean()) {
      Object now = progress.get();
      if (!Objects.equals(now, last)) {
        last = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > withoutProgress.toNanos()) {
        throw new AssertionError(
            "Waited for " + what + ", and nothing moved for " + withoutProgress + ": " + now);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(POLL_MS);
      } catch (InterruptedException e) {
        throw new AssertionError("Interrupted while waiting for " + what + ": " + now, e);
      }
    }
  }
}
