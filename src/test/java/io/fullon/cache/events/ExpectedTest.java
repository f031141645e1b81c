package io.fullon.cache.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ExpectedTest {

  private final Expected expected = new Expected();

  @Test
  void givesAValueOnceByItsText() {
    expected.addAll(Map.of("one", 1, "two", 2));

    assertThat(expected.take("two")).isEqualTo(2);
    assertThat(expected.take("two")).isNull();
    assertThat(expected.take("three")).isNull();
    assertThat(expected.take("one")).isEqualTo(1);
  }

  @Test
  void keepsNoMoreThanIsOnItsWay() {
    for (int i = 0; i < 10_000; i++) {
      expected.addAll(Map.of("text " + i, i));
    }

    assertThat(expected.take("text 7999")).isNull();
    assertThat(expected.take("text 8000")).isEqualTo(8_000);
    assertThat(expected.take("text 9999")).isEqualTo(9_999);
  }
}
