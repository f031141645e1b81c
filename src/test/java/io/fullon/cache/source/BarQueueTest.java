package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.source.BarQueue.Batch;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BarQueueTest {

  private static final long QUARTER = Duration.ofMillis(250).toNanos();

  private final BarQueue queue = new BarQueue();

  private static Bar bar(String symbol, int minute, int close, boolean isFinal) {
    BigDecimal price = BigDecimal.valueOf(close);
    return Bar.builder("x", symbol, Timeframe.M1, Instant.ofEpochSecond(60L * minute))
        .prices(price, price, price, price)
        .isFinal(isFinal)
        .build();
  }

  private List<Bar> take(long now) {
    return queue.take(100, now).stream().map(Batch::bars).flatMap(List::stream).toList();
  }

  @Test
  void theLatestOfARunningBarWaits() {
    Stream.of(1, 2, 3).forEach(close -> queue.add(bar("A", 1, close, false)));

    assertThat(take(0)).containsExactly(bar("A", 1, 3, false));
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aRunningBarIsGivenFourTimesASecond() {
    queue.add(bar("A", 1, 1, false));
    assertThat(take(0)).hasSize(1);
    queue.add(bar("A", 1, 2, false));
    queue.add(bar("B", 1, 2, false));

    assertThat(take(QUARTER - 1)).containsExactly(bar("B", 1, 2, false));
    assertThat(take(QUARTER)).containsExactly(bar("A", 1, 2, false));
  }

  @Test
  void aFinalBarIsGivenAtOnceAndBeforeTheNextOne() {
    queue.add(bar("A", 1, 1, false));
    take(0);
    queue.add(bar("A", 1, 2, false));
    queue.add(bar("A", 1, 3, true));
    queue.add(bar("A", 2, 4, false));

    assertThat(take(QUARTER)).containsExactly(bar("A", 1, 3, true));
    assertThat(take(QUARTER)).containsExactly(bar("A", 2, 4, false));
  }

  @Test
  void whatWasNotStoredIsGivenAgainUnlessThereIsSomethingNewer() {
    queue.add(bar("A", 1, 1, true));
    queue.add(bar("A", 2, 1, true));
    queue.add(bar("B", 2, 1, false));
    List<Batch> taken = queue.take(100, 0);
    queue.add(bar("A", 2, 9, true));
    queue.add(bar("B", 2, 9, false));

    taken.forEach(queue::putBack);

    assertThat(take(QUARTER))
        .containsExactly(bar("A", 1, 1, true), bar("A", 2, 9, true), bar("B", 2, 9, false));
  }

  @Test
  void ofManyFinalBarsTheLatestWait() {
    for (int minute = 1; minute <= 1_000; minute++) {
      queue.add(bar("A", minute, minute, true));
    }

    assertThat(take(0)).hasSize(600).contains(bar("A", 1_000, 1_000, true));
  }
}
