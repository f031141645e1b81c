package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JsonTest {

  @Test
  void keepsTheDigitsOfNumbers() {
    Fields fields = Json.parse("", "{\"a\":9.9640,\"b\":1e-05,\"c\":12,\"d\":1.50E+2}");

    assertThat(fields.raw("a")).isEqualTo(new BigDecimal("9.9640"));
    assertThat(fields.decimal("b")).isEqualTo("0.00001");
    assertThat(fields.raw("c")).isEqualTo(12);
    assertThat(fields.decimal("d")).isEqualTo("150");
  }

  static Stream<String> noObjects() {
    return Stream.of(
        "",
        " ",
        "null",
        "5",
        "\"text\"",
        "[1]",
        "{",
        "{}{}",
        "{} x",
        "not json",
        "{a:1}",
        "{'a':1}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":01}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":+1}",
        "{\"a\":0x1}",
        "{\"a\":1,}",
        "{\"a\":1E9999999999}",
        "{\"a\":1E-99999999999}",
        "{\"a\":" + "9".repeat(100_000) + "}",
        "{\"a\":0." + "9".repeat(100_000) + "}",
        "{\"a\":" + "[".repeat(100_000),
        "{\"a\":" + "[".repeat(1_000) + "]".repeat(1_000) + "}",
        "{\"a\":".repeat(10_000),
        "\ufeff{}");
  }

  @ParameterizedTest
  @MethodSource("noObjects")
  void refusesWhatIsNotOneJsonObject(String text) {
    assertThatThrownBy(() -> Json.parse("", text))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("body: must be ")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
    assertThatThrownBy(() -> Json.parse("tick", text)).hasMessageStartingWith("tick: must be ");
  }

  @Test
  void escapesWhatTextsHold() {
    String hostile = "\"</script>\\\n\0\u2028😀";

    String text =
        Json.write(
            json -> {
              json.writeStartObject();
              json.writeStringField("text", hostile);
              json.writeEndObject();
            });

    assertThat(Json.parse("", text).text("text", 100)).isEqualTo(hostile);
  }
}
