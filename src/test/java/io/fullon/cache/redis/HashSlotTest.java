package io.fullon.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HashSlotTest {

  /** The first is the specification's, the others are what CLUSTER KEYSLOT says. */
  @ParameterizedTest
  @CsvSource({"123456789, 12739", "foo, 12182", "'', 0", "tickers:binance, 14593", "币安人生, 8143"})
  void itIsTheChecksumOfTheKey(String key, int slot) {
    assertThat(HashSlot.of(key)).isEqualTo(slot);
  }

  @ParameterizedTest
  @CsvSource({
    "{user1000}.following, user1000",
    "foo{bar}{zap}, bar",
    "foo{{bar}}zap, {bar",
    "}foo{bar}, bar",
  })
  void whatIsInTheFirstBracesCountsAlone(String key, String counted) {
    assertThat(HashSlot.of(key)).isEqualTo(HashSlot.of(counted));
  }

  @Test
  void emptyBracesAndOneThatIsOpenAreAsOtherText() {
    assertThat(HashSlot.of("foo{}{bar}")).isEqualTo(8363);
    assertThat(HashSlot.of("foo{bar")).isEqualTo(15278);
  }
}
