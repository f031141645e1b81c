package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.buy;
import static io.fullon.cache.account.Accounts.fill;
import static io.fullon.cache.account.Accounts.numbers;
import static io.fullon.cache.account.Accounts.position;
import static io.fullon.cache.account.Accounts.sell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FillArithmeticTest {

  private static final String SYMBOL = "A";
  private static final Instant NOW = Instant.ofEpochSecond(1_000);

  private static Position after(Position position, Trade... fills) {
    Position result = position.toBuilder().version(1L).build();
    for (Trade fill : fills) {
      result = FillArithmetic.apply(result, fill, NOW);
    }
    return result;
  }

  private static Position none() {
    return Position.builder(SYMBOL).build();
  }

  // Size, entry price, cost basis, realized profit, fee

  @Test
  void opensALongPosition() {
    assertThat(numbers(after(none(), buy("1", SYMBOL, "2", "9.9640"))))
        .isEqualTo("2 9.9640 19.9280 0 0");
  }

  @Test
  void opensAShortPosition() {
    Position position = after(none(), sell("1", SYMBOL, "2", "10"));

    assertThat(numbers(position)).isEqualTo("-2 10 20 0 0");
    assertThat(position.side()).isEqualTo(PositionSide.SHORT);
  }

  @Test
  void addsToALongPosition() {
    assertThat(numbers(after(position(SYMBOL, "1", "10"), buy("1", SYMBOL, "2", "11"))))
        .isEqualTo("3 10.66666666666666666666666666666667 32 0 0");
  }

  @Test
  void addsToAShortPosition() {
    assertThat(numbers(after(position(SYMBOL, "-1", "10"), sell("1", SYMBOL, "3", "12"))))
        .isEqualTo("-4 11.5 46 0 0");
  }

  @Test
  void addsToTheCostBasisThatWasSavedNotToTheOneThatWouldBeDerived() {
    Position saved =
        position(SYMBOL, "1", "10").toBuilder().costBasis(new BigDecimal("13")).build();

    assertThat(numbers(after(saved, buy("1", SYMBOL, "1", "10")))).isEqualTo("2 11.5 23 0 0");
  }

  @Test
  void reducesALongPosition() {
    assertThat(numbers(after(position(SYMBOL, "3", "10"), sell("1", SYMBOL, "1", "12.5"))))
        .isEqualTo("2 10 20 2.5 0");
  }

  @Test
  void reducesAShortPosition() {
    assertThat(numbers(after(position(SYMBOL, "-3", "10"), buy("1", SYMBOL, "1", "12.5"))))
        .isEqualTo("-2 10 20 -2.5 0");
  }

  @Test
  void roundsWhatFollowsFromAnEntryPriceTo34DigitsHalvesToEven() {
    // 34 digits; times 5 the 35th is a 5, which an even digit precedes, then an odd one.
    Position even = position(SYMBOL, "10", "2.000000000000000000000000000000001");
    Position odd = position(SYMBOL, "10", "2.000000000000000000000000000000003");

    assertThat(numbers(after(even, sell("1", SYMBOL, "5", "0"))))
        .isEqualTo(
            "5 2.000000000000000000000000000000001 10.00000000000000000000000000000000"
                + " -10.00000000000000000000000000000000 0");
    assertThat(numbers(after(odd, sell("1", SYMBOL, "5", "0"))))
        .isEqualTo(
            "5 2.000000000000000000000000000000003 10.00000000000000000000000000000002"
                + " -10.00000000000000000000000000000002 0");
  }

  @Test
  void addsRoundedProfitsExactly() {
    Position position =
        position(SYMBOL, "2", "0").toBuilder()
            .realizedPnl(new BigDecimal("1" + "0".repeat(40) + ".1"))
            .build();

    assertThat(after(position, sell("1", SYMBOL, "1", "0." + "0".repeat(29) + "3")).realizedPnl())
        .isEqualTo("1" + "0".repeat(40) + ".1" + "0".repeat(28) + "3");
  }

  @Test
  void closesAPosition() {
    Position open =
        position(SYMBOL, "0.30", "10").toBuilder().unrealizedPnl(BigDecimal.TEN).build();

    Position closed = after(open, sell("1", SYMBOL, "0.3", "11"));

    assertThat(numbers(closed)).isEqualTo("0 0 0 0.3 0");
    assertThat(closed.side()).isEqualTo(PositionSide.NEUTRAL);
    assertThat(closed.unrealizedPnl()).isNull();
  }

  @Test
  void turnsALongPositionRound() {
    Position open = position(SYMBOL, "1", "10").toBuilder().unrealizedPnl(BigDecimal.TEN).build();

    Position turned = after(open, sell("1", SYMBOL, "3", "12"));

    assertThat(numbers(turned)).isEqualTo("-2 12 24 2 0");
    assertThat(turned.side()).isEqualTo(PositionSide.SHORT);
    assertThat(turned.unrealizedPnl()).isNull();
  }

  @Test
  void turnsAShortPositionRound() {
    assertThat(numbers(after(position(SYMBOL, "-1", "10"), buy("1", SYMBOL, "1.5", "12"))))
        .isEqualTo("0.5 12 6.0 -2 0");
  }

  @Test
  void opensANeutralPositionWhateverElseWasSavedOfIt() {
    Position neutral =
        position(SYMBOL, "0.00", "99").toBuilder()
            .costBasis(new BigDecimal("7"))
            .realizedPnl(new BigDecimal("5"))
            .fee(new BigDecimal("0.5"))
            .build();

    assertThat(numbers(after(neutral, sell("1", SYMBOL, "2", "10"))))
        .isEqualTo("-2.00 10 20 5 0.5");
  }

  @Test
  void takesPricesBelowZero() {
    Position position = after(none(), buy("1", SYMBOL, "2", "-37.63"), sell("2", SYMBOL, "1", "1"));

    assertThat(numbers(position)).isEqualTo("1 -37.63 -37.63 38.63 0");
  }

  @Test
  void sumsFeesApartFromTheProfit() {
    BigDecimal fee = new BigDecimal("0.10");
    Trade paid = fill("1", SYMBOL, Side.BUY, "1", "10").fee(fee).build();
    Trade rebate = fill("2", SYMBOL, Side.SELL, "1", "10").fee(new BigDecimal("-0.3")).build();

    Position position = after(none(), paid, buy("x", SYMBOL, "1", "10"), rebate, rebate);

    assertThat(position.fee()).isEqualTo("-0.50");
    assertThat(position.realizedPnl()).isEqualTo("0");
  }

  // Contracts

  private static Trade contract(
      Side side, String volume, String price, String size, Boolean inverse) {
    return fill("1", "BTC/USDT:USDT", side, volume, price)
        .contractSize(new BigDecimal(size))
        .inverse(inverse)
        .build();
  }

  @Test
  void countsContractsOfTheirSize() {
    Position open = Position.builder("BTC/USDT:USDT").build();
    Position long10 = after(open, contract(Side.BUY, "10", "60000", "0.01", null));

    assertThat(numbers(long10)).isEqualTo("10 60000 6000.00 0 0");
    // The position has told the contract.
    assertThat(numbers(after(long10, sell("2", "BTC/USDT:USDT", "4", "61000"))))
        .isEqualTo("6 60000 3600.00 40.00 0");
  }

  @Test
  void countsInverseContractsInTheCurrencyOfSettlement() {
    Position none = Position.builder("BTC/USD:BTC").build();
    Trade.Builder first = fill("1", "BTC/USD:BTC", Side.BUY, "1", "50000").inverse(true);

    Position one = after(none, first.contractSize(new BigDecimal("100")).build());
    Position two = after(one, buy("2", "BTC/USD:BTC", "1", "60000"));
    Position closed = after(two, sell("3", "BTC/USD:BTC", "2", "60000"));

    assertThat(numbers(one)).isEqualTo("1 50000 0.002 0 0");
    assertThat(two.entryPrice().toPlainString()).startsWith("54545.4545454545454545");
    assertThat(closed.realizedPnl().toPlainString()).startsWith("0.0003333333333333333");
    assertThat(closed.entryPrice()).isZero();
  }

  @Test
  void refusesAPriceOfZeroInAnInverseContract() {
    Position none = Position.builder("BTC/USD:BTC").inverse(true).build();

    assertThatThrownBy(() -> after(none, buy("1", "BTC/USD:BTC", "1", "0")))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith("trade.price: must be above zero");
  }

  @Test
  void refusesAContractThatNobodyHasTold() {
    Position none = Position.builder("BTC/USDT:USDT").build();

    assertThatThrownBy(() -> after(none, buy("1", "BTC/USDT:USDT", "1", "10")))
        .matches(Failure.CONFLICT::matches, "CONFLICT")
        .hasMessageContaining("BTC/USDT:USDT");
  }

  @Test
  void takesAnotherContractOnlyWhenNothingIsOpen() {
    Position open =
        after(
            Position.builder("BTC/USDT:USDT").build(),
            contract(Side.BUY, "1", "10", "0.01", false));

    assertThatThrownBy(() -> after(open, contract(Side.BUY, "1", "10", "0.1", null)))
        .matches(Failure.CONFLICT::matches, "CONFLICT");
    assertThatThrownBy(() -> after(open, contract(Side.BUY, "1", "10", "0.01", true)))
        .matches(Failure.CONFLICT::matches, "CONFLICT");
    assertThat(after(open, contract(Side.BUY, "1", "10", "0.010", null)).size()).isEqualTo("2");
    Position closed = after(open, contract(Side.SELL, "1", "10", "0.01", null));
    assertThat(after(closed, contract(Side.BUY, "1", "10", "0.1", null)).contractSize())
        .isEqualTo("0.1");
  }

  @Test
  void aSpotMarketIsOfSizeOneUnlessTold() {
    Trade told = fill("1", SYMBOL, Side.BUY, "1", "1").contractSize(BigDecimal.TEN).build();

    assertThatThrownBy(() -> after(position(SYMBOL, "1", "1"), told))
        .matches(Failure.CONFLICT::matches, "CONFLICT");
  }

  @Test
  void countsAnOpenPositionByTheContractThatIsToldOfIt() {
    Position saved = position("BTC/USDT:USDT", "10", "60000");

    assertThat(numbers(after(saved, contract(Side.BUY, "10", "62000", "0.01", null))))
        .isEqualTo("20 61000 12200.00 0 0");
  }

  // Fees

  private static Trade paid(Side side, String symbol, String currency, String fee) {
    return fill("1", symbol, side, "1", "100")
        .feeCurrency(currency)
        .fee(new BigDecimal(fee))
        .build();
  }

  @Test
  void sumsFeesByCurrency() {
    Position spot = Position.builder("BTC/USDT").build();
    Position contract = Position.builder("BTC/USDC:USDT-251226").inverse(false).build();

    Position paid =
        after(
            spot,
            paid(Side.BUY, "BTC/USDT", "USDT", "1"),
            paid(Side.BUY, "BTC/USDT", null, "2"),
            paid(Side.BUY, "BTC/USDT", "BNB", "0.5"),
            paid(Side.BUY, "BTC/USDT", "BNB", "0.25"));
    Position settled =
        after(
            contract,
            paid(Side.BUY, "BTC/USDC:USDT-251226", "USDT", "1"),
            paid(Side.BUY, "BTC/USDC:USDT-251226", "USDC", "2"),
            paid(Side.BUY, "BTC/USDC:USDT-251226", "BTC", "0.1"));

    assertThat(paid.fee()).isEqualTo("3");
    assertThat(paid.fees()).isEqualTo(Map.of("BNB", new BigDecimal("0.75")));
    assertThat(paid.size()).isEqualTo("4");
    assertThat(settled.fee()).isEqualTo("1");
    assertThat(settled.fees())
        .isEqualTo(Map.of("USDC", new BigDecimal("2"), "BTC", new BigDecimal("0.1")));
    assertThat(settled.size()).isEqualTo("3");
  }

  @Test
  void takesAFeeInTheBaseCurrencyOffWhatIsHeld() {
    Position bought =
        after(Position.builder("BTC/USDT").build(), paid(Side.BUY, "BTC/USDT", "BTC", "0.001"));
    Position sold =
        after(Position.builder("BTC/USDT").build(), paid(Side.SELL, "BTC/USDT", "BTC", "0.001"));

    assertThat(numbers(bought)).isEqualTo("0.999 100 99.900 0 0");
    assertThat(numbers(sold)).isEqualTo("-1.001 100 100.100 0 0");
    assertThat(bought.fees()).isEqualTo(Map.of("BTC", new BigDecimal("0.001")));
  }

  // Without an entry price

  @Test
  void countsSizeAndFeesOfABalanceAndNoProfit() {
    Position balance = Position.builder(SYMBOL).size(BigDecimal.TEN).build();

    Position more = after(balance, buy("1", SYMBOL, "1", "5"));
    Position less = after(balance, paid(Side.SELL, SYMBOL, null, "0.1"));
    Position turned = after(balance, sell("1", SYMBOL, "12", "5"));

    assertThat(numbers(more)).isEqualTo("11 - - 0 0");
    assertThat(numbers(less)).isEqualTo("9 - - 0 0.1");
    assertThat(numbers(turned)).isEqualTo("-2 5 10 0 0");
    assertThat(numbers(after(balance, sell("1", SYMBOL, "10", "5")))).isEqualTo("0 0 0 0 0");
  }

  @Test
  void scalesTheUnrealizedProfitWithWhatIsLeft() {
    Position open = position(SYMBOL, "3", "10").toBuilder().unrealizedPnl(BigDecimal.TEN).build();

    assertThat(after(open, sell("1", SYMBOL, "2", "11")).unrealizedPnl())
        .isEqualTo("3.333333333333333333333333333333333");
    assertThat(after(open, buy("1", SYMBOL, "2", "11")).unrealizedPnl()).isEqualTo("10");
    Position tiny = open.toBuilder().unrealizedPnl(new BigDecimal("1e-60")).build();
    assertThat(after(tiny, sell("1", SYMBOL, "2", "11")).unrealizedPnl())
        .isLessThan(new BigDecimal("1e-60"));
  }

  // The rest

  @Test
  void keepsWhatAFillDoesNotChange() {
    Position position =
        position(SYMBOL, "1", "10").toBuilder()
            .exId(3)
            .userId("saved")
            .unrealizedPnl(new BigDecimal("1.5"))
            .build();
    Trade fill = fill("1", SYMBOL, Side.BUY, "1", "10").uid("fill's").exId("x").build();

    Position next = after(position, fill);

    assertThat(next.exId()).isEqualTo(3);
    assertThat(next.userId()).isEqualTo("saved");
    assertThat(next.unrealizedPnl()).isEqualTo("1.5");
    assertThat(next.version()).isEqualTo(2);
    assertThat(after(none(), fill).userId()).isEqualTo("fill's");
  }

  @Test
  void changedWhenTheLatestFillHappened() {
    Instant early = Instant.ofEpochSecond(10);
    Instant late = Instant.ofEpochSecond(20);
    Trade first = fill("1", SYMBOL, Side.BUY, "1", "10").time(late).build();
    Trade second = fill("2", SYMBOL, Side.BUY, "1", "10").time(early).build();

    assertThat(after(none(), first, second).timestamp()).isEqualTo(late);
    assertThat(after(none(), second, first).timestamp()).isEqualTo(late);
    assertThat(after(none(), buy("3", SYMBOL, "1", "10")).timestamp()).isEqualTo(NOW);
  }

  @Test
  void refusesANumberThatBecomesTooLong() {
    Trade large = buy("1", SYMBOL, "1" + "0".repeat(63), "1" + "0".repeat(63));
    Trade small = buy("2", SYMBOL, "0." + "0".repeat(61) + "1", "0." + "0".repeat(61) + "1");

    assertThatThrownBy(() -> after(none(), large, small))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("size: must fit into 64");
    assertThatThrownBy(
            () -> after(none(), buy("1", SYMBOL, "3e60", "0"), buy("2", SYMBOL, "1e-60", "1e-61")))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("size: must fit into 64");
  }
}
