package io.fullon.cache.tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TickTest {

  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00.000001Z");

  private static Tick tick(long second, Long seq) {
    return Tick.of("binance", "BTC/USDT", BigDecimal.ONE, Instant.ofEpochSecond(second))
        .withSeq(seq);
  }

  @Test
  void writesDecimalsAsTextForBrowsersAndAsNumbersForPython() {
    Tick tick =
        new Tick(
            "BTC/USDT",
            "binance",
            new BigDecimal("9.9640"),
            TIME,
            new BigDecimal("1E+3"),
            null,
            null,
            new BigDecimal("1e-05"),
            7L);

    assertThat(tick.encode(DecimalStyle.STRING))
        .isEqualTo(
            "{\"symbol\":\"BTC/USDT\",\"exchange\":\"binance\",\"price\":\"9.9640\","
                + "\"volume\":\"1000\",\"last\":\"0.00001\",\"time\":1767225600.000001,\"seq\":7}");
    assertThat(tick.encode(DecimalStyle.NUMBER))
        .isEqualTo(
            "{\"symbol\":\"BTC/USDT\",\"exchange\":\"binance\",\"price\":9.9640,"
                + "\"volume\":1000,\"last\":0.00001,\"time\":1767225600.000001,\"seq\":7}");
  }

  @Test
  void isBuiltFieldByField() {
    BigDecimal[] decimals =
        IntStream.rangeClosed(1, 5).mapToObj(BigDecimal::valueOf).toArray(BigDecimal[]::new);

    assertThat(
            Tick.builder("binance", "BTC/USDT")
                .price(decimals[0])
                .time(TIME)
                .volume(decimals[1])
                .bid(decimals[2])
                .ask(decimals[3])
                .last(decimals[4])
                .build())
        .isEqualTo(
            new Tick(
                "BTC/USDT",
                "binance",
                decimals[0],
                TIME,
                decimals[1],
                decimals[2],
                decimals[3],
                decimals[4],
                null));
    assertThatThrownBy(() -> Tick.builder("binance", "BTC/USDT").time(TIME).build())
        .hasMessageStartingWith("price: ");
  }

  @Test
  void keepsItsTimeToTheMicrosecond() {
    assertThat(Tick.of("binance", "A", BigDecimal.ONE, TIME.plusNanos(1)).time()).isEqualTo(TIME);
  }

  static Stream<Arguments> badFields() {
    return Stream.of(
        Arguments.of("symbol", null),
        Arguments.of("symbol", ""),
        Arguments.of("symbol", "A B"),
        Arguments.of("exchange", 5),
        Arguments.of("price", null),
        Arguments.of("price", "abc"),
        Arguments.of("price", Double.NaN),
        Arguments.of("price", "1E999999999"),
        Arguments.of("time", null),
        Arguments.of("time", "1626916403"),
        Arguments.of("time", -1),
        Arguments.of("time", 1_626_916_403_872L),
        Arguments.of("volume", true),
        Arguments.of("bid", new JsonArray()),
        Arguments.of("ask", new JsonObject()),
        Arguments.of("last", ""),
        Arguments.of("seq", "5"),
        Arguments.of("seq", 1.5),
        Arguments.of("seq", -1),
        Arguments.of("seq", 1L << 53));
  }

  @ParameterizedTest
  @MethodSource("badFields")
  void refusesAFieldThatDoesNotFit(String field, Object value) {
    JsonObject json = tick(5, 1L).toJson().put(field, value);

    assertThatThrownBy(() -> Tick.fromJson(json))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith(field + ": ");
  }

  @Test
  void cannotBeMadeOfWhatDoesNotFit() {
    assertThatThrownBy(() -> Tick.of(null, "A", BigDecimal.ONE, TIME))
        .hasMessageStartingWith("exchange: ");
    assertThatThrownBy(() -> Tick.of("binance", null, BigDecimal.ONE, TIME))
        .hasMessageStartingWith("symbol: ");
    assertThatThrownBy(() -> Tick.of("binance", "A", null, TIME)).hasMessageStartingWith("price: ");
    assertThatThrownBy(() -> Tick.of("binance", "A", BigDecimal.ONE, null))
        .hasMessage("time: is missing");
    assertThatThrownBy(() -> Tick.of("binance", "A", BigDecimal.ONE, Instant.MAX))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("time: ");
    assertThatThrownBy(() -> Tick.of("binance", "A", BigDecimal.ONE, Instant.MIN))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("time: ");
  }

  @Test
  void anEarlierTimeOrALowerNumberPrecedes() {
    assertThat(tick(1, 5L).precedes(tick(2, 6L))).isTrue();
    assertThat(tick(2, 5L).precedes(tick(2, 6L))).isTrue();
    assertThat(tick(3, 5L).precedes(tick(2, 6L))).isTrue();
    assertThat(tick(2, 6L).precedes(tick(2, 6L))).isFalse();
    assertThat(tick(2, null).precedes(tick(2, 6L))).isFalse();
    assertThat(tick(3, null).precedes(tick(2, 6L))).isFalse();
  }
}
