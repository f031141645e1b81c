package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.tick.Tick;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TickQueueTest {

  private static final Instant TIME = Instant.parse("2026-11-30T00:00:00Z");

  private final TickQueue queue = new TickQueue(4);

  private static Tick tick(String symbol, int price) {
    return Tick.of("x", symbol, BigDecimal.valueOf(price), TIME.plusSeconds(price));
  }

  private void add(String symbol, int... prices) {
    for (int price : prices) {
      queue.add(tick(symbol, price));
    }
  }

  @Test
  void allComeInTheirOrder() {
    add("A", 1, 2);
    add("B", 3);
    add("A", 4);

    assertThat(queue.take(3)).containsExactly(tick("A", 1), tick("A", 2), tick("B", 3));
    assertThat(queue.take(3)).containsExactly(tick("A", 4));
    assertThat(queue.takeDropped()).isZero();
  }

  @Test
  void tooManyLeaveTheLatestOfEachSymbol() {
    add("A", 1, 2);
    add("B", 3);
    add("A", 4, 5, 6);

    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.take(9)).containsExactly(tick("B", 3), tick("A", 6));
    assertThat(queue.takeDropped()).isEqualTo(4);
    assertThat(queue.takeDropped()).isZero();
  }

  @Test
  void afterwardsAllComeAgain() {
    add("A", 1, 2, 3, 4, 5);
    queue.take(9);

    add("A", 6, 7);

    assertThat(queue.take(9)).containsExactly(tick("A", 6), tick("A", 7));
  }

  @Test
  void whatIsPutBackIsOlderThanWhatCameSince() {
    add("A", 1);
    add("B", 2);
    List<Tick> taken = queue.take(9);
    add("A", 3);

    queue.putBack(taken);

    assertThat(queue.take(9)).containsExactly(tick("B", 2), tick("A", 3));
    assertThat(queue.takeDropped()).isEqualTo(1);
  }

  @Test
  void whatIsStoredIsForgottenAndNothingElse() {
    add("A", 1);
    add("B", 2);

    queue.forget(List.of(tick("A", 1).withSeq(7L), tick("B", 1).withSeq(8L)));

    assertThat(queue.take(9)).containsExactly(tick("B", 2));
  }
}
