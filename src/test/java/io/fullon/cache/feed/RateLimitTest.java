package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When excess lasts. */
class RateLimitTest {

  private static final int PER_SECOND = 5;

  private final AtomicLong nanos = new AtomicLong(-1);
  private final RateLimit limit = new RateLimit(PER_SECOND, nanos::get);

  /** One more than is allowed, again and again; gives whether that was too much. */
  private boolean isSpentByBursts(long pauseMs) {
    for (int burst = 0; burst < 20; burst++) {
      for (int i = 0; i <= PER_SECOND; i++) {
        if (!limit.take()) {
          limit.refuse();
        }
      }
      nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(pauseMs));
    }
    return limit.isSpent();
  }

  @Test
  void burstsWithASecondsPauseAreNoLastingExcess() {
    assertThat(isSpentByBursts(2_500)).isFalse();
  }

  @Test
  void excessInEverySecondLasts() {
    assertThat(isSpentByBursts(1_000)).isTrue();
  }
}
