package io.fullon.cache.tick;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** In whichever order the news comes: reads never go back, and all is published in its order. */
class TickStateTest {

  private static Tick foreign(String price, long second) {
    return Tick.of("binance", "A", new BigDecimal(price), Instant.ofEpochSecond(second));
  }

  private static Tick tick(String price, long second, long seq) {
    return foreign(price, second).withSeq(seq);
  }

  private static TickState received(Tick... ticks) {
    TickState state = TickState.UNKNOWN;
    for (Tick tick : ticks) {
      state = state.received(tick, tick.seq());
    }
    return state;
  }

  @Test
  void anAnswerShowsInReadsAtOnceAndIsPublishedWhenItIsReceived() {
    Tick own = tick("2", 20, 2);
    TickState state = received(tick("1", 10, 1));

    TickState answered = state.answered(own, 2);
    assertThat(answered.latest()).isEqualTo(own);
    assertThat(answered.published()).isEqualTo(state.published());

    TickState received = answered.received(own, 2);
    assertThat(received.latest()).isEqualTo(own);
    assertThat(received.published()).isEqualTo(own);
    assertThat(received.received(own, 2)).isSameAs(received);
  }

  @Test
  void aTickThatWasAnsweredAndReceivedIsKeptOnce() {
    TickState answered = TickState.UNKNOWN.answered(tick("2", 20, 2), 2);

    TickState received = answered.received(tick("2", 20, 2), 2);

    assertThat(received.latest()).isSameAs(received.published());
  }

  @Test
  void anAnswerThatComesLateIsNoNews() {
    TickState state = received(tick("1", 10, 1), tick("2", 20, 2), tick("3", 30, 3));

    assertThat(state.answered(tick("2", 20, 2), 2)).isSameAs(state);
    assertThat(state.answered(null, 2)).isSameAs(state);
  }

  @Test
  void whatOthersStoredBeforeAnAnsweredTickIsPublishedButNotRead() {
    Tick own = tick("3", 30, 3);
    Tick before = tick("2", 20, 2);
    TickState state = received(tick("1", 10, 1)).answered(own, 3);

    TickState received = state.received(before, 2);

    assertThat(received.latest()).isEqualTo(own);
    assertThat(received.published()).isEqualTo(before);
    assertThat(received.received(own, 3).published()).isEqualTo(own);
  }

  @Test
  void whatAnotherProgramStoredBeforeAnAnsweredTickIsPublishedButNotRead() {
    Tick own = tick("3", 30, 2);
    Tick before = foreign("2", 20);
    TickState state = received(tick("1", 10, 1)).answered(own, 2);

    TickState received = state.receivedForeign(before);

    assertThat(received.latest()).isEqualTo(own);
    assertThat(received.published()).isEqualTo(before);
    assertThat(received.received(own, 2).published()).isEqualTo(own);
  }

  @Test
  void whatAnotherProgramStoredBeforeAnAnsweredDeletionIsNotRead() {
    TickState state = received(tick("1", 10, 1)).answered(null, 2);

    TickState received = state.receivedForeign(foreign("2", 20));

    assertThat(received.latest()).isNull();
    assertThat(received.received(null, 2).published()).isNull();
  }

  @Test
  void anEarlierOrTheSameTickOfAnotherProgramIsNoNews() {
    TickState state = TickState.UNKNOWN.receivedForeign(foreign("1", 10));

    assertThat(state.receivedForeign(foreign("2", 9))).isSameAs(state);
    assertThat(state.receivedForeign(foreign("1", 10))).isSameAs(state);
    assertThat(state.receivedForeign(foreign("2", 10)).latest()).isEqualTo(foreign("2", 10));
    assertThat(received(tick("1", 10, 1)).receivedForeign(foreign("2", 9)).latest())
        .isEqualTo(tick("1", 10, 1));
  }

  @Test
  void afterADeletionAnyEarlierTimeIsNews() {
    TickState state = received(tick("1", 10, 1)).received(null, 2);

    assertThat(state.receivedForeign(foreign("2", 5)).latest()).isEqualTo(foreign("2", 5));
    assertThat(state.received(tick("2", 5, 3), 3).latest()).isEqualTo(tick("2", 5, 3));
    assertThat(state.received(tick("1", 10, 1), 1)).isSameAs(state);
  }

  @Test
  void whatRedisHasIsTheTruth() {
    TickState state = received(tick("1", 10, 5));
    Tick stored = foreign("2", 5);

    assertThat(state.compared(tick("1", 10, 5), state)).isSameAs(state);
    assertThat(state.compared(null, state).latest()).isNull();
    assertThat(state.compared(null, state).published()).isNull();
    assertThat(state.compared(stored, state).latest()).isEqualTo(stored);
    assertThat(state.compared(stored, state).received(tick("3", 6, 6), 6).latest())
        .isEqualTo(tick("3", 6, 6));
  }

  @Test
  void afterAGapOrALossRedisMayNumberAsItLikes() {
    TickState state = received(tick("1", 10, 100)).at(2);

    assertThat(state.latest()).isEqualTo(tick("1", 10, 100));
    assertThat(state.received(tick("2", 5, 3), 3).latest()).isEqualTo(tick("2", 5, 3));
    assertThat(state.answered(tick("2", 5, 3), 3).latest()).isEqualTo(tick("2", 5, 3));
  }

  @Test
  void anAnswerThatComesLateIsNoSignOfALossButOneBelowWhatWasKnownBeforeTheCallIs() {
    TickState known = received(tick("1", 10, 5));

    assertThat(known.isRefutedBy(tick("2", 20, 6), 6)).isFalse();
    assertThat(known.isRefutedBy(tick("1", 10, 5), 5)).isFalse();
    assertThat(known.isRefutedBy(tick("2", 20, 5), 5)).isTrue();
    assertThat(known.isRefutedBy(tick("2", 20, 4), 4)).isTrue();
    assertThat(known.isRefutedBy(null, 4)).isTrue();
    assertThat(known.answered(null, 6).isRefutedBy(null, 6)).isFalse();
    assertThat(TickState.UNKNOWN.isRefutedBy(tick("2", 20, 1), 1)).isFalse();
    assertThat(known.at(1).isRefutedBy(tick("2", 20, 1), 1)).isFalse();
  }
}
