package io.fullon.cache.account;

import static io.fullon.cache.account.Position.ROUNDED;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Fees;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What a fill makes of a position, by the average cost method. Divisions, and what follows from an
 * entry price, are rounded to 34 significant digits, halves to even; sums and the cost of what is
 * added are exact, so that the order of fills that only add does not matter.
 */
final class FillArithmetic {

  private FillArithmetic() {}

  /**
   * The position after the fill, its version raised by one. What a fill takes as a fee in the base
   * currency of a spot market is not there to be held; one of volume 0 is fees alone, one below 0
   * takes back what another has added.
   *
   * @param now stands for the fill's time if it has none
   * @throws InvalidValueException when a number becomes longer than may be
   * @throws io.vertx.serviceproxy.ServiceException when the contract is not known or another one
   */
  static Position apply(Position position, Trade fill, Instant now) {
    BigDecimal volume = fill.volume();
    BigDecimal moved = fill.side().sign() > 0 ? volume : volume.negate();
    String base = Markets.base(fill.symbol());
    BigDecimal fee = base == null ? null : feesOf(fill).get(base);
    if (fee != null) {
      moved = moved.subtract(fee);
    }
    if (moved.signum() == 0) {
      return withFees(position, fill, now).build();
    }
    Contract contract = Contract.of(position, fill);
    Position told = told(position, contract, fill);
    Position.Builder next = withFees(told, fill, now);
    boolean isTakenBack = volume.signum() <= 0 && moved.signum() != fill.side().sign();
    if (!isTakenBack || !takeBack(next, told, contract, moved, fill.price())) {
      move(next, told, contract, moved, fill.price());
    }
    return next.build();
  }

  /** The position with the fees of a fill whose size it contains. */
  static Position applyFees(Position position, Trade fill, Instant now) {
    return feesOf(fill).isEmpty() ? position : withFees(position, fill, now).build();
  }

  /** The same for what is no fill. */
  static Position apply(Position position, Adjustment adjustment, Instant now) {
    Position.Builder next =
        withFees(
            position,
            Fees.of(adjustment.fee(), adjustment.feeCurrency(), null),
            adjustment.time() == null ? now : adjustment.time());
    next.realizedPnl(orZero(position.realizedPnl()).add(orZero(adjustment.realizedPnl())));
    if (adjustment.size() != null) {
      resize(next, position, zeroPlain(position.size().add(adjustment.size())));
    }
    return next.build();
  }

  /** At the entry price, which of nothing is not known. */
  private static void resize(Position.Builder next, Position position, BigDecimal size) {
    next.size(size);
    if (size.signum() == 0) {
      next.entryPrice(BigDecimal.ZERO).costBasis(BigDecimal.ZERO).unrealizedPnl(null);
    } else if (position.size().signum() == 0) {
      next.entryPrice(null).costBasis(null);
    } else {
      if (position.entryPrice() != null) {
        next.costBasis(Contract.of(position).cost(size.abs(), position.entryPrice()));
      }
      if (size.signum() != position.size().signum()) {
        next.unrealizedPnl(null);
      } else if (size.abs().compareTo(position.size().abs()) < 0) {
        next.unrealizedPnl(scaled(position.unrealizedPnl(), size, position.size()));
      }
    }
  }

  private static Map<String, BigDecimal> feesOf(Trade fill) {
    return Fees.of(fill.fee(), fill.feeCurrency(), fill.fees());
  }

  /** An open one whose contract nobody had told has its cost basis by that now. */
  private static Position told(Position position, Contract contract, Trade fill) {
    if (fill.contractSize() == null && fill.inverse() == null) {
      return position;
    }
    Position.Builder told = position.toBuilder();
    if (fill.contractSize() != null) {
      told.contractSize(fill.contractSize());
    }
    if (fill.inverse() != null) {
      told.inverse(fill.inverse());
    }
    if (!Contract.of(position).isSame(contract)) {
      told.costBasis(null);
    }
    return told.build();
  }

  private static Position.Builder withFees(Position position, Trade fill, Instant now) {
    return withFees(position, feesOf(fill), fill.time() == null ? now : fill.time())
        .userId(position.userId() == null ? fill.uid() : position.userId());
  }

  private static Position.Builder withFees(
      Position position, Map<String, BigDecimal> paid, Instant time) {
    String settle = Markets.settle(position.symbol());
    BigDecimal fee = orZero(position.fee());
    Map<String, BigDecimal> others = new HashMap<>();
    for (Map.Entry<String, BigDecimal> each : paid.entrySet()) {
      if (each.getKey().equals(Fees.NO_CURRENCY) || each.getKey().equals(settle)) {
        fee = fee.add(each.getValue());
      } else {
        others.put(each.getKey(), each.getValue());
      }
    }
    return position.toBuilder()
        .fee(fee)
        .fees(others.isEmpty() ? position.fees() : FeeSums.plus(feesOf(position), others))
        .realizedPnl(orZero(position.realizedPnl()))
        .version(position.version() + 1)
        .timestamp(later(position.timestamp(), time));
  }

  private static Map<String, BigDecimal> feesOf(Position position) {
    return position.fees() == null ? Map.of() : position.fees();
  }

  private static void move(
      Position.Builder next,
      Position position,
      Contract contract,
      BigDecimal moved,
      BigDecimal price) {
    if (contract.inverse() && price.signum() <= 0) {
      throw Failure.INVALID_ARGUMENT.exception(
          new InvalidValueException(
                  "trade.price", "must be above zero in an inverse contract", price)
              .getMessage());
    }
    BigDecimal before = position.size();
    BigDecimal size = zeroPlain(before.add(moved));
    next.size(size);
    if (before.signum() * moved.signum() >= 0) {
      if (before.signum() == 0 || isPriced(position)) {
        BigDecimal spent = before.signum() == 0 ? BigDecimal.ZERO : position.costBasis();
        BigDecimal cost = spent.add(contract.cost(moved.abs(), price));
        next.costBasis(cost)
            .entryPrice(
                before.signum() == 0
                    ? openedAt(contract, price)
                    : contract.price(size.abs(), cost));
      }
      return;
    }
    if (isPriced(position)) {
      BigDecimal closed = moved.abs().min(before.abs());
      BigDecimal gain = orZero(contract.gain(closed, position.entryPrice(), price));
      next.realizedPnl(
          orZero(position.realizedPnl()).add(before.signum() > 0 ? gain : gain.negate()));
    }
    if (size.signum() == before.signum()) {
      reduce(next, position, contract, size);
    } else {
      // What was open is gone, and what a program said of its profit with it.
      boolean isOpen = size.signum() != 0;
      next.costBasis(isOpen ? contract.cost(size.abs(), price) : BigDecimal.ZERO)
          .entryPrice(isOpen ? price : BigDecimal.ZERO)
          .unrealizedPnl(null);
    }
  }

  /** What dividing the cost by the size would give. */
  private static BigDecimal openedAt(Contract contract, BigDecimal price) {
    return contract.inverse() ? price : price.round(ROUNDED);
  }

  /**
   * Takes back what a fill has added, at its price: without profit, since nothing is sold.
   *
   * @return false, and nothing is done, where that is not in the position any more
   */
  private static boolean takeBack(
      Position.Builder next,
      Position position,
      Contract contract,
      BigDecimal moved,
      BigDecimal price) {
    BigDecimal size = position.size().add(moved);
    boolean isPart = size.signum() == position.size().signum() && moved.signum() == -size.signum();
    BigDecimal taken = contract.cost(moved.abs(), price);
    if (!isPart || !isPriced(position) || taken == null) {
      return false;
    }
    BigDecimal cost = position.costBasis().subtract(taken);
    if (cost.signum() <= 0) {
      return false;
    }
    next.size(size)
        .costBasis(cost)
        .entryPrice(contract.price(size.abs(), cost))
        .unrealizedPnl(scaled(position.unrealizedPnl(), size, position.size()));
    return true;
  }

  /** Not so a balance, and an inverse contract at the price 0, which cannot be. */
  private static boolean isPriced(Position position) {
    return position.entryPrice() != null && position.costBasis() != null;
  }

  private static void reduce(
      Position.Builder next, Position position, Contract contract, BigDecimal size) {
    if (isPriced(position)) {
      next.costBasis(contract.cost(size.abs(), position.entryPrice()).round(ROUNDED));
    }
    next.unrealizedPnl(scaled(position.unrealizedPnl(), size, position.size()));
  }

  /** What is left of a profit of the whole when only a part is left. */
  static BigDecimal scaled(BigDecimal profit, BigDecimal part, BigDecimal whole) {
    return profit == null ? null : profit.multiply(part).divide(whole, ROUNDED);
  }

  /** 0 whatever digits it was computed with. */
  private static BigDecimal zeroPlain(BigDecimal number) {
    return number.signum() == 0 ? BigDecimal.ZERO : number;
  }

  static BigDecimal orZero(BigDecimal number) {
    return number == null ? BigDecimal.ZERO : number;
  }

  private static Instant later(Instant one, Instant other) {
    return one == null || one.isBefore(other) ? other : one;
  }
}
