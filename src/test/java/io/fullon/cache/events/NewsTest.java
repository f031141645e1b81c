package io.fullon.cache.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages in Redis that tell what was stored. */
class NewsTest {

  @Test
  void readsWhatAMessageTells() {
    List<News> all =
        List.of(
            new News("kraken", "BTC/USD:BTC", "{\"a\":\n1}", null),
            new News("a%:{b}", "x", "", null),
            new News("kraken", "", "{}", null));

    assertThat(News.read(News.message(all))).isEqualTo(all);
  }

  /** As scripts write it. */
  @Test
  void readsAMessageOfOne() {
    assertThat(News.read("a%3Ab\nx\n{}")).containsExactly(new News("a:b", "x", "{}", null));
  }

  @Test
  void refusesWhatIsNoSuchMessage() {
    assertThatThrownBy(() -> News.read("a\nb")).isInstanceOf(RuntimeException.class);
  }
}
