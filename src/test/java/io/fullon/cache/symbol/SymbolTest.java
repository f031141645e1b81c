package io.fullon.cache.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SymbolTest {

  private static final Symbol FULL =
      Symbol.builder("binance", "BTC/USDT")
          .base("BTC")
          .quote("USDT")
          .precision(8)
          .tickSize(new BigDecimal("0.010"))
          .margin(true)
          .leverage(new BigDecimal("10.0"))
          .contractSize(new BigDecimal("1e3"))
          .description("Bitcoin \"to\" Tether €")
          .build();

  private static Symbol withTickSize(String tickSize) {
    return Symbol.of("binance", "BTC/USDT", 2, tickSize == null ? null : new BigDecimal(tickSize));
  }

  private static Symbol withPrecision(Integer precision) {
    return Symbol.of("binance", "BTC/USDT", precision, null);
  }

  @Test
  void isBuiltFieldByField() {
    assertThat(
            Symbol.builder("binance", "BTC/USDT")
                .base("BTC")
                .quote("USDT")
                .precision(8)
                .tickSize(new BigDecimal("0.010"))
                .margin(true)
                .leverage(new BigDecimal("10.0"))
                .contractSize(new BigDecimal("1e3"))
                .description("Bitcoin \"to\" Tether €")
                .build())
        .isEqualTo(FULL);
    assertThat(Symbol.builder("binance", "BTC/USDT").build())
        .isEqualTo(Symbol.of("binance", "BTC/USDT", null, null));
  }

  @ParameterizedTest
  @CsvSource({
    "0.01, 64182.27, true",
    "0.01, 64182.270, true",
    "0.01, 64182.275, false",
    "0.01, 0, true",
    "0.01, -0.02, true",
    "0.5, 1.25, false",
    "25, 100, true",
    "25, 110, false",
    "0, 1.23456789, true",
    "1e-08, 0.00000123, true",
    "1e-08, 0.000001235, false"
  })
  void knowsWhetherAPriceIsOnItsTickSize(String tickSize, BigDecimal price, boolean isOn) {
    assertThat(withTickSize(tickSize).isOnTickSize(price)).isEqualTo(isOn);
  }

  @ParameterizedTest
  @CsvSource({
    "0.01, 64182.2749, 64182.27",
    "0.01, 64182.275, 64182.28",
    "0.01, 64182.27500001, 64182.28",
    "0.01, 64182.270, 64182.270",
    "0.5, 1.24, 1.0",
    "0.5, 1.25, 1.5",
    "0.5, -1.25, -1.0",
    "0.5, -1.26, -1.5",
    "0.5, -0.1, 0.0",
    "0.3, 0.45, 0.6",
    "25, 110, 100",
    "25, 112.5, 125",
    "25, -112.5, -100",
    "1000, 1, 0",
    "0, 1.23456789, 1.23456789",
    "1e-08, 0.000000014999, 0.00000001"
  })
  void alignsToTheNearestPriceOnItsTickSize(String tickSize, BigDecimal price, String aligned) {
    assertThat(withTickSize(tickSize).align(price).toPlainString()).isEqualTo(aligned);
  }

  @Test
  void leavesPricesAloneWithoutATickSize() {
    assertThat(withTickSize(null).align(new BigDecimal("1.2345"))).isEqualTo("1.2345");
    assertThat(withTickSize(null).isOnTickSize(new BigDecimal("1.2345"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "2, 64182.2749, 64182.27",
    "2, 64182.275, 64182.28",
    "2, 64182.285, 64182.29",
    "2, 1, 1.00",
    "0, 0.5, 1",
    "0, 1.5, 2",
    "2, -1.005, -1.01",
    "8, 1e-05, 0.00001000",
    "2, 0.001, 0.00",
    "0, 1e3, 1000"
  })
  void formatsToItsPrecisionHalvesUp(int precision, BigDecimal price, String formatted) {
    assertThat(withPrecision(precision).format(price)).isEqualTo(formatted);
  }

  @Test
  void formatsAllDigitsWithoutAPrecision() {
    assertThat(withPrecision(null).format(new BigDecimal("1.50e-7"))).isEqualTo("0.000000150");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1E999999999", "1E-999999999"})
  void refusesPricesThatNobodyCouldWrite(BigDecimal price) {
    Symbol symbol = withTickSize("0.01");

    assertPriceRefused(() -> symbol.isOnTickSize(price));
    assertPriceRefused(() -> symbol.align(price));
    assertPriceRefused(() -> symbol.format(price));
    assertPriceRefused(() -> withTickSize(null).align(price));
    assertPriceRefused(() -> withPrecision(null).format(price));
    assertPriceRefused(() -> symbol.align(null));
  }

  private static void assertPriceRefused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("price: ");
  }

  @Test
  void comesBackFromTheBusAsItWas() {
    Symbol bare = Symbol.of("binance", "BTC/USDT", null, null);

    for (Symbol symbol : new Symbol[] {FULL, bare}) {
      assertThat(Symbol.fromJson(symbol.toJson())).isEqualTo(symbol);
      assertThat(Symbol.fromJson(new JsonObject(symbol.toJson().encode()))).isEqualTo(symbol);
      assertThat(Symbol.read(Json.parse("", symbol.encode()))).isEqualTo(symbol);
    }
    assertThat(bare.toJson().fieldNames()).containsExactlyInAnyOrder("symbol", "exchange");
    assertThat(FULL.toJson().getValue("tick_size")).isEqualTo("0.010");
    assertThat(FULL.encode())
        .isEqualTo(
            "{\"symbol\":\"BTC/USDT\",\"exchange\":\"binance\",\"base\":\"BTC\",\"quote\":\"USDT\","
                + "\"precision\":8,\"tick_size\":0.010,\"margin\":true,\"leverage\":10.0,"
                + "\"contract_size\":1000,\"description\":\"Bitcoin \\\"to\\\" Tether €\"}");
  }

  private static void assertRefused(String field, Object value) {
    JsonObject json = FULL.toJson().put(field, value);

    assertThatThrownBy(() -> Symbol.fromJson(json))
        .as("%s = %s", field, value)
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith(field + ": ");
  }

  @Test
  void refusesFieldsOfAnotherType() {
    assertRefused("symbol", null);
    assertRefused("symbol", 5);
    assertRefused("exchange", "a b");
    assertRefused("base", 5);
    assertRefused("quote", new JsonObject());
    assertRefused("quote", "x".repeat(129));
    assertRefused("precision", "8");
    assertRefused("precision", 8.5);
    assertRefused("precision", -1);
    assertRefused("precision", 65);
    assertRefused("precision", 4_294_967_297L);
    assertRefused("tick_size", "abc");
    assertRefused("tick_size", "-0.01");
    assertRefused("tick_size", true);
    assertRefused("margin", "true");
    assertRefused("margin", 1);
    assertRefused("leverage", "1E999999999");
    assertRefused("contract_size", Double.NaN);
    assertRefused("description", "x".repeat(4_097));
  }

  private static Symbol withSizes(String lotSize, String minVolume, String minCost) {
    return Symbol.builder("binance", "BTC/USDT")
        .lotSize(decimal(lotSize))
        .minVolume(decimal(minVolume))
        .minCost(decimal(minCost))
        .build();
  }

  private static BigDecimal decimal(String text) {
    return text == null ? null : new BigDecimal(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0.001, 0.1239999, 0.123",
    "0.001, 0.1230, 0.1230",
    "0.001, 0.0009, 0.000",
    "0.25, 1.70, 1.50",
    "10, 129.5, 120",
    "1E+1, 129.5, 120",
    "3, 1e-30, 0",
    "0.001, -0.1239, -0.123",
    "0, 0.1239, 0.1239",
    ", 0.1239, 0.1239"
  })
  void alignsAVolumeToItsLotSizeTowardsZero(String lotSize, String volume, String aligned) {
    BigDecimal actual = withSizes(lotSize, null, null).alignVolume(new BigDecimal(volume));

    assertThat(actual.toPlainString()).isEqualTo(aligned);
  }

  @Test
  void refusesToAlignNoVolume() {
    assertThatThrownBy(() -> withSizes("1", null, null).alignVolume(null))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("volume: ");
  }

  @ParameterizedTest
  @CsvSource({
    "0.001, 0.01, 10, 0.010, 1000",
    "0.001, 0.01, 10, 0.010, -1000",
    "0.001, 0.01, 10, 0.010,",
    ",,, 1e-30, 1",
    "0, 0, 0, 1e-30, 0"
  })
  void takesAnOrderThatIsLargeEnough(
      String lotSize, String minVolume, String minCost, String volume, String price) {
    BigDecimal size = new BigDecimal(volume);

    assertThat(withSizes(lotSize, minVolume, minCost).checkSize(size, decimal(price)))
        .isSameAs(size);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0005, 1000, 'must be a multiple of the lot size 0.001'",
    "0.0105, 1000, 'must be a multiple of the lot size 0.001'",
    "0.009, 2000, 'must not be below the smallest volume 0.01'",
    "0.010, 999.99, 'must not cost less than the smallest cost 10'",
    "0, 1000, 'must be above zero'",
    "-0.010, 1000, 'must be above zero'"
  })
  void refusesAnOrderThatIsTooSmallAndSaysWhatItMustBe(
      String volume, String price, String problem) {
    Symbol symbol = withSizes("0.001", "0.01", "10");

    assertThatThrownBy(() -> symbol.checkSize(new BigDecimal(volume), new BigDecimal(price)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("volume: " + problem + ", got ");
  }

  @Test
  void refusesAnOrderWithoutAVolumeOrWithAPriceThatIsNone() {
    Symbol symbol = withSizes("0.001", null, null);
    BigDecimal tooLong = new BigDecimal("1e70");

    assertThatThrownBy(() -> symbol.checkSize(null, BigDecimal.ONE))
        .hasMessageStartingWith("volume: ");
    assertThatThrownBy(() -> symbol.checkSize(BigDecimal.ONE, tooLong))
        .hasMessageStartingWith("price: ");
  }

  @Test
  void theCostOfAContractIsThatOfItsSize() {
    Symbol linear =
        Symbol.builder("binance", "BTC/USDT:USDT")
            .contractSize(new BigDecimal("0.01"))
            .minCost(BigDecimal.TEN)
            .build();
    Symbol inverse =
        Symbol.builder("binance", "BTC/USD:BTC")
            .contractSize(new BigDecimal("100"))
            .inverse(true)
            .minCost(new BigDecimal("0.002"))
            .build();

    assertThat(linear.checkSize(BigDecimal.ONE, new BigDecimal("1000"))).isEqualByComparingTo("1");
    assertThatThrownBy(() -> linear.checkSize(BigDecimal.ONE, new BigDecimal("999")))
        .hasMessageContaining("smallest cost 10");
    assertThat(inverse.checkSize(BigDecimal.ONE, new BigDecimal("50000")))
        .isEqualByComparingTo("1");
    assertThatThrownBy(() -> inverse.checkSize(BigDecimal.ONE, new BigDecimal("50001")))
        .hasMessageContaining("smallest cost 0.002");
  }
}
