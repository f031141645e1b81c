package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.source.Pulse.Verdict;
import io.fullon.cache.value.Fields;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PulseTest {

  private static final SourceTimes TIMES = SourceTimes.from(Fields.of("", new JsonObject()));
  private static final Venue.Liveness HEARTBEATS =
      new Venue.Liveness(true, null, Duration.ofSeconds(30));
  private static final Venue.Liveness NONE =
      new Venue.Liveness(false, "ping", Duration.ofSeconds(20));

  private long now = 1_000_000_000L;

  private Pulse pulse(Venue.Liveness liveness) {
    return new Pulse(liveness, TIMES, null, now);
  }

  private void pass(long ms) {
    now += TimeUnit.MILLISECONDS.toNanos(ms);
  }

  private Verdict look(Pulse pulse) {
    return pulse.look(now);
  }

  /** So many ticks, one in each of these times; the pings in between are answered. */
  private void ticks(Pulse pulse, int count, long everyMs) {
    for (int i = 0; i < count; i++) {
      pass(everyMs);
      pulse.alive(now);
    }
  }

  @Test
  void whereThereAreHeartbeatsFiveSecondsWithoutAFrameAreSilence() {
    Pulse pulse = pulse(HEARTBEATS);
    pulse.acknowledged(now);
    ticks(pulse, 3, 1_000);

    pass(4_999);
    assertThat(look(pulse)).isEqualTo(Verdict.FINE);
    pass(1);
    assertThat(look(pulse)).isEqualTo(Verdict.STUCK);
  }

  @Test
  void silenceBeforeTheAnswerIsToldAndAwaited() {
    Pulse pulse = pulse(HEARTBEATS);

    pass(5_000);

    assertThat(look(pulse)).isEqualTo(Verdict.SILENT);
  }

  @Test
  void heartbeatsAreEnoughHoweverQuietTheSymbolsAre() {
    Pulse pulse = pulse(HEARTBEATS);
    pulse.acknowledged(now);
    ticks(pulse, 100, 100);

    for (int i = 0; i < TimeUnit.DAYS.toSeconds(1); i++) {
      pass(1_000);
      pulse.alive(now);
      assertThat(look(pulse)).isEqualTo(Verdict.FINE);
    }
  }

  @Test
  void aBusyConnectionIsSilentAfterHalfAMinute() {
    Pulse pulse = pulse(NONE);
    pulse.acknowledged(now);
    ticks(pulse, 61, 1_000);
    assertThat(pulse.isBusy()).isTrue();

    pass(29_999);
    pulse.heard(now); // the answer to a ping is no sign of life
    assertThat(look(pulse)).isEqualTo(Verdict.FINE);
    pass(1);
    assertThat(look(pulse)).isEqualTo(Verdict.STUCK);
  }

  @Test
  void oneThatWasNotBusyIsQuiet() {
    Pulse pulse = pulse(NONE);
    pulse.acknowledged(now);
    ticks(pulse, 1_000, 1_100);
    assertThat(pulse.isBusy()).isFalse();

    for (int i = 0; i < 29; i++) {
      pass(20_000);
      pulse.heard(now);
      assertThat(look(pulse)).isEqualTo(Verdict.FINE);
    }
    pass(20_000);
    assertThat(look(pulse)).isEqualTo(Verdict.QUIET);
  }

  @Test
  void anAnswerToAPingThatNeverComesIsADeadConnection() {
    Pulse pulse = pulse(NONE);
    pulse.acknowledged(now);

    pass(60_000);

    assertThat(look(pulse)).isEqualTo(Verdict.DEAD);
  }

  @Test
  void whatWasBusyBeforeIsExpectedToBeBusyAgain() {
    Pulse before = pulse(NONE);
    before.acknowledged(now);
    ticks(before, 70, 100);
    Pulse pulse = new Pulse(NONE, TIMES, before, now);
    pulse.acknowledged(now);

    pass(29_999);
    pulse.heard(now); // the answer to a ping is no sign of life
    assertThat(look(pulse)).isEqualTo(Verdict.FINE);
    pass(1);
    assertThat(look(pulse)).isEqualTo(Verdict.STUCK);
  }

  private Pulse busyAgo(SourceTimes times) {
    Pulse before = pulse(NONE);
    before.acknowledged(now);
    ticks(before, 70, 100);
    Pulse pulse = new Pulse(NONE, times, before, now);
    pulse.acknowledged(now);
    return pulse;
  }

  @Test
  void theLatestPricesAloneDoNotMakeItBusyAgain() {
    Pulse pulse = busyAgo(TIMES);
    ticks(pulse, 2, 100);

    pass(29_999);
    pulse.heard(now);
    assertThat(look(pulse)).isEqualTo(Verdict.FINE);
    pass(1);
    assertThat(look(pulse)).isEqualTo(Verdict.STUCK);
  }

  @Test
  void theMinuteBeforeSpansConnections() {
    Pulse before = pulse(NONE);
    ticks(before, 40, 1_000);
    Pulse pulse = new Pulse(NONE, TIMES, before, now);
    pulse.acknowledged(now);
    assertThat(pulse.isBusy()).isFalse();

    ticks(pulse, 20, 1_000);

    assertThat(pulse.isBusy()).isTrue();
    pass(30_000);
    assertThat(look(pulse)).isEqualTo(Verdict.STUCK);
  }

  @Test
  void afterTenMinutesNothingIsExpectedAnyMore() {
    Pulse pulse = busyAgo(TIMES);
    pass(600_000);

    pulse = new Pulse(NONE, TIMES, pulse, now);
    pulse.acknowledged(now);
    ticks(pulse, 2, 100);

    pass(31_000);
    assertThat(look(pulse)).isEqualTo(Verdict.FINE);
  }

  @Test
  void howSoonHeartbeatsAreMissedSaysNothingWhereThereAreNone() {
    SourceTimes times =
        SourceTimes.from(
            Fields.of("", new JsonObject().put("silent_ms", 300).put("stalled_ms", 5_000)));
    Pulse pulse = busyAgo(times);

    pass(4_999);
    assertThat(look(pulse)).isEqualTo(Verdict.FINE);
    pass(1);
    assertThat(look(pulse)).isEqualTo(Verdict.STUCK);
  }
}
