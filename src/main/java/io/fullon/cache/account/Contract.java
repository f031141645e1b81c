package io.fullon.cache.account;

import static io.fullon.cache.account.Position.ROUNDED;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import java.math.BigDecimal;

/**
 * What the volume of a market is in money. Divisions, and what follows from them, are rounded; all
 * else is exact.
 *
 * @param size how much of the base one contract is; null for 1
 * @param inverse whether it is settled in its base currency
 */
record Contract(BigDecimal size, boolean inverse) {

  static Contract of(Position position) {
    return new Contract(position.contractSize(), Boolean.TRUE.equals(position.inverse()));
  }

  /** The contract of a saved position: what it does not tell is as stored. */
  static Contract of(Position told, Position stored) {
    Boolean inverse = told.inverse() == null ? stored.inverse() : told.inverse();
    return new Contract(
        told.contractSize() == null ? stored.contractSize() : told.contractSize(),
        Boolean.TRUE.equals(inverse));
  }

  /**
   * The contract in which a fill is counted. While a position is open its contract is fixed.
   *
   * @throws io.vertx.serviceproxy.ServiceException when the fill tells another, or nobody has told
   *     that of a symbol that has one
   */
  static Contract of(Position position, Trade fill) {
    Contract own = of(position);
    boolean isToldByFill = fill.contractSize() != null || fill.inverse() != null;
    if (!isTold(position) && Markets.isContract(position.symbol()) && !isToldByFill) {
      throw Failure.CONFLICT.exception(
          "The contract of "
              + position.symbol()
              + " is not known: neither the trade nor the position tells contract_size");
    }
    if (!isToldByFill) {
      return own;
    }
    Contract told =
        new Contract(
            fill.contractSize() == null ? own.size : fill.contractSize(),
            fill.inverse() == null ? own.inverse : fill.inverse());
    if (isFixed(position)) {
      own.checkSame(position.symbol(), told);
    }
    return told;
  }

  /**
   * @throws io.vertx.serviceproxy.ServiceException when the other is another
   */
  void checkSame(String symbol, Contract other) {
    if (!isSame(other)) {
      throw Failure.CONFLICT.exception(
          "The contract of " + symbol + " is " + this + " while it is open, got " + other);
    }
  }

  static boolean isTold(Position position) {
    return position.contractSize() != null || position.inverse() != null;
  }

  /** Whether the position has another only after it was closed. */
  static boolean isFixed(Position position) {
    return position.size().signum() != 0
        && (isTold(position) || !Markets.isContract(position.symbol()));
  }

  boolean isSame(Contract other) {
    return inverse == other.inverse && sizeOrOne().compareTo(other.sizeOrOne()) == 0;
  }

  private BigDecimal sizeOrOne() {
    return size == null ? BigDecimal.ONE : size;
  }

  /** What so much is in contracts of 1. */
  private BigDecimal quantity(BigDecimal volume) {
    return size == null ? volume : volume.multiply(size);
  }

  /** What so much costs, in the currency of settlement; null where it cannot be told. */
  BigDecimal cost(BigDecimal volume, BigDecimal price) {
    boolean isQuotient = inverse && volume.signum() != 0;
    return isQuotient ? divided(volume, price) : quantity(volume).multiply(price);
  }

  /** At which price so much costs that; null where it cannot be told. */
  BigDecimal price(BigDecimal volume, BigDecimal cost) {
    return inverse ? divided(volume, cost) : cost.divide(quantity(volume), ROUNDED);
  }

  private BigDecimal divided(BigDecimal volume, BigDecimal by) {
    return by.signum() == 0 ? null : quantity(volume).divide(by, ROUNDED);
  }

  /**
   * What so much gains from one price to another, bought first; null where it cannot be told: an
   * inverse contract is worth nothing that is finite at a price of 0.
   */
  BigDecimal gain(BigDecimal volume, BigDecimal from, BigDecimal to) {
    BigDecimal rise = to.subtract(from);
    if (inverse && (from.signum() == 0 || to.signum() == 0)) {
      return null;
    }
    return inverse
        ? rise.multiply(quantity(volume)).divide(from.multiply(to), ROUNDED)
        : rise.multiply(quantity(volume), ROUNDED);
  }

  @Override
  public String toString() {
    return (inverse ? "inverse of " : "linear of ") + Decimals.plain(sizeOrOne());
  }
}
