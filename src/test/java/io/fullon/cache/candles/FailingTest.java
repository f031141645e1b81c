package io.fullon.cache.candles;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.LogLines;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailingTest {

  private final LogLines log = LogLines.of(Failing.class);
  private final LongAdder gauge = new LongAdder();
  private final Failing failing = new Failing("written", gauge);
  private final Market one = market("BTC/USDT");
  private final Market other = market("ETH/USDT");

  @AfterEach
  void close() {
    log.close();
  }

  private static Market market(String symbol) {
    return new Market("binance", symbol, 0, 0);
  }

  private void fail(Market market, String reason, long ms) {
    failing.failed(market, new IllegalStateException(reason), nanos(ms));
  }

  private static long nanos(long ms) {
    return TimeUnit.MILLISECONDS.toNanos(ms);
  }

  @Test
  void whatFailsAgainAndAgainRestsLongerAndLonger() {
    fail(one, "full", 0);
    assertThat(failing.rests(one, nanos(100))).isTrue();
    assertThat(failing.rests(one, nanos(250))).isFalse();
    assertThat(failing.due(nanos(250))).containsExactly(one);

    for (int i = 0; i < 10; i++) {
      fail(one, "full", 0);
    }
    assertThat(failing.rests(one, nanos(2_000))).isTrue();
    assertThat(failing.due(nanos(2_000))).isEmpty();
    assertThat(failing.rests(one, nanos(5_000))).isFalse();
    assertThat(failing.rests(other, 0)).isFalse();

    failing.remove(one);
    fail(one, "full", 0);
    assertThat(failing.rests(one, nanos(250))).as("short again").isFalse();
  }

  @Test
  void lastsAfterAMinute() {
    fail(one, "full", 0);
    fail(other, "full", 30_000);
    fail(one, "full", 50_000);

    assertThat(failing.lasting(nanos(60_000))).isEmpty();
    assertThat(failing.lasting(nanos(60_001))).containsExactly(one);
  }

  @Test
  void namesAMarketOnceUntilItWorksAgain() {
    fail(one, "full", 0);
    fail(one, "full", 1);
    fail(one, "empty", 2);

    assertThat(log.lines())
        .containsExactly(
            "binance BTC/USDT: its bars cannot be written, and it is tried again: full");
    failing.remove(one);
    fail(one, "empty", 3);
    assertThat(log.lines()).hasSize(2);
  }

  @Test
  void namesOneOfManyThatFailForTheSameReason() {
    fail(one, "full", 0);
    fail(other, "full", 0);
    assertThat(log.lines()).hasSize(1);

    fail(other, "empty", 0);
    assertThat(log.lines()).as("not named yet").hasSize(2);
  }

  @Test
  void countsThoseThatFail() {
    fail(one, "full", 0);
    fail(one, "full", 0);
    fail(other, "full", 0);
    assertThat(gauge.sum()).isEqualTo(2);

    failing.removeIf(market -> market == one);
    assertThat(failing.has(one)).isFalse();
    assertThat(gauge.sum()).isEqualTo(1);

    failing.close();
    assertThat(gauge.sum()).isZero();
  }
}
