package io.fullon.cache.fence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.value.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FenceTest {

  @Test
  void isReadAsItWasWritten() {
    for (long token : new long[] {0, Long.MAX_VALUE}) {
      Fence fence = new Fence("binance", "BTC/USDT:USDT", token);

      assertThat(Fence.fromJson(fence.toJson())).isEqualTo(fence);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bad exchange, A/B,    1, exchange",
    ",             A/B,    1, exchange",
    "binance,      ,       1, symbol",
    "binance,      'A B',  1, symbol",
    "binance,      A/B,   -1, token",
  })
  void isNoneThatNoBlockCanHave(String exchange, String symbol, long token, String field) {
    assertThatThrownBy(() -> new Fence(exchange, symbol, token))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith(field + ": must be ");
  }
}
