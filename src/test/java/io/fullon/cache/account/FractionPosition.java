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
  private Fraction baseFee = Fraction.ZERO;

  FractionPosition() {}

  /** As it is saved: the cost basis is exact. */
  FractionPosition(BigDecimal size, BigDecimal entryPrice) {
    this.size = Fraction.of(size);
    this.entryPrice = Fraction.of(entryPrice);
    this.costBasis = this.size.size().times(this.entryPrice);
  }

  void apply(Trade fill) {
    boolean inverse = Boolean.TRUE.equals(fill.inverse());
    Fraction contract =
        Fraction.of(fill.contractSize() == null ? BigDecimal.ONE : fill.contractSize());
    Fraction price = Fraction.of(fill.price());
    Fraction moved = Fraction.of(fill.side() == Side.BUY ? fill.volume() : fill.volume().negate());
    if (fill.feeCurrency() != null && fill.symbol().startsWith(fill.feeCurrency() + "/")) {
      moved = moved.minus(Fraction.of(fill.fee()));
      baseFee = baseFee.plus(Fraction.of(fill.fee()));
    } else {
      fee = fill.fee() == null ? fee : fee.plus(Fraction.of(fill.fee()));
    }
    if (size.sign() * moved.sign() < 0) {
      Fraction closed = moved.size().compareTo(size.size()) < 0 ? moved.size() : size.size();
      Fraction rise = price.minus(entryPrice).times(closed).times(contract);
      Fraction gain = (inverse ? rise.over(price.times(entryPrice)) : rise).rounded();
      realizedPnl = size.sign() > 0 ? realizedPnl.plus(gain) : realizedPnl.minus(gain);
      Fraction taken = moved.sign() > 0 ? closed : closed.negated();
      size = size.plus(taken);
      moved = moved.minus(taken);
      entryPrice = size.sign() == 0 ? Fraction.ZERO : entryPrice;
      costBasis =
          size.sign() == 0
              ? Fraction.ZERO
              : cost(size.size(), entryPrice, contract, inverse).rounded();
    }
    if (moved.sign() != 0) {
      boolean opens = size.sign() == 0;
      size = size.plus(moved);
      costBasis =
          (opens ? Fraction.ZERO : costBasis).plus(cost(moved.size(), price, contract, inverse));
      Fraction held = size.size().times(contract);
      entryPrice =
          opens ? price : (inverse ? held.over(costBasis) : costBasis.over(held)).rounded();
    }
  }

  /** Exact in a linear contract; in an inverse one it is a quotient, and rounded. */
  private static Fraction cost(
      Fraction volume, Fraction price, Fraction contract, boolean inverse) {
    Fraction held = volume.times(contract);
    return inverse ? held.over(price).rounded() : held.times(price);
  }

  /** Size, entry price, cost basis, realized profit, fee and that in the base currency. */
  String numbers() {
    return String.join(
        " ",
        size.toString(),
        entryPrice.toString(),
        costBasis.toString(),
        realizedPnl.toString(),
        fee.toString(),
        baseFee.toString());
  }

  /** The same of a position. */
  static String numbers(Position position) {
    return String.join(
        " ",
        Fraction.of(position.size()).toString(),
        Fraction.of(position.entryPrice()).toString(),
        Fraction.of(position.costBasis()).toString(),
        Fraction.of(position.realizedPnl()).toString(),
        Fraction.of(position.fee()).toString(),
        Fraction.of(baseFee(position)).toString());
  }

  private static BigDecimal baseFee(Position position) {
    return position.fees() == null
        ? BigDecimal.ZERO
        : position.fees().getOrDefault(Markets.base(position.symbol()), BigDecimal.ZERO);
  }
}
