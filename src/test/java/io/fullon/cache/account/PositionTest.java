package io.fullon.cache.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PositionTest {

  private static final String SYMBOL = "BTC/USDT";

  private static BigDecimal decimal(String text) {
    return new BigDecimal(text);
  }

  private static Position read(String json) {
    return Position.read(Fields.of("positions[1]", new JsonObject(json)));
  }

  @ParameterizedTest
  @CsvSource({"1,LONG", "-0.000000000000000001,SHORT", "0.00,NEUTRAL"})
  void hasTheSideOfItsSize(String size, PositionSide side) {
    assertThat(Accounts.position(SYMBOL, size, "10").side()).isEqualTo(side);
  }

  @Test
  void derivesItsCostBasisExactly() {
    String long1 = "123456789012345678901234567890.123456789012345678";
    String long2 = "0.987654321098765432109876543210987654321";

    assertThat(Accounts.position(SYMBOL, "-" + long1, long2).costBasis())
        .isEqualTo(decimal(long1).multiply(decimal(long2)));
  }

  @Test
  void derivesItsEntryPriceFromTheCostBasisTo34Digits() {
    assertThat(
            Position.builder(SYMBOL)
                .size(decimal("-3"))
                .costBasis(decimal("200"))
                .build()
                .entryPrice())
        .isEqualTo(decimal("66.66666666666666666666666666666667"));
  }

  @Test
  void keepsEntryPriceAndCostBasisThatDoNotFitTogether() {
    Position position =
        Position.builder(SYMBOL)
            .size(decimal("2"))
            .entryPrice(decimal("10"))
            .costBasis(decimal("20.5"))
            .build();

    assertThat(Accounts.numbers(position)).isEqualTo("2 10 20.5 - -");
  }

  @Test
  void knowsNoEntryPriceWhereThereIsNothingToDeriveItFrom() {
    Position position = read("{\"symbol\":\"A\",\"size\":\"2\"}");

    assertThat(position.entryPrice()).isNull();
    assertThat(position.costBasis()).isNull();
    assertThat(position.toJson().encode())
        .isEqualTo(
            "{\"symbol\":\"A\",\"position_side\":\"both\",\"size\":\"2\",\"side\":\"long\"}");
  }

  @Test
  void isNeutralWithZeroesWhereNothingIsSaid() {
    Position position = read("{\"symbol\":\"A\"}");
    Position priced = read("{\"symbol\":\"A\",\"size\":\"0.00\",\"entry_price\":\"9.5\"}");

    assertThat(Accounts.numbers(position)).isEqualTo("0 0 0 - -");
    assertThat(position.side()).isEqualTo(PositionSide.NEUTRAL);
    assertThat(Accounts.numbers(priced)).isEqualTo("0.00 9.5 0 - -");
  }

  @Test
  void isReadAsItWasWritten() {
    Position position =
        Position.builder(SYMBOL)
            .exId(Integer.MIN_VALUE)
            .userId("user")
            .size(decimal("-0.100"))
            .entryPrice(decimal("33.33333333333333333333333333333333"))
            .costBasis(decimal("3".repeat(40) + "." + "3".repeat(119)))
            .realizedPnl(decimal("-" + "9".repeat(159)))
            .unrealizedPnl(decimal("-1.50"))
            .fee(decimal("0." + "1".repeat(158)))
            .timestamp(Instant.parse("2026-01-01T00:00:00.000001Z"))
            .version(7L)
            .build();

    assertThat(Position.fromJson(new JsonObject(position.toJson().encode()))).isEqualTo(position);
    assertThat(position.toBuilder().build()).isEqualTo(position);
  }

  @ParameterizedTest
  @CsvSource({"1,short,long", "-1,long,short", "0,long,neutral", "1,neutral,long"})
  void refusesASideAgainstItsSize(String size, String side, String right) {
    String json = "{\"symbol\":\"A\",\"size\":\"" + size + "\",\"side\":\"" + side + "\"}";

    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InvalidValueException.class)
        .hasMessage(
            "positions[1].side: must be "
                + right
                + " at the size "
                + size
                + ", got \""
                + side
                + "\"");
  }

  @ParameterizedTest
  @CsvSource({
    "size,64",
    "entry_price,64",
    "cost_basis,160",
    "realized_pnl,160",
    "unrealized_pnl,64",
    "fee,160"
  })
  void takesDecimalsUpToTheirBound(String field, int bound) {
    JsonObject json = new JsonObject().put("symbol", "A").put(field, "1".repeat(bound));

    assertThat(read(json.encode()).toJson().getString(field)).isEqualTo("1".repeat(bound));
    assertThatThrownBy(() -> read(json.put(field, "1".repeat(bound + 1)).encode()))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("positions[1]." + field + ": must fit into " + bound);
  }

  @Test
  void derivesTheLongestCostBasisThatCanBe() {
    String size = "0." + "9".repeat(62);
    String entryPrice = "9".repeat(64);

    Position position = Accounts.position(SYMBOL, size, entryPrice);

    assertThat(position.costBasis().toPlainString()).hasSize(64 + 1 + 62);
    assertThat(Position.fromJson(position.toJson())).isEqualTo(position);
  }

  @Test
  void takesAnEntryPriceThatADivisionMadeLong() {
    Position position =
        Position.builder(SYMBOL)
            .size(decimal("3e50"))
            .costBasis(decimal("0." + "0".repeat(40) + "1"))
            .build();

    assertThat(position.entryPrice().toPlainString()).hasSize(2 + 91 + 34);
    assertThat(Position.fromJson(position.toJson())).isEqualTo(position);
  }

  @Test
  void refusesADerivedCostBasisThatIsTooLong() {
    String json = "{\"symbol\":\"A\",\"size\":\"1e-60\",\"entry_price\":\"1e-120\"}";

    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("positions[1].cost_basis: must fit into 160");
  }

  @Test
  void refusesADerivedEntryPriceThatIsTooLong() {
    String json =
        "{\"symbol\":\"A\",\"size\":\"0.00000000000000000001\",\"cost_basis\":\"1"
            + "0".repeat(150)
            + "\"}";

    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("positions[1].entry_price: must fit into 64");
    assertThatThrownBy(() -> Position.fromJson(new JsonObject(json)))
        .hasMessageStartingWith("entry_price: must fit into 64");
  }

  @ParameterizedTest
  @CsvSource({
    // contract size, inverse, size, entry price, cost basis
    "0.01,  false, 100,  50000,  50000.00",
    "0.01,  ,      -100, 50000,  50000.00",
    "100,   true,  10,   50000,  0.02",
    ",      true,  -10,  50000,  0.0002",
  })
  void derivesWhatAContractCosts(
      BigDecimal contractSize, Boolean inverse, String size, String entryPrice, String cost) {
    Position.Builder contract =
        Position.builder(SYMBOL).size(decimal(size)).contractSize(contractSize).inverse(inverse);

    assertThat(contract.entryPrice(decimal(entryPrice)).build().costBasis()).isEqualTo(cost);
    assertThat(contract.entryPrice(null).costBasis(decimal(cost)).build().entryPrice())
        .isEqualByComparingTo(entryPrice);
  }

  @Test
  void isTheOnlyOneOfItsSymbolUnlessItSaysWhich() {
    assertThat(Position.builder(SYMBOL).build().positionSide()).isEqualTo(HedgeSide.BOTH);
    assertThat(read("{\"symbol\":\"A\",\"position_side\":\"short\"}").positionSide())
        .isEqualTo(HedgeSide.SHORT);
  }
}
