package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;

import com.sun.management.ThreadMXBean;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DecimalsTest {

  /** More than reading a short text takes, far less than any expansion. */
  private static final long MODEST_BYTES = 4_000_000;

  private static String plain(Object value) {
    return Decimals.plain(Decimals.decode("price", value));
  }

  @ParameterizedTest
  @CsvSource({
    "9.9640, 9.9640",
    "0, 0",
    "0.00, 0.00",
    "-0.50, -0.50",
    "1e-05, 0.00001",
    "1.50E-7, 0.000000150",
    "1E+3, 1000",
    "1e16, 10000000000000000",
    "0e999999999, 0",
    "100, 100",
    "0.0000000000000000000000000000000000000001, 0.0000000000000000000000000000000000000001"
  })
  void keepsTheDigitsThatCameIn(String text, String plain) {
    assertThat(plain(text)).isEqualTo(plain);
    assertThat(plain(new BigDecimal(text))).isEqualTo(plain);
  }

  @Test
  void readsNumbersOfAllKinds() {
    assertThat(plain(7)).isEqualTo("7");
    assertThat(plain(Long.MIN_VALUE)).isEqualTo("-9223372036854775808");
    assertThat(plain((short) -3)).isEqualTo("-3");
    assertThat(plain(new BigInteger("123456789012345678901234567890")))
        .isEqualTo("123456789012345678901234567890");
    assertThat(plain(9.964)).isEqualTo("9.964");
    assertThat(plain(1e-5)).isEqualTo("0.000010");
    assertThat(plain(0.1f)).isEqualTo("0.1");
  }

  @Test
  void takes64CharactersInPlainNotationAndNoMore() {
    String longest = "1".repeat(Decimals.MAX_LENGTH);
    assertThat(plain(longest)).isEqualTo(longest);
    assertThat(plain("-" + longest.substring(1))).hasSize(Decimals.MAX_LENGTH);
    assertThat(plain("0." + longest.substring(2))).hasSize(Decimals.MAX_LENGTH);
    assertThat(plain("1e63")).hasSize(Decimals.MAX_LENGTH);
    assertThat(plain("1e-62")).hasSize(Decimals.MAX_LENGTH);
    assertThat(plain(new BigInteger(longest))).isEqualTo(longest);

    for (String tooLong : List.of(longest + "1", "-" + longest, "0." + longest, "1e64", "-1e63")) {
      assertThatThrownBy(() -> plain(tooLong)).isInstanceOf(InvalidValueException.class);
      assertThatThrownBy(() -> plain(new BigDecimal(tooLong)))
          .hasMessageStartingWith("price: must fit into 64 characters");
    }
    assertThatThrownBy(() -> plain(new BigInteger(longest + "1")))
        .hasMessageStartingWith("price: must fit into 64 characters");
  }

  @Test
  void takes160CharactersOfWhatIsComputed() {
    BigDecimal longest = new BigDecimal("0." + "1".repeat(Decimals.MAX_COMPUTED_LENGTH - 2));

    assertThat(Decimals.checkComputed("fee", longest)).isEqualTo(longest);
    assertThatThrownBy(() -> Decimals.checkComputed("fee", longest.scaleByPowerOfTen(-1)))
        .hasMessageStartingWith("fee: must fit into 160 characters");
  }

  static Stream<Named<Object>> huge() {
    return Stream.of(
        named("text", "1E999999999"),
        named("small text", "1E-999999999"),
        named("out of range", "1E9999999999"),
        named("zero with many places", "0E-999999999"),
        named("number", new BigDecimal("1E999999999")),
        named("small number", new BigDecimal("-1E-999999999")),
        named("integer", BigInteger.ONE.shiftLeft(50_000_000)),
        named("many digits", "9".repeat(1_000_000)));
  }

  @ParameterizedTest
  @MethodSource("huge")
  void refusesHugeOnesWithoutExpandingThem(Object huge) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    assertThatThrownBy(() -> plain(huge))
        .isInstanceOf(InvalidValueException.class)
        .satisfies(e -> assertThat(e.getMessage()).startsWith("price: ").hasSizeLessThan(200));

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MODEST_BYTES);
  }

  static Stream<Named<Object>> noNumbers() {
    Stream<Named<Object>> texts =
        Stream.of(
                "",
                " ",
                "abc",
                " 1",
                "1 ",
                "+1",
                ".5",
                "1.",
                "-",
                "-.5",
                "01",
                "0x1",
                "1f",
                "1d",
                "1e",
                "1e+",
                "e5",
                "1,5",
                "1_000",
                "--1",
                "NaN",
                "Infinity",
                "-Infinity",
                "null",
                "true",
                "１",
                "1\n",
                "1e5.5",
                "\0")
            .map(text -> named("\"" + text.replaceAll("\\p{Cntrl}", "?") + "\"", text));
    Stream<Named<Object>> others =
        Stream.of(
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Float.NEGATIVE_INFINITY,
                true,
                List.of(1),
                Map.of("price", 1),
                new JsonArray().add(1),
                new JsonObject(),
                new AtomicInteger(1),
                'c',
                new byte[] {1})
            .map(value -> named(value.getClass().getSimpleName() + " " + value, value));
    return Stream.concat(texts, others);
  }

  @ParameterizedTest
  @MethodSource("noNumbers")
  void refusesWhatIsNoNumber(Object value) {
    assertThatThrownBy(() -> plain(value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("price: must be a decimal number, got ");
  }

  @Test
  void refusesNull() {
    assertThatThrownBy(() -> Decimals.decode("bid", null))
        .hasMessage("bid: must be a decimal number, got null");
    assertThatThrownBy(() -> Decimals.check("bid", null))
        .hasMessage("bid: must be a decimal number, got null");
  }

  @Test
  void doesNotLookIntoAListToRefuseIt() {
    List<Object> endless =
        new java.util.AbstractList<>() {
          @Override
          public Object get(int index) {
            throw new AssertionError("was read");
          }

          @Override
          public int size() {
            throw new AssertionError("was read");
          }
        };

    assertThatThrownBy(() -> plain(endless))
        .hasMessage("price: must be a decimal number, got a list");
  }
}
