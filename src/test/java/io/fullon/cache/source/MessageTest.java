package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.testing.Samples;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTest {

  @Provide
  Arbitrary<String> numbers() {
    return Samples.decimalTexts();
  }

  /** As JSON numbers and as texts. */
  @Property(tries = 300)
  void everyDigitStays(@ForAll("numbers") String number) {
    Message message = Message.parse("{\"a\":" + number + ",\"b\":\"" + number + "\"}");

    assertThat(message.text("a")).isEqualTo(number);
    assertThat(message.decimal("a")).isEqualByComparingTo(new BigDecimal(number));
    assertThat(message.decimal("a")).isEqualTo(message.decimal("b"));
    if (new BigDecimal(number).scale() >= 0) {
      assertThat(message.decimal("a")).isEqualTo(new BigDecimal(number));
    }
  }

  @Test
  void askingForWhatIsNotThereGivesNothing() {
    Message message = Message.parse("{\"a\":[1,{\"b\":true}],\"n\":null,\"e\":\"\"}");

    assertThat(message.get("a").at(1).text("b")).isEqualTo("true");
    assertThat(message.get("a").at(7).get("x").at(0).text("y")).isNull();
    assertThat(message.get("a").list()).hasSize(2);
    assertThat(message.get("n").list()).isEmpty();
    assertThat(message.has("n")).isTrue();
    assertThat(message.has("m")).isFalse();
    assertThat(message.text("e")).isNull();
    assertThat(message.decimal("n")).isNull();
    assertThat(message.millis("a")).isNull();
    assertThat(message.iso("a")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "\"x\"", "\"Infinity\"", "1e999999999", "{}", "\"0x1\""})
  void whatIsNoDecimalIsNone(String number) {
    assertThat(Message.parse("{\"a\":" + number + "}").decimal("a")).isNull();
    assertThat(Message.parse("{\"a\":" + "1".repeat(80) + "}").decimal("a")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}x", "[1", "{\"a\":}", "nul"})
  void whatIsNoJsonIsTold(String text) {
    assertThatThrownBy(() -> Message.parse(text)).isInstanceOf(InvalidValueException.class);
  }

  @Test
  void deepNestingIsNotFollowed() {
    String text = "[".repeat(900) + "]".repeat(900);

    assertThat(Message.parse(text).at(0).list()).hasSize(1);
  }
}
