package io.fullon.cache.value;

import static io.fullon.cache.value.InvalidValueException.show;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.CharBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InvalidValueExceptionTest {

  @Test
  void showsShortValuesAsTheyAre() {
    assertThat(show(null)).isEqualTo("null");
    assertThat(show("BTC")).isEqualTo("\"BTC\"");
    assertThat(show("")).isEqualTo("\"\"");
    assertThat(show(1.5)).isEqualTo("1.5");
    assertThat(show(true)).isEqualTo("true");
    assertThat(show(new BigDecimal("1E999999999"))).isEqualTo("1E+999999999");
    assertThat(show(Instant.EPOCH)).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(show(List.of(1, 2))).isEqualTo("a list");
    assertThat(show(new JsonArray().add(1))).isEqualTo("a list");
    assertThat(show(new Object[5])).isEqualTo("a list");
    assertThat(show(Map.of("a", 1))).isEqualTo("an object");
    assertThat(show(new JsonObject())).isEqualTo("an object");
  }

  @Test
  void shortensALongTextAndHidesWhatCannotBePrinted() {
    assertThat(show("x".repeat(1_000_000)))
        .isEqualTo("\"" + "x".repeat(60) + "…\" (1000000 characters)");
    assertThat(show("a\nb\0\u001b[31m")).isEqualTo("\"a\\u000ab\\u0000\\u001b[31m\"");
  }

  @Test
  void showsCharactersOfAnyScriptAndOnlyThoseThatCanBeSeen() {
    assertThat(show("币安人生/USDT €🐕")).isEqualTo("\"币安人生/USDT €🐕\"");
    assertThat(show("a\u00a0\u3000\u202e\u200b\ue000"))
        .isEqualTo("\"a\\u00a0\\u3000\\u202e\\u200b\\ue000\"");
    assertThat(show("\ud83d!")).isEqualTo("\"\\ud83d!\"");
    assertThat(show("\udb40\udc41")).isEqualTo("\"\\udb40\\udc41\"");
  }

  @Test
  void showsNoPassword() {
    assertThat(show("redis://u:secret@h:1/2")).isEqualTo("\"redis://u:***@h:1/2\"");
    assertThat(show("redis://:" + "secret".repeat(200) + "@h")).isEqualTo("\"redis://:***@h\"");
    assertThat(show("a redis://h:1, redis://u@h")).isEqualTo("\"a redis://h:1, redis://u@h\"");
  }

  @Test
  void cutsBetweenCharacters() {
    assertThat(show("x" + "🐕".repeat(65)))
        .isEqualTo("\"x" + "🐕".repeat(59) + "…\" (66 characters)");
    assertThat(show("🐕".repeat(60))).isEqualTo("\"" + "🐕".repeat(60) + "\"");
  }

  static Stream<Named<Object>> largeValues() {
    return Stream.<Object>of(
            "\n".repeat(1_000_000),
            new BigDecimal("0." + "1".repeat(10_000)),
            BigInteger.ONE.shiftLeft(1_000_000),
            new byte[1_000_000],
            Buffer.buffer(new byte[1_000_000]),
            CharBuffer.wrap("x".repeat(100_000)))
        .map(value -> named(value.getClass().getSimpleName(), value));
  }

  @ParameterizedTest
  @MethodSource("largeValues")
  void isOneShortLineWhateverTheValueIs(Object value) {
    assertThat(show(value)).hasSizeLessThan(120).doesNotContain("\n");
  }

  @Test
  void namesTheFieldFirst() {
    assertThat(new InvalidValueException("tick.price", "must be a decimal number", "abc"))
        .hasMessage("tick.price: must be a decimal number, got \"abc\"");
    assertThat(new InvalidValueException("since." + "x\n".repeat(100_000), "is missing"))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200).doesNotContain("\n"));
    assertThat(new InvalidValueException("tick.price", "is missing"))
        .hasMessage("tick.price: is missing");
  }
}
