package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  /**
   * What Python writes though it is no JSON, and numbers that are too long, which matters later.
   */
  private static final Pattern READ_BESIDES = Pattern.compile("NaN|Infinity|99999");

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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                 | must be JSON, got \"\"",
        "not json           | must be JSON (wrong at line 1, column ",
        "{\"a\":NaN}      | must be JSON (wrong at line 1, column ",
        "{\"a\":01}       | must be JSON (wrong at line 1, column ",
        "{\"a\":[}        | must be JSON (wrong at line 1, column ",
        "{\"a\":1         | must be JSON (wrong at line 1, column ",
        "{}{}               | must be JSON and nothing behind it, got \"{}{}\"",
        "{} ]               | must be JSON",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ | must be JSON (nested more than 32 deep), got "
      })
  void saysInItsOwnWordsWhatIsWrong(String text, String words) {
    assertThatThrownBy(() -> Json.parse("", text)).hasMessageStartingWith("body: " + words);
  }

  @Test
  void saysWhereAMistakeIs() {
    String text = "{\n  \"a\": x}";

    assertThatThrownBy(() -> Json.parse("", text))
        .hasMessageContaining("(wrong at line 2, column 8)");
    assertThatThrownBy(() -> Json.parseForeign("", text))
        .hasMessageContaining("(wrong at line 2, column 8)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"9", "0.9"})
  void saysThatANumberIsTooLong(String number) {
    assertThatThrownBy(() -> Json.parse("", "{\"a\":" + number + "9".repeat(1_000) + "}"))
        .hasMessageStartingWith("body: must be JSON (has a number of more than 1000 digits), got ");
  }

  @Test
  void readsNamesOfAnyLength() {
    String name = "a".repeat(60_000);

    assertThat(Json.parse("", "{\"" + name + "\":1}").keys()).containsExactly(name);
  }

  @ParameterizedTest
  @MethodSource({"noObjects", "noForeignObjects"})
  void showsNothingOfTheLibraryThatReads(String text) {
    for (Consumer<String> read :
        List.<Consumer<String>>of(t -> Json.parse("", t), t -> Json.parseForeign("", t))) {
      try {
        read.accept(text);
      } catch (InvalidValueException e) {
        assertThat(e.getMessage())
            .doesNotContain(
                "Source", "Feature", "Constraints", "token", "`", "Unexpected", "ALLOW");
      }
    }
  }

  @Test
  void readsWhatOtherProgramsWrite() {
    Fields fields =
        Json.parseForeign(
            "",
            " {\"a\":9.9640,"
                + " \"b\":1e-05,\"c\":12,\"d\":\"\\u5e01\\ud83d\\udc15\",\"e\":[{\"f\":[1]}],\"g\":{\"h\":null},\"i\":null,\"j\":true,\"c\":13,\"\\u5e01\":123456789012345678901234567890}\n");

    assertThat(fields.raw("a")).isEqualTo(new BigDecimal("9.9640"));
    assertThat(fields.decimal("b")).isEqualTo("0.00001");
    assertThat(fields.integer("c", 0, 99)).as("the last one").isEqualTo(13);
    assertThat(fields.text("d", 9)).isEqualTo("币🐕");
    assertThat(fields.raw("e")).isEqualTo(List.of());
    assertThat(fields.raw("g")).isEqualTo(Map.of());
    assertThat(fields.has("i")).isFalse();
    assertThat(fields.flag("j", false)).isTrue();
    assertThat(fields.decimal("币")).isEqualTo("123456789012345678901234567890");
  }

  static Stream<String> noForeignObjects() {
    return Stream.concat(
        noObjects().filter(text -> !READ_BESIDES.matcher(text).find()),
        Stream.of("{\"a\":nan}", "{\"a\":INF x}"));
  }

  @ParameterizedTest
  @MethodSource("noForeignObjects")
  void refusesWhatNoOtherProgramMayWrite(String text) {
    assertThatThrownBy(() -> Json.parseForeign("tick", text))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("tick: must be ")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "币", "🐕", "\\u5e01"})
  void readsForeignTextUpToItsBound(String part) {
    int bytes = part.getBytes(StandardCharsets.UTF_8).length;
    String head = "{\"a\":\"";
    String longest = head + part.repeat((Json.MAX_FOREIGN_BYTES - head.length() - 2) / bytes);

    assertThat(Json.parseForeign("", longest + "\"}").has("a")).isTrue();
    assertThatThrownBy(() -> Json.parseForeign("", longest + part + "\"}"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("body: must be JSON of at most 65536 bytes, got ");
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
