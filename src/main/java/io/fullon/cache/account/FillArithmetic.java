package io.fullon.cache.account;

import static io.fullon.cache.account.Position.ROUNDED;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * What a fill makes of a position in a linear contract, by the average cost method. Divisions, and
 * what follows from an entry price, are rounded to 34 significant digits, halves to even; sums and
 * the cost of what is added are exact, so that the order of fills that only add does not matter.
 */
final class FillArithmetic {

  private FillArithmetic() {}

  /**
   * The position after the fill, its version raised by one.
   *
   * @param now stands for the fill's time if it has none
   * @throws InvalidValueException when a number becomes longer than may be
   */
  static Position apply(Position position, Trade fill, Instant now) {
    BigDecimal volume = fill.volume();
    boolean buys = fill.side().sign() > 0;
    BigDecimal size = zeroPlain(position.size().add(buys ? volume : volume.negate()));

    Position.Builder next =
        position.toBuilder()
            .size(size)
            .realizedPnl(orZero(position.realizedPnl()))
            .fee(orZero(position.fee()).add(orZero(fill.fee())))
            .userId(position.userId() == null ? fill.uid() : position.userId())
            .version(position.version() + 1)
            .timestamp(later(position.timestamp(), fill.time() == null ? now : fill.time()));
    if (position.size().signum() * fill.side().sign() >= 0) {
      BigDecimal before = position.size().signum() == 0 ? BigDecimal.ZERO : position.costBasis();
      BigDecimal cost = before.add(volume.multiply(fill.price()));
      next.costBasis(cost).entryPrice(cost.divide(size.abs(), ROUNDED));
    } else {
      BigDecimal closed = volume.min(position.size().abs());
      BigDecimal gain = fill.price().subtract(position.entryPrice()).multiply(closed, ROUNDED);
      next.realizedPnl(orZero(position.realizedPnl()).add(buys ? gain.negate() : gain));
      if (size.signum() == position.size().signum()) {
        next.costBasis(size.abs().multiply(position.entryPrice(), ROUNDED));
      } else {
        // What was open is gone, and what a program said of its profit with it.
        BigDecimal entryPrice = size.signum() == 0 ? BigDecimal.ZERO : fill.price();
        next.costBasis(size.abs().multiply(entryPrice)).entryPrice(entryPrice).unrealizedPnl(null);
      }
    }
    return next.build();
  }

  /** 0 whatever digits it was computed with. */
  private static BigDecimal zeroPlain(BigDecimal number) {
    return number.signum() == 0 ? BigDecimal.ZERO : number;
  }

  private static BigDecimal orZero(BigDecimal number) {
    return number == null ? BigDecimal.ZERO : number;
  }

  private static Instant later(Instant one, Instant other) {
    return one != null && one.isAfter(other) ? one : other;
  }
}
