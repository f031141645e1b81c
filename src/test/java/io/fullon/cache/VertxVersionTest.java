package io.fullon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VertxVersionTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"3.9.16", "4.5.14", "5.0.0", "5.0.10", "5.0.10-SNAPSHOT", "5.0", "5.0-milestone1"})
  void olderOnesDoNotSuffice(String version) {
    assertThat(VertxVersion.suffices(version)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5.1.0",
        "5.1",
        "5.1.0.CR1",
        "5.1.6",
        "5.2.0-SNAPSHOT",
        "5.10.0",
        "6.0.0",
        "10.0.1"
      })
  void thisOneAndLaterOnesDo(String version) {
    assertThat(VertxVersion.suffices(version)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "unknown", "5", "999-SNAPSHOT", "${project.version}"})
  void oneThatCannotBeReadIsNotRefused(String version) {
    assertThat(VertxVersion.suffices(version)).isTrue();
  }

  @Test
  void theOneThatIsHereSuffices() {
    assertThatCode(VertxVersion::check).doesNotThrowAnyException();
  }
}
