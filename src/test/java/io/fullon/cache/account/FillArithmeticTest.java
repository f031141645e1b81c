package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.buy;
import static io.fullon.cache.account.Accounts.fill;
import static io.fullon.cache.account.Accounts.numbers;
import static io.fullon.cache.account.Accounts.position;
import static io.fullon.cache.account.Accounts.sell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;
import java.time.Instant;
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
