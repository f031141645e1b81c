package io.fullon.cache.account;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * The contract's fill arithmetic once more, in fractions of whole numbers: without scales, and with
 * a rounding of its own, which the text names and nothing else has.
 */
final class FractionPosition {

  private static final BigInteger LEAST_34_DIGITS = BigInteger.TEN.pow(33);
  private static final BigInteger LEAST_35_DIGITS = BigInteger.TEN.pow(34);

  /** In lowest terms; below the line it is above zero. */
  private record Fraction(BigInteger above, BigInteger below) implements Comparable<Fraction> {

    static final Fraction ZERO = new Fraction(BigInteger.ZERO, BigInteger.ONE);

    Fraction {
      BigInteger common = above.gcd(below);
      BigInteger divisor = below.signum() < 0 ? common.negate() : common;
      above = above.divide(divisor);
      below = below.divide(divisor);
    }

    static Fraction of(BigDecimal decimal) {
      BigInteger power = BigInteger.TEN.pow(Math.abs(decimal.scale()));
      return decimal.scale() >= 0
          ? new Fraction(decimal.unscaledValue(), power)
          : new Fraction(decimal.unscaledValue().multiply(power), BigInteger.ONE);
    }

    Fraction plus(Fraction other) {
      return new Fraction(
          above.multiply(other.below).add(other.above.multiply(below)),
          below.multiply(other.below));
    }

    Fraction minus(Fraction other) {
      return plus(other.negated());
    }

    Fraction times(Fraction other) {
      return new Fraction(above.multiply(other.above), below.multiply(other.below));
    }

    Fraction over(Fraction other) {
      return new Fraction(above.multiply(other.below), below.multiply(other.above));
    }

    Fraction negated() {
      return new Fraction(above.negate(), below);
    }

    Fraction size() {
      return new Fraction(above.abs(), below);
    }

    int sign() {
      return above.signum();
    }

    @Override
    public int compareTo(Fraction other) {
      return minus(other).sign();
    }

    /** To 34 significant digits, halves to even. */
    Fraction rounded() {
      if (sign() == 0) {
        return this;
      }
      if (sign() < 0) {
        return negated().rounded().negated();
      }
      // Moved by powers of ten until 34 digits are before the point.
      BigInteger numerator = above;
      BigInteger denominator = below;
      while (numerator.divide(denominator).compareTo(LEAST_34_DIGITS) < 0) {
        numerator = numerator.multiply(BigInteger.TEN);
      }
      while (numerator.divide(denominator).compareTo(LEAST_35_DIGITS) >= 0) {
        denominator = denominator.multiply(BigInteger.TEN);
      }
      BigInteger[] digits = numerator.divideAndRemainder(denominator);
      int half = digits[1].shiftLeft(1).compareTo(denominator);
      boolean up = half > 0 || (half == 0 && digits[0].testBit(0));
      BigInteger whole = up ? digits[0].add(BigInteger.ONE) : digits[0];
      Fraction moved = new Fraction(numerator, denominator).over(this);
      return new Fraction(whole, BigInteger.ONE).over(moved);
    }

    @Override
    public String toString() {
      return above + "/" + below;
    }
  }

  private Fraction size = Fraction.ZERO;
  private Fraction entryPrice = Fraction.ZERO;
  private Fraction costBasis = Fraction.ZERO;
  private Fraction realizedPnl = Fraction.ZERO;
  private Fraction fee = Fraction.ZERO;

  FractionPosition() {}

  /** As it is saved: the cost basis is exact. */
  FractionPosition(BigDecimal size, BigDecimal entryPrice) {
    this.size = Fraction.of(size);
    this.entryPrice = Fraction.of(entryPrice);
    this.costBasis = this.size.size().times(this.entryPrice);
  }

  void apply(Trade fill) {
    Fraction price = Fraction.of(fill.price());
    Fraction left = Fraction.of(fill.volume());
    int direction = fill.side() == Side.BUY ? 1 : -1;
    if (size.sign() == -direction) {
      Fraction closed = left.compareTo(size.size()) < 0 ? left : size.size();
      Fraction gain = price.minus(entryPrice).times(closed).rounded();
      realizedPnl = direction < 0 ? realizedPnl.plus(gain) : realizedPnl.minus(gain);
      size = direction > 0 ? size.plus(closed) : size.minus(closed);
      costBasis = size.size().times(entryPrice).rounded();
      if (size.sign() == 0) {
        entryPrice = Fraction.ZERO;
        costBasis = Fraction.ZERO;
      }
      left = left.minus(closed);
    }
    if (left.sign() > 0) {
      size = direction > 0 ? size.plus(left) : size.minus(left);
      costBasis = costBasis.plus(left.times(price));
      entryPrice = costBasis.over(size.size()).rounded();
    }
    fee = fill.fee() == null ? fee : fee.plus(Fraction.of(fill.fee()));
  }

  /** Size, entry price, cost basis, realized profit and fee. */
  String numbers() {
    return String.join(
        " ",
        size.toString(),
        entryPrice.toString(),
        costBasis.toString(),
        realizedPnl.toString(),
        fee.toString());
  }

  /** The same of a position. */
  static String numbers(Position position) {
    return String.join(
        " ",
        Fraction.of(position.size()).toString(),
        Fraction.of(position.entryPrice()).toString(),
        Fraction.of(position.costBasis()).toString(),
        Fraction.of(position.realizedPnl()).toString(),
        Fraction.of(position.fee()).toString());
  }
}
