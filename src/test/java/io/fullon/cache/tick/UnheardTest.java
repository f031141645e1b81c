package io.fullon.cache.tick;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which ticks of a node's own are told apart from the messages that tell of them. */
class UnheardTest {

  private static final String SYMBOL = "BTC/USDT";

  private final List<Long> lost = new ArrayList<>();
  private long reach = 1;
  private final TickTable table = new TickTable(exchange -> reach, tick -> lost.add(tick.seq()));
  private final ExchangeTicks ticks = table.exchange("binance");

  private static Tick numbered(long number) {
    return Tick.of("binance", SYMBOL, BigDecimal.ONE, Instant.ofEpochSecond(number))
        .withSeq(number);
  }

  private void answered(long... numbers) {
    LongStream.of(numbers).forEach(number -> table.answered(numbered(number)));
  }

  private void received(long number) {
    ticks.change(SYMBOL, state -> state.received(numbered(number), number));
  }

  private void missed(long newReach) {
    reach = newReach;
    ticks.missed(newReach);
  }

  @Test
  void whoseMessageComesIsNotLost() {
    answered(1, 2);
    received(1);
    received(2);
    received(3);
    answered(3);
    missed(0);

    assertThat(lost).isEmpty();
  }

  @Test
  void whatALaterMessageOvertakesIsLost() {
    received(1);
    answered(2, 3, 4);
    received(4);
    missed(0);

    assertThat(lost).containsExactly(2L, 3L);
  }

  @Test
  void whatIsNotHeardWhenMessagesAreMissedIsLost() {
    answered(1, 2, 3);
    received(1);

    missed(0);

    assertThat(lost).containsExactly(2L, 3L);
  }

  @Test
  void whatIsAnsweredWhileMessagesAreMissedIsLostAtOnce() {
    answered(1);
    missed(0);
    answered(2, 3);
    missed(2);
    answered(4);

    assertThat(lost).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void whatIsAnsweredAfterAGapIsHeardAgain() {
    missed(0);
    missed(2);
    ticks.compared(ExchangeTicks.Seen.NOTHING);
    answered(1);
    received(1);

    missed(0);

    assertThat(lost).isEmpty();
  }

  @Test
  void anAnswerFromBeforeTheGapIsLostWhenTheTickerIsCompared() {
    received(1);
    missed(2);
    ticks.compared(ExchangeTicks.Seen.NOTHING);
    TickState before = ticks.state(SYMBOL);
    answered(2);

    ticks.change(SYMBOL, state -> state.compared(numbered(3), before));

    assertThat(lost).containsExactly(2L);
  }

  @Test
  void whatWaitsIsBounded() {
    answered(LongStream.rangeClosed(1, 1_003).toArray());

    assertThat(lost).containsExactly(1L, 2L, 3L);
  }

  @Test
  void whatWaitsIsLostWhenTheTickerIsForgotten() {
    answered(1);

    ticks.forget(SYMBOL, ticks.state(SYMBOL));

    assertThat(lost).containsExactly(1L);
    assertThat(ticks.knows(SYMBOL)).isFalse();
  }
}
