package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FieldsTest {

  private static Fields fields(String name, Object value) {
    Map<String, Object> map = new HashMap<>();
    map.put(name, value);
    return Fields.of("", map);
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(InvalidValueException.class).hasMessage(message);
  }

  static Stream<Object> noObjects() {
    return Stream.of("text", 5, true, new JsonArray(), List.of());
  }

  @ParameterizedTest
  @MethodSource("noObjects")
  void refusesWhatIsNoObject(Object value) {
    assertThatThrownBy(() -> Fields.of("", value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("body: must be a JSON object, got ");
    assertThatThrownBy(() -> Fields.of("ticks[3]", value))
        .hasMessageStartingWith("ticks[3]: must be a JSON object, got ");
  }

  @Test
  void refusesANullBody() {
    assertRefused(() -> Fields.of("", null), "body: must be a JSON object, got null");
  }

  @Test
  void namesAFieldWithItsWholePath() {
    Fields call =
        Fields.of(
            "",
            new JsonObject()
                .put("ticks", new JsonArray().add(new JsonObject().put("price", 1)).add("x"))
                .put("web", new JsonObject().put("port", "x")));

    assertRefused(
        () -> call.objects("ticks", tick -> tick.decimal("bid")), "ticks[0].bid: is missing");
    assertRefused(
        () -> call.objects("ticks", tick -> tick.decimal("price")),
        "ticks[1]: must be a JSON object, got \"x\"");
    assertRefused(
        () -> call.section("web").integer("port", 0, 9), "web.port: must be an integer, got \"x\"");
    assertRefused(() -> call.object("tick", tick -> tick), "tick: is missing");
    assertRefused(
        () -> call.object("ticks", tick -> tick), "ticks: must be a JSON object, got a list");
    assertRefused(() -> call.list("web"), "web: must be a list, got an object");
    assertRefused(() -> call.list("none"), "none: is missing");
  }

  @Test
  void nullIsTheSameAsAbsent() {
    Fields call = fields("field", null);

    assertThat(call.has("field")).isFalse();
    assertThat(call.decimalOrNull("field")).isNull();
    assertThat(call.timeOrNull("field")).isNull();
    assertThat(call.idOrNull("field")).isNull();
    assertThat(call.textOrNull("field", 5)).isNull();
    assertThat(call.flagOrNull("field")).isNull();
    assertThat(call.flag("field", true)).isTrue();
    assertThat(call.integer("field", 0, 9, 5)).isEqualTo(5);
    assertThat(call.section("field").keys()).isEmpty();
    assertRefused(() -> call.decimal("field"), "field: is missing");
    assertRefused(() -> call.symbol("field"), "field: is missing");
    assertRefused(() -> call.exchange("other"), "other: is missing");
    assertRefused(() -> call.integer("field", 0, 9), "field: is missing");
  }

  @Test
  void takesIntegersWithinTheirBounds() {
    assertThat(fields("n", 5).integer("n", 0, 5)).isEqualTo(5);
    assertThat(fields("n", Long.MAX_VALUE).integer("n", 0, Long.MAX_VALUE))
        .isEqualTo(Long.MAX_VALUE);
    assertRefused(() -> fields("n", 6).integer("n", 0, 5), "n: must be from 0 to 5, got 6");
    assertRefused(
        () -> fields("n", 4_294_967_297L).integer("n", 0, Integer.MAX_VALUE),
        "n: must be from 0 to 2147483647, got 4294967297");
    assertRefused(
        () -> fields("n", BigInteger.ONE.shiftLeft(64)).integer("n", 0, 5),
        "n: must be from 0 to 5, got 18446744073709551616");
  }

  static Stream<Object> eights() {
    return Stream.of(
        8,
        8L,
        (short) 8,
        8.0,
        8.0f,
        BigInteger.valueOf(8),
        new BigDecimal("8"),
        new BigDecimal("8.0"),
        new BigDecimal("8.000000000000000000000000000"),
        new BigDecimal("0.8E+1"),
        new BigDecimal("80E-1"));
  }

  @ParameterizedTest
  @MethodSource("eights")
  void takesAnIntegerInAnyNotation(Object value) {
    assertThat(fields("n", value).integer("n", 0, 8)).isEqualTo(8);
    assertThat(fields("n", value).integerOrNull("n", 0, 8)).isEqualTo(8);
    assertThat(fields("n", value).integer("n", 0, 8, 5)).isEqualTo(8);
  }

  static Stream<Object> hugeIntegers() {
    return Stream.of(
        1e30,
        new BigDecimal("1E999999999"),
        new BigDecimal("-1E999999999"),
        BigInteger.TEN.pow(100_000),
        Long.MAX_VALUE);
  }

  @ParameterizedTest
  @MethodSource("hugeIntegers")
  void refusesAnIntegerOfAnySizeWithoutExpandingIt(Object value) {
    assertThatThrownBy(() -> fields("n", value).integer("n", 0, 5))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("n: must be from 0 to 5, got ");
  }

  static Stream<Object> noIntegers() {
    return Stream.of(
        "5",
        1.5,
        4_294_967_297.9,
        new BigDecimal("8.5"),
        new BigDecimal("1E-999999999"),
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Float.NaN,
        true,
        List.of(5),
        new JsonObject());
  }

  @ParameterizedTest
  @MethodSource("noIntegers")
  void refusesWhatIsNoInteger(Object value) {
    assertThatThrownBy(() -> fields("n", value).integer("n", 0, 5))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("n: must be an integer, got ");
  }

  @Test
  void refusesATextThatIsTooLongOrNone() {
    assertThat(fields("t", "12345").text("t", 5)).isEqualTo("12345");
    assertRefused(
        () -> fields("t", "123456").text("t", 5),
        "t: must be a text of at most 5 characters, got \"123456\"");
    assertRefused(
        () -> fields("t", 5).textOrNull("t", 5),
        "t: must be a text of at most 5 characters, got 5");
  }

  @Test
  void refusesWhatOnlyLooksLikeATruthValue() {
    assertThat(fields("f", false).flag("f", true)).isFalse();
    assertRefused(
        () -> fields("f", "true").flagOrNull("f"), "f: must be true or false, got \"true\"");
    assertRefused(() -> fields("f", 1).flag("f", true), "f: must be true or false, got 1");
  }

  @Test
  void refusesFieldsThatNobodyAskedFor() {
    Fields section =
        Fields.of("web", new JsonObject().put("port", 1).put("prot", 2).put("host", null));
    section.integer("port", 0, 9);
    section.textOrNull("host", 9);

    assertRefused(section::refuseUnknown, "web.prot: unknown key; there are host, port");
  }

  @Test
  void ofWhatOthersWroteANumberThatIsNoneIsAbsentWhereItIsOptional() {
    String many = "1".repeat(30_000);
    Fields tick =
        Json.parseForeign(
            "",
            "{\"nan\":NaN,\"inf\":Infinity,\"minus\":-Infinity,\"text\":\"nan\",\"long\":"
                + many
                + ",\"large\":1e999999999,\"larger\":1E99999999999,\"longText\":\"0."
                + many
                + "\"}");

    for (String key : List.copyOf(tick.keys())) {
      assertThat(tick.decimalOrNull(key)).as(key).isNull();
      assertThatThrownBy(() -> tick.decimal(key))
          .as(key)
          .isInstanceOf(InvalidValueException.class)
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
    }
    for (String key : List.of("nan", "inf", "minus", "long", "large", "larger")) {
      assertThat(tick.has(key)).as(key).isFalse();
      assertThat(tick.integerOrNull(key, 0, 9)).as(key).isNull();
      assertThat(tick.timeOrNull(key)).as(key).isNull();
    }
    assertThat(tick.text("text", 9)).isEqualTo("nan");
  }

  @Test
  void onTheBusANumberThatIsNoneIsRefused() {
    for (Object value : new Object[] {Double.NaN, Double.NEGATIVE_INFINITY, "NaN", "inf"}) {
      assertThatThrownBy(() -> fields("bid", value).decimalOrNull("bid"))
          .isInstanceOf(InvalidValueException.class)
          .hasMessageStartingWith("bid: must be a decimal number, got ");
    }
    assertThatThrownBy(() -> fields("bid", "1".repeat(65)).decimalOrNull("bid"))
        .hasMessageStartingWith("bid: must fit into 64 characters");
  }

  @Test
  void withstandsNamesOfEqualHashCodes() {
    Map<String, Object> equal = new HashMap<>();
    for (int i = 0; i < 1 << 16; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 16; bit++) {
        name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      equal.put(name.toString(), i);
    }

    // Looking each up among all others, one by one, would take minutes.
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThat(Fields.of("", equal).keys()).hasSize(1 << 16).contains("Aa".repeat(16)));
  }

  @Test
  void readsMapsAsItReadsJsonObjects() {
    Fields outer =
        Fields.of("", new JsonObject(Map.of("list", List.of(Map.of("n", 1), Map.of("n", 2)))));

    assertThat(outer.objects("list", inner -> inner.integer("n", 0, 9))).containsExactly(1L, 2L);
  }
}
