package io.fullon.cache.account;

import static io.fullon.cache.account.Position.ROUNDED;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;

/**
 * Counts what an order tells of its fills, as far as it is not counted, and keeps it for the list
 * of its symbol.
 *
 * @param order all that was filled, as one trade, with the order's id; its time is that of the last
 *     fill, or null. Its id, if the order names none, is what settling makes of the order's
 * @param price the order's mean; null when only {@code cost} is known
 * @param cost what the order cost, contracts in their size; may be null
 * @param isFinal whether no more is to come
 * @param ownId what the order was called before the exchange gave it an id; may be null
 */
public record OrderSettlement(
    Trade order, BigDecimal price, BigDecimal cost, boolean isFinal, String ownId)
    implements AccountChange<OrderStep> {

  @Override
  public void reads(AccountReads reads) {
    reads.position(field());
    reads.order(order.symbol(), order.exOrderId());
    reads.earlierFill(order);
    if (ownId != null) {
      reads.order(order.symbol(), ownId);
    }
  }

  private String field() {
    return Markets.field(order.symbol(), order.positionSide());
  }

  @Override
  public OrderStep apply(AccountState state) {
    if (ownId != null) {
      state.takeOver(order, ownId);
    }
    OrderCount before =
        state.order(order.symbol(), order.exOrderId()).inContract(state.isInverse(order));
    Sum counted = before.counted();
    if (order.volume().compareTo(counted.volume()) < 0) {
      checkLate(counted);
      return nothingLeft(state, before);
    }
    OrderCount settled = settled(state, before);
    Sum rest = settled.counted().minus(counted);
    if (rest.isNothing()) {
      return nothingLeft(state, before);
    }
    Trade trade = trade(state, before, rest);
    boolean isTrade = trade.volume().signum() != 0;
    OrderCount after = isTrade ? settled.withLast(trade) : settled;
    if (counted.volume().signum() == 0 && state.isCountedByEarlierVersion(order)) {
      state.putOrder(order.symbol(), order.exOrderId(), after);
      return nothingLeft(state, after);
    }
    checkTime(state);
    boolean isCounted = state.count(FeeSums.parts(timed(state, trade), rest.fees()));
    after = isTrade ? after.withPending(trade) : after;
    state.putOrder(order.symbol(), order.exOrderId(), after);
    return OrderStep.of(after, state.present(order), isCounted, after.last());
  }

  private OrderStep nothingLeft(AccountState state, OrderCount count) {
    return OrderStep.of(count, state.present(order), false, count.last()).withNothingLeft();
  }

  /** A late message may tell less, but not the last one. */
  private void checkLate(Sum counted) {
    if (isFinal) {
      throw Failure.CONFLICT.exception(
          "Order "
              + order.exOrderId()
              + " tells of less, "
              + Decimals.plain(order.volume())
              + ", than is counted, "
              + Decimals.plain(counted.volume()));
    }
  }

  private void checkTime(AccountState state) {
    if (order.time() == null && state.boundary(field()) != null) {
      throw Failure.CONFLICT.exception(
          "When order "
              + order.exOrderId()
              + " was filled is not known, and so not whether the synchronization of account "
              + state.exId()
              + " contains it: tell filledAt");
    }
    if (Accounting.isFarAhead(order.time())) {
      throw Failure.CONFLICT.exception(
          "Order "
              + order.exOrderId()
              + " tells that it was filled at "
              + order.time()
              + ", far ahead of now: tell filledAt");
    }
  }

  private Trade timed(AccountState state, Trade trade) {
    return trade.time() == null ? trade.toBuilder().time(state.now()).build() : trade;
  }

  /** What costs the same volume tells no other cost. */
  private OrderCount settled(AccountState state, OrderCount before) {
    Sum counted = before.counted();
    boolean isSame = counted.volume().compareTo(order.volume()) == 0;
    Sum settled =
        new Sum(
            order.volume(),
            isSame ? counted.cost() : totalCost(state, before),
            order.volume().compareTo(before.settled().volume()) > 0
                ? FeeSums.over(before.settled().fees(), FeeSums.of(order))
                : FeeSums.larger(before.settled().fees(), FeeSums.of(order)));
    return before.withSettled(settled, order.time() == null ? 0 : Times.micros(order.time()));
  }

  private BigDecimal totalCost(AccountState state, OrderCount before) {
    if (price != null) {
      return before.cost(order.volume(), price);
    }
    BigDecimal size = state.contractSize(order);
    return size.compareTo(BigDecimal.ONE) == 0 ? cost : cost.divide(size, ROUNDED);
  }

  private Trade trade(AccountState state, OrderCount before, Sum rest) {
    BigDecimal restPrice = price(state, before, rest);
    Trade.Builder trade =
        order.toBuilder()
            .volume(rest.volume())
            .price(restPrice)
            .cost(before.isInverse() ? null : cost(state, rest.volume(), restPrice))
            .set(Trade.TRADE_ID, tradeId(before));
    boolean isAll = FeeSums.areSame(rest.fees(), FeeSums.of(order));
    return isAll ? trade.build() : FeeSums.put(trade, rest.fees()).build();
  }

  /** Such that the mean of the order comes out. */
  private BigDecimal price(AccountState state, OrderCount before, Sum rest) {
    BigDecimal restPrice =
        before.counted().volume().signum() == 0 && price != null ? price : before.price(rest);
    if (restPrice != null) {
      return restPrice;
    }
    return price == null ? before.price(order.volume(), totalCost(state, before)) : price;
  }

  /** Exact; null where it would be longer than a decimal may be. */
  private BigDecimal cost(AccountState state, BigDecimal volume, BigDecimal ofOne) {
    if (ofOne == null) {
      return null;
    }
    BigDecimal size = state.contractSize(order);
    BigDecimal one = volume.multiply(ofOne);
    BigDecimal all = size.compareTo(BigDecimal.ONE) == 0 ? one : one.multiply(size);
    return Decimals.fits(all) ? all : null;
  }

  private String tradeId(OrderCount before) {
    boolean isFirst = before.counted().volume().signum() == 0;
    if (isFirst && !OrderCount.isOfOrder(order)) {
      return order.tradeId();
    }
    String ofOrder = Trade.OF_ORDER + order.exOrderId();
    boolean isUsed = before.last() != null && OrderCount.isOfOrder(before.last());
    return isUsed ? ofOrder + "/" + Decimals.plain(order.volume()) : ofOrder;
  }
}
