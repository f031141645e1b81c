package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PatienceTest {

  private static final Duration SHORT = Duration.ofMillis(300);

  @Test
  void waitsForLongerThanItsTimeWhileThereIsProgress() {
    AtomicInteger steps = new AtomicInteger();
    long end = System.nanoTime() + 3 * SHORT.toNanos();

    Patience.await("the end", () -> System.nanoTime() > end, steps::incrementAndGet, SHORT);
  }

  @Test
  void failsWhenNothingMovesAndSaysWhatAndWhereItWas() {
    assertThatThrownBy(() -> Patience.await("the moon", () -> false, () -> 17, SHORT))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("the moon")
        .hasMessageEndingWith(": 17");
  }
}
