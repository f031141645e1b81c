package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TimesTest {

  @ParameterizedTest
  @CsvSource({
    "0, 1970-01-01T00:00:00Z",
    "1626916403.872000, 2021-07-22T01:13:23.872Z",
    "1626916403.8720001, 2021-07-22T01:13:23.872Z",
    "1626916403.8720005, 2021-07-22T01:13:23.872001Z",
    "1.626916403872E9, 2021-07-22T01:13:23.872Z",
    "0.0000004, 1970-01-01T00:00:00Z",
    "253402300799, 9999-12-31T23:59:59Z"
  })
  void roundsToTheNearestMicrosecond(BigDecimal seconds, Instant time) {
    assertThat(Times.decode("time", seconds)).isEqualTo(time);
  }

  @Test
  void readsNumbersOfAllKinds() {
    Instant second = Instant.ofEpochSecond(1_626_916_403);

    assertThat(Times.decode("time", 1_626_916_403)).isEqualTo(second);
    assertThat(Times.decode("time", 1_626_916_403L)).isEqualTo(second);
    assertThat(Times.decode("time", BigInteger.valueOf(1_626_916_403))).isEqualTo(second);
    assertThat(Times.decode("time", 1_626_916_403.5)).isEqualTo(second.plusMillis(500));
  }

  static Stream<Object> noTimes() {
    return Stream.of(
        "1626916403",
        "2021-07-22T01:13:23Z",
        "",
        true,
        -1,
        -0.000001,
        1_626_916_403_872L,
        253_402_300_800L,
        Long.MAX_VALUE,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        new BigDecimal("1E999999999"),
        new BigDecimal("1E-999999999"),
        List.of(),
        new JsonObject(),
        Instant.EPOCH);
  }

  @ParameterizedTest
  @MethodSource("noTimes")
  void refusesWhatIsNoTime(Object value) {
    assertThatThrownBy(() -> Times.decode("tick.time", value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("tick.time: must ");
  }

  @Test
  void refusesNull() {
    assertThatThrownBy(() -> Times.decode("time", null))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("got null");
    assertThatThrownBy(() -> Times.check("as_of", null)).hasMessage("as_of: is missing");
  }

  @Test
  void keepsInstantsToTheMicrosecond() {
    Instant whole = Instant.parse("2026-01-01T00:00:00.000001Z");

    assertThat(Times.check("time", whole)).isEqualTo(whole);
    assertThat(Times.check("time", whole.plusNanos(499))).isEqualTo(whole);
    assertThat(Times.check("time", whole.plusNanos(500))).isEqualTo(whole.plusNanos(1_000));
  }

  @Test
  void keepsTheTimesOfFarCenturies() {
    Instant far = Instant.parse("9999-12-31T23:59:58.000001Z");

    assertThat(Times.check("time", far)).isEqualTo(far);
    assertThat(Times.plain(far)).isEqualTo("253402300798.000001");
    assertThat(Times.decode("time", new BigDecimal(Times.plain(far)))).isEqualTo(far);
  }

  static Stream<Instant> instantsThatNobodyCanRead() {
    return Stream.of(
        Instant.MIN,
        Instant.EPOCH.minusNanos(1),
        Instant.parse("+10000-01-01T00:00:00Z"),
        Instant.MAX);
  }

  @ParameterizedTest
  @MethodSource("instantsThatNobodyCanRead")
  void refusesAnInstantThatNobodyCouldRead(Instant time) {
    assertThatThrownBy(() -> Times.check("time", time))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("time: must be from 1970 to the end of the year 9999, got ")
        .hasMessageEndingWith(time.toString());
  }

  @Test
  void writesSixPlaces() {
    assertThat(Times.plain(Instant.parse("2021-07-22T01:13:23.872Z")))
        .isEqualTo("1626916403.872000");
    assertThat(Times.plain(Instant.EPOCH)).isEqualTo("0.000000");
    assertThat(Times.seconds(Instant.parse("2021-07-22T01:13:23.872001Z")))
        .isEqualTo(1626916403.872001);
  }
}
