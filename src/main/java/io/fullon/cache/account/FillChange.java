package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;

/**
 * Counts a fill, once.
 *
 * @param lists whether it is kept for the list of its symbol, too
 */
record FillChange(Trade fill, boolean lists) implements AccountChange<AppliedFill> {

  /** Stands for the order of a fill that names none. */
  private static final String NO_ORDER = "";

  @Override
  public void reads(AccountReads reads) {
    reads.position(field());
    reads.fill(fill);
    if (fill.exOrderId() != null) {
      reads.order(fill.symbol(), fill.exOrderId());
    }
  }

  private String field() {
    return Markets.field(fill.symbol(), fill.positionSide());
  }

  @Override
  public AppliedFill apply(AccountState state) {
    Map<String, KnownFill> known = state.fill(state.key(fill));
    String order = fill.exOrderId() == null ? NO_ORDER : fill.exOrderId();
    if (known.containsKey(order)) {
      return repeated(state, order, known.get(order), false);
    }
    if (known.containsKey(NO_ORDER)) {
      return repeated(state, order, known.get(NO_ORDER), true);
    }
    if (order.equals(NO_ORDER) && !known.isEmpty()) {
      Map.Entry<String, KnownFill> same =
          known.entrySet().stream()
              .filter(each -> each.getValue().isSame(fill))
              .findFirst()
              .orElseGet(() -> known.entrySet().iterator().next());
      return repeated(state, same.getKey(), same.getValue(), false);
    }
    return counted(state, order);
  }

  /**
   * @param isNamed whether its order is named for the first time
   */
  private AppliedFill repeated(AccountState state, String order, KnownFill known, boolean isNamed) {
    if (!known.isSame(fill)) {
      throw Failure.CONFLICT.exception(
          "Fill "
              + fill.tradeId()
              + " of "
              + fill.symbol()
              + " is known with volume "
              + Decimals.plain(known.volume())
              + " at "
              + Decimals.plain(known.price()));
    }
    Map<String, BigDecimal> lacking = FeeSums.without(FeeSums.of(fill), known.fees());
    boolean isMissed = lists && !known.listed();
    if (lacking.isEmpty() && !isNamed && !isMissed) {
      return new AppliedFill(state.present(field(), fill), false);
    }
    KnownFill complete =
        new KnownFill(
            known.volume(),
            known.price(),
            FeeSums.plus(known.fees(), lacking),
            known.micros(),
            known.listed() || lists);
    String key = order.equals(NO_ORDER) ? null : state.orderKey(fill.symbol(), order);
    Sum added = new Sum(BigDecimal.ZERO, BigDecimal.ZERO, lacking);
    OrderCount count = null;
    if (key != null) {
      OrderCount before = state.order(key);
      Sum single = isNamed ? sum(complete.volume(), complete.fees()) : added;
      count = before.withSingle(single, known.micros());
      added = count.counted().minus(before.counted());
      if (isNamed) {
        // It was counted already; what the order had been settled with is too much.
        added =
            new Sum(
                added.volume().subtract(known.volume()),
                added.cost(),
                FeeSums.minus(added.fees(), known.fees()));
      }
    }
    state.count(effective(added.volume(), fill.price(), added.fees(), known.micros()));
    if (isNamed) {
      state.removeFill(state.key(fill), NO_ORDER);
    }
    state.putFill(state.key(fill), order, complete);
    if (key != null) {
      Trade missed = fill.toBuilder().time(Times.ofMicros(known.micros())).build();
      state.putOrder(key, isMissed ? count.withPending(missed) : count);
    }
    return new AppliedFill(state.present(field(), fill), false);
  }

  private AppliedFill counted(AccountState state, String order) {
    long micros = fill.time() == null ? Times.micros(state.now()) : Times.micros(fill.time());
    KnownFill known = KnownFill.of(fill, micros, false);
    Trade effective = fill.time() == null ? fill.toBuilder().time(state.now()).build() : fill;
    String key = order.equals(NO_ORDER) ? null : state.orderKey(fill.symbol(), order);
    OrderCount count = null;
    if (key != null) {
      OrderCount before = state.order(key);
      Sum single = sum(fill.volume(), known.fees());
      count = before.withSingle(single, micros);
      Sum added = count.counted().minus(before.counted());
      if (added.volume().compareTo(fill.volume()) != 0 || !added.fees().equals(known.fees())) {
        effective = effective(added.volume(), priceOf(added), added.fees(), micros);
      }
    }
    boolean isSettled = effective.volume().signum() == 0;
    boolean isCounted = state.count(effective);
    state.putFill(state.key(fill), order, KnownFill.of(fill, micros, lists || isSettled));
    if (key != null) {
      state.putOrder(key, lists && !isSettled ? count.withPending(effective) : count);
    }
    return new AppliedFill(state.present(field(), fill), isCounted && !isSettled);
  }

  /** What the fill costs by itself, without the size of contracts. */
  private Sum sum(BigDecimal volume, Map<String, BigDecimal> fees) {
    BigDecimal cost =
        Boolean.TRUE.equals(fill.inverse()) && fill.price().signum() != 0
            ? volume.divide(fill.price(), MathContext.DECIMAL128)
            : volume.multiply(fill.price());
    return new Sum(volume, cost, fees);
  }

  /** At which price the order costs what it does; the fill's where that is none. */
  private BigDecimal priceOf(Sum added) {
    if (added.volume().signum() <= 0 || added.cost().signum() <= 0) {
      return fill.price();
    }
    BigDecimal price =
        Boolean.TRUE.equals(fill.inverse())
            ? added.volume().divide(added.cost(), MathContext.DECIMAL128)
            : added.cost().divide(added.volume(), MathContext.DECIMAL128);
    return Decimals.fits(price) ? price : fill.price();
  }

  /** What of it is counted; below zero it is taken back. */
  private Trade effective(
      BigDecimal volume, BigDecimal price, Map<String, BigDecimal> fees, long micros) {
    Trade counted =
        FeeSums.put(fill, fees).toBuilder()
            .volume(volume.abs())
            .price(price)
            .cost(null)
            .time(Times.ofMicros(micros))
            .build();
    return volume.signum() < 0
        ? counted.toBuilder().set(Trade.SIDE, fill.side().opposite()).build()
        : counted;
  }
}
