package io.fullon.cache.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExpectedTest {

  private final Expected expected = new Expected();

  private static List<News> news(String name) {
    return List.of(new News("place", name, "{}", name));
  }

  @Test
  void givesNewsOnceByTheirMessage() {
    expected.add("one", news("1"));
    expected.add("two", news("2"));

    assertThat(expected.take("two")).isEqualTo(news("2"));
    assertThat(expected.take("two")).isNull();
    assertThat(expected.take("three")).isNull();
    assertThat(expected.take("one")).isEqualTo(news("1"));
  }

  @Test
  void keepsNoMoreThanIsOnItsWay() {
    String half = "x".repeat(Expected.MAX_LENGTH / 2 - 1);
    for (int round = 0; round < 3; round++) {
      expected.add(half + 1, news("1"));
      expected.add(half + 2, news("2"));
      expected.add("short", news("3"));

      assertThat(expected.take(half + 1)).isNull();
      assertThat(expected.take(half + 2)).isEqualTo(news("2"));
      assertThat(expected.take("short")).isEqualTo(news("3"));
    }
  }

  @Test
  void keepsNothingThatIsTooLong() {
    expected.add("x".repeat(Expected.MAX_LENGTH + 1), news("1"));
    expected.add("short", news("2"));

    assertThat(expected.take("x".repeat(Expected.MAX_LENGTH + 1))).isNull();
    assertThat(expected.take("short")).isEqualTo(news("2"));
  }
}
