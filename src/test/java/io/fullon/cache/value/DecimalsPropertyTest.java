package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.testing.Samples;
import java.math.BigDecimal;
import java.math.BigInteger;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.IntRange;

class DecimalsPropertyTest {

  @Provide
  Arbitrary<String> decimalTexts() {
    return Samples.decimalTexts();
  }

  @Property
  void aTextIsReadAsTheNumberItNames(@ForAll("decimalTexts") String text) {
    BigDecimal expected = new BigDecimal(text);

    BigDecimal read = Decimals.decode("price", text);

    assertThat(read).isEqualByComparingTo(expected);
    assertThat(Decimals.plain(read)).isEqualTo(expected.toPlainString());
    assertThat(Decimals.decode("price", expected)).isEqualTo(read);
  }

  @Property
  void plainNotationIsReadAsTheVerySame(@ForAll("decimalTexts") String text) {
    BigDecimal read = Decimals.decode("price", text);

    assertThat(Decimals.decode("price", Decimals.plain(read))).isEqualTo(read);
  }

  @Property
  void everyNumberThatFitsIsTakenAndNoOther(
      @ForAll @BigRange(min = "-1E70", max = "1E70") BigInteger digits,
      @ForAll @IntRange(min = -80, max = 80) int scale) {
    BigDecimal decimal = new BigDecimal(digits, scale);
    String plain = decimal.toPlainString();

    if (plain.length() <= Decimals.MAX_LENGTH) {
      assertThat(Decimals.plain(Decimals.check("price", decimal))).isEqualTo(plain);
    } else {
      assertThatThrownBy(() -> Decimals.check("price", decimal))
          .isInstanceOf(InvalidValueException.class);
    }
  }

  @Property
  void aDoubleIsReadAsTheShortestDigitsThatNameIt(@ForAll double value) {
    if (Math.abs(value) < 1e63 && (value == 0 || Math.abs(value) > 1e-40)) {
      assertThat(Decimals.decode("price", value).doubleValue()).isEqualTo(value);
    }
  }

  @Property
  void jsonTextKeepsEveryDigit(@ForAll("decimalTexts") String text) {
    BigDecimal decimal = Decimals.decode("price", text);
    StringBuilder json = new StringBuilder("{\"price\":");
    Json.append(json, decimal, Json.DecimalStyle.NUMBER);
    String number = json.append('}').toString();
    String string = "{\"price\":\"" + decimal.toPlainString() + "\"}";

    assertThat(number).isEqualTo("{\"price\":" + decimal.toPlainString() + "}");
    assertThat(Json.parse("", number).decimal("price")).isEqualTo(decimal);
    assertThat(Json.parse("", string).decimal("price")).isEqualTo(decimal);
    assertThat(Json.parse("", "{\"price\":" + text + "}").decimal("price")).isEqualTo(decimal);
  }
}
