package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class PaceTest {

  private static final long SECOND = 1_000_000_000L;

  /** Whenever somebody wants to send: no window has more than it may. */
  @Property(tries = 200)
  void noWindowHasMoreThanItMay(
      @ForAll @IntRange(min = 1, max = 7) int count,
      @ForAll @Size(max = 100) List<@IntRange(max = 400) Integer> pausesMs) {
    Pace pace = new Pace(new Venue.Rate(count, Duration.ofSeconds(1)));
    List<Long> sent = new ArrayList<>();
    long now = -5 * SECOND; // clocks may begin anywhere
    for (int pause : pausesMs) {
      now += pause * 1_000_000L;
      now += Math.max(0, pace.waitNanos(now));
      pace.add(now);
      sent.add(now);
    }

    for (long begin : sent) {
      assertThat(sent)
          .filteredOn(time -> time >= begin && time < begin + SECOND)
          .hasSizeLessThanOrEqualTo(count);
    }
  }
}
