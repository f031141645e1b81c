package io.fullon.cache.account;

import static io.fullon.cache.account.Position.ROUNDED;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * What an order tells of its fills, to be counted as far as it is not.
 *
 * @param order all that was filled, as one trade, with the order's id; its time is that of the last
 *     fill, or null. Its id, if the order names none, begins with {@link Trade#OF_ORDER}
 * @param price the order's mean; null when only {@code cost} is known
 * @param cost what the order cost, contracts in their size; may be null
 * @param isFinal whether no more is to come
 */
public record OrderSettlement(Trade order, BigDecimal price, BigDecimal cost, boolean isFinal) {

  String field() {
    return Markets.field(order.symbol(), order.positionSide());
  }

  /**
   * What is left to count, or null.
   *
   * @throws io.vertx.serviceproxy.ServiceException when that cannot be told
   */
  Trade rest(AccountState state, OrderCount before) {
    Sum counted = before.counted();
    if (order.volume().compareTo(counted.volume()) < 0) {
      if (isFinal) {
        throw Failure.CONFLICT.exception(
            "Order "
                + order.exOrderId()
                + " tells of less, "
                + Decimals.plain(order.volume())
                + ", than is counted, "
                + Decimals.plain(counted.volume()));
      }
      return null;
    }
    Sum added = settled(state, before).counted().minus(counted);
    if (added.volume().signum() == 0 && added.fees().isEmpty()) {
      return null;
    }
    if (order.time() == null && state.boundary(field()) != null) {
      throw Failure.CONFLICT.exception(
          "When order "
              + order.exOrderId()
              + " was filled is not known, and so not whether the synchronization of account "
              + state.exId()
              + " contains it: tell filledAt");
    }
    BigDecimal price = price(state, counted, added);
    Trade paid = added.fees().equals(FeeSums.of(order)) ? order : FeeSums.put(order, added.fees());
    Trade.Builder rest = paid.toBuilder().volume(added.volume()).price(price);
    return rest.cost(cost(state, added.volume(), price))
        .set(Trade.TRADE_ID, tradeId(before))
        .build();
  }

  private boolean isInverse(AccountState state) {
    Position position = state.position(field());
    Boolean told =
        (order.inverse() != null || position == null) ? order.inverse() : position.inverse();
    return Boolean.TRUE.equals(told);
  }

  private BigDecimal contractSize(AccountState state) {
    Position position = state.position(field());
    BigDecimal told =
        (order.contractSize() != null || position == null)
            ? order.contractSize()
            : position.contractSize();
    return told == null ? BigDecimal.ONE : told;
  }

  private OrderCount settled(AccountState state, OrderCount before) {
    Sum known = before.settled();
    boolean isSame = known.volume().compareTo(order.volume()) == 0;
    Sum settled =
        new Sum(
            order.volume(),
            isSame ? known.cost() : totalCost(state),
            FeeSums.larger(known.fees(), FeeSums.of(order)));
    long micros = order.time() == null ? 0 : Times.micros(order.time());
    return before.withSettled(settled, micros, before.last());
  }

  private BigDecimal totalCost(AccountState state) {
    BigDecimal volume = order.volume();
    if (price == null) {
      BigDecimal size = contractSize(state);
      return size.compareTo(BigDecimal.ONE) == 0 ? cost : cost.divide(size, ROUNDED);
    }
    return isInverse(state) && price.signum() != 0
        ? volume.divide(price, ROUNDED)
        : volume.multiply(price);
  }

  /** Such that the mean of the order comes out. */
  private BigDecimal price(AccountState state, Sum counted, Sum added) {
    BigDecimal mean = price == null ? quotient(state, order.volume(), totalCost(state)) : price;
    if (added.volume().signum() == 0 || counted.volume().signum() == 0) {
      return mean;
    }
    BigDecimal rest = quotient(state, added.volume(), added.cost());
    return rest == null || !Decimals.fits(rest) ? mean : rest;
  }

  private BigDecimal quotient(AccountState state, BigDecimal volume, BigDecimal cost) {
    if (isInverse(state)) {
      return cost.signum() <= 0 ? null : volume.divide(cost, ROUNDED);
    }
    return cost.divide(volume, ROUNDED);
  }

  private BigDecimal cost(AccountState state, BigDecimal volume, BigDecimal price) {
    if (isInverse(state)) {
      return null;
    }
    BigDecimal size = contractSize(state);
    BigDecimal one = volume.multiply(price);
    BigDecimal all = size.compareTo(BigDecimal.ONE) == 0 ? one : one.multiply(size);
    return Decimals.fits(all) ? all : null;
  }

  private String tradeId(OrderCount before) {
    boolean isFirst = before.counted().volume().signum() == 0;
    String ofOrder = Trade.OF_ORDER + order.exOrderId();
    if (isFirst && !order.tradeId().startsWith(Trade.OF_ORDER)) {
      return order.tradeId();
    }
    boolean isUsed = before.last() != null && before.last().tradeId().startsWith(ofOrder);
    return isUsed ? ofOrder + "/" + Decimals.plain(order.volume()) : ofOrder;
  }

  Trade timed(Trade trade, Instant now) {
    return trade.time() == null ? trade.toBuilder().time(now).build() : trade;
  }

  OrderCount after(AccountState state, OrderCount before, Trade trade) {
    OrderCount settled = settled(state, before);
    boolean isTrade = trade.volume().signum() != 0;
    OrderCount after = settled.withSettled(settled.settled(), 0, isTrade ? trade : before.last());
    return isTrade ? after.withPending(trade) : after;
  }
}
