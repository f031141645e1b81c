package io.fullon.cache.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RepeatsTest {

  /** The clock may be anywhere, and below zero too. */
  private final AtomicLong nanos = new AtomicLong(-TimeUnit.SECONDS.toNanos(90));

  private final Repeats repeats = new Repeats(nanos::get);

  private void pass(long seconds) {
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  private String line(String kind) {
    return repeats.add(kind).map(leftOut -> kind + leftOut).orElse(null);
  }

  @Test
  void theFirstOfEachKindIsSaid() {
    assertThat(line("a")).isEqualTo("a");
    assertThat(line("b")).isEqualTo("b");
  }

  @Test
  void aRepeatedOneIsSaidOnceAMinuteWithWhatWasLeftOut() {
    line("a");
    for (int i = 0; i < 59; i++) {
      pass(1);
      assertThat(line("a")).isNull();
    }
    pass(1);

    assertThat(line("a")).isEqualTo("a (and 59 more since the last such line)");
    assertThat(line("a")).isNull();
    pass(60);
    assertThat(line("a")).isEqualTo("a (and 1 more since the last such line)");
    pass(1_000);
    assertThat(line("a")).isEqualTo("a");
  }

  @Test
  void theLargestIsKept() {
    repeats.add("a", 900);
    repeats.add("a", 300);
    repeats.add("a", 200);
    pass(60);

    assertThat(repeats.add("a", 100)).hasValue(new Repeats.LeftOut(2, 300));
    pass(60);
    assertThat(repeats.add("a", 100)).hasValue(new Repeats.LeftOut(0, 100));
  }

  @Test
  void manyKindsAreSaidTogether() {
    int said = 0;
    for (int i = 0; i < 100_000; i++) {
      said += line("kind " + i) == null ? 0 : 1;
    }

    assertThat(said).isEqualTo(Repeats.MAX_KINDS + 1);
    assertThat(line("kind 5")).as("one that has a place of its own").isNull();
  }

  @Test
  void whatHasFoundNoRoomIsToldToo() {
    for (int i = 0; i < Repeats.MAX_KINDS + 11; i++) {
      line("kind " + i);
    }
    pass(30);
    for (int i = 0; i < Repeats.MAX_KINDS; i++) {
      line("kind " + i);
    }
    pass(30);
    // All have their say again, so that there is still no room.
    for (int i = 0; i < Repeats.MAX_KINDS; i++) {
      assertThat(line("kind " + i))
          .isEqualTo("kind " + i + " (and 1 more since the last such line)");
    }

    assertThat(line("another")).isEqualTo("another (and 10 more since the last such line)");
    assertThat(line("yet another")).isNull();
  }

  @Test
  void aKindThatHasComeToRestMakesRoomAndIsCountedAmongTheOthers() {
    for (int i = 0; i < Repeats.MAX_KINDS; i++) {
      line("kind " + i);
    }
    line("kind 0");
    pass(60);

    assertThat(line("a new one")).isEqualTo("a new one");
    assertThat(line("kind 0")).as("new again").isEqualTo("kind 0");
    for (int i = 0; i < Repeats.MAX_KINDS; i++) {
      line("new " + i);
    }
    assertThat(line("one too many")).isNull();
  }
}
