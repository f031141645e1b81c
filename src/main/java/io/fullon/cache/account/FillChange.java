package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Counts a fill, once. Of a fill with an order what counts is by how much it raises what is counted
 * of the order, which is less than the fill where the order was settled with a part of it.
 */
final class FillChange implements AccountChange<AppliedFill> {

  /** Stands for the order of a fill that names none. */
  private static final String NO_ORDER = "";

  /** Where ids of fills are an order's own, many orders have one with the same numbers. */
  private static final int MAX_TWINS = 4;

  /** Of the position in which it is, as soon as that is known. */
  private Trade fill;

  private final boolean lists;

  /** Of what is known of the fill, as soon as it is read. */
  private String key;

  /**
   * @param lists whether it is kept for the list of its symbol, too
   */
  FillChange(Trade fill, boolean lists) {
    this.fill = fill;
    this.lists = lists;
  }

  Trade fill() {
    return fill;
  }

  @Override
  public void reads(AccountReads reads) {
    reads.position(Markets.field(fill.symbol(), fill.positionSide()));
    key = reads.fill(fill);
    if (hasOrder()) {
      reads.order(fill.symbol(), fill.exOrderId());
    }
  }

  /** Those of its orders that the report does not name, and its position. */
  @Override
  public boolean readsMore(AccountState state, AccountReads reads) {
    boolean isMore = false;
    for (Map.Entry<String, KnownFill> known : state.known(key).entrySet()) {
      String order = known.getKey();
      isMore |= !order.equals(NO_ORDER) && reads.order(fill.symbol(), order);
      HedgeSide hedge = known.getValue().hedge();
      isMore |= hedge != null && reads.position(Markets.field(fill.symbol(), hedge));
    }
    return isMore;
  }

  /** What is known of it under an earlier id of its order is known of it. */
  void takeOver(AccountState state, String earlierId) {
    KnownFill earlier = state.known(key).get(earlierId);
    KnownFill known = state.known(key).get(order());
    if (earlier != null && (known == null || known.isSame(earlier))) {
      state.forget(key, earlierId);
      state.remember(key, order(), known == null ? earlier : known.joined(earlier));
    }
  }

  private boolean hasOrder() {
    return fill.exOrderId() != null;
  }

  private String order() {
    return hasOrder() ? fill.exOrderId() : NO_ORDER;
  }

  @Override
  public AppliedFill apply(AccountState state) {
    boolean isCounted = count(state);
    return new AppliedFill(state.present(fill), isCounted);
  }

  private boolean count(AccountState state) {
    Map<String, KnownFill> known = state.known(key);
    if (known.isEmpty()) {
      return countNew(state);
    }
    if (known.containsKey(order())) {
      complete(state, order(), known.get(order()));
    } else if (known.containsKey(NO_ORDER)) {
      giveToOrder(state, known.get(NO_ORDER));
    } else if (hasOrder()) {
      return countNew(state);
    } else {
      Map.Entry<String, KnownFill> same =
          known.entrySet().stream()
              .filter(each -> each.getValue().isSame(fill))
              .findFirst()
              .orElseGet(() -> known.entrySet().iterator().next());
      complete(state, same.getKey(), same.getValue());
    }
    return false;
  }

  private boolean countNew(AccountState state) {
    long micros = Times.micros(fill.time() == null ? state.now() : fill.time());
    Trade share = fill.time() == null ? at(micros).build() : fill;
    Map<String, BigDecimal> fees = FeeSums.of(fill);
    OrderCount after = null;
    if (hasOrder()) {
      OrderCount before = orderOf(state);
      Sum single = sum(before, fill.volume(), fees);
      after = before.withSingle(single, micros);
      checkVolume(after);
      Sum added = after.counted().minus(before.counted());
      if (!added.isSameAs(single)) {
        fees = added.fees();
        share = part(added.volume(), priceOf(before, added), fees, micros);
      }
      after = keeping(after, share);
    }
    boolean isCounted =
        !state.isCountedByEarlierVersion(fill) && state.count(FeeSums.parts(share, fees));
    KnownFill.Share unlisted = unlisted(KnownFill.Share.of(share, fees));
    KnownFill known =
        new KnownFill(fill.volume(), fill.price(), FeeSums.of(fill), micros, unlisted, hedge());
    state.remember(key, order(), known);
    if (after != null) {
      state.putOrder(fill.symbol(), order(), withTwins(state, order(), after, known));
    }
    return isCounted && share.volume().signum() != 0;
  }

  /** Counts what the known fill lacked, which may be fees and a place in the list. */
  private void complete(AccountState state, String order, KnownFill known) {
    known.checkSame(fill);
    fill = known.inItsPosition(fill);
    Map<String, BigDecimal> lacking = FeeSums.lacking(known.fees(), FeeSums.of(fill));
    if (lacking.isEmpty() && (known.isListed() || !lists)) {
      return;
    }
    Map<String, BigDecimal> fees = lacking;
    OrderCount after = null;
    if (!order.equals(NO_ORDER)) {
      OrderCount before = state.order(fill.symbol(), order);
      after = before.withSingle(Sum.of(lacking), known.micros());
      fees = after.counted().minus(before.counted()).fees();
    }
    Trade late = part(BigDecimal.ZERO, fill.price(), fees, known.micros());
    KnownFill.Share share = known.unlisted().with(fees);
    if (after != null) {
      after = keeping(after, part(share, known.micros()));
    }
    state.count(FeeSums.parts(late, fees));
    KnownFill completed = known.with(lacking, unlisted(share));
    state.remember(key, order, completed);
    if (after != null) {
      state.putOrder(fill.symbol(), order, withTwins(state, order, after, completed));
    }
  }

  /** Another order that has it, too, may turn out to be the same one. */
  private OrderCount withTwins(
      AccountState state, String order, OrderCount count, KnownFill known) {
    if (state.known(key).size() == 1 || state.isCountedByEarlierVersion(fill)) {
      return count;
    }
    List<Map.Entry<String, KnownFill>> latest =
        state.known(key).entrySet().stream()
            .filter(each -> !each.getKey().equals(order) && each.getValue().isSame(known))
            .filter(each -> state.hasOrder(fill.symbol(), each.getKey()))
            .sorted(Comparator.comparingLong(each -> -each.getValue().micros()))
            .limit(MAX_TWINS)
            .toList();
    OrderCount all = count;
    for (Map.Entry<String, KnownFill> each : latest) {
      all = all.withTwin(twin(count, known, each));
    }
    return all;
  }

  private Twin twin(OrderCount count, KnownFill known, Map.Entry<String, KnownFill> other) {
    KnownFill same = other.getValue();
    long micros = Math.max(known.micros(), same.micros());
    Sum both = sum(count, known.volume(), FeeSums.common(known.fees(), same.fees()));
    return new Twin(other.getKey(), fill.tradeId(), micros, both);
  }

  /** It was counted already; what its order had been settled with is too much then. */
  private void giveToOrder(AccountState state, KnownFill known) {
    known.checkSame(fill);
    fill = known.inItsPosition(fill);
    Map<String, BigDecimal> lacking = FeeSums.lacking(known.fees(), FeeSums.of(fill));
    OrderCount before = orderOf(state);
    Sum single = sum(before, known.volume(), FeeSums.plus(known.fees(), lacking));
    OrderCount after = before.withSingle(single, known.micros());
    checkVolume(after);
    Sum share = after.counted().minus(before.counted());
    Sum excess = sum(before, known.volume(), known.fees()).minus(share);
    boolean isAll = excess.volume().compareTo(known.volume()) == 0;
    Map<String, BigDecimal> fees = FeeSums.minus(share.fees(), known.fees());
    Trade back =
        part(
            excess.volume().negate(),
            isAll ? fill.price() : priceOf(before, excess),
            fees,
            known.micros());
    BigDecimal price = share.isSameAs(single) ? fill.price() : priceOf(before, share);
    KnownFill.Share counted = new KnownFill.Share(share.volume(), price, share.fees());
    after = keeping(after, part(counted, known.micros()));
    state.count(FeeSums.parts(back, fees));
    state.forget(key, NO_ORDER);
    state.remember(key, order(), known.with(lacking, unlisted(counted)));
    state.putOrder(fill.symbol(), order(), after);
  }

  private HedgeSide hedge() {
    return fill.positionSide() == HedgeSide.BOTH ? null : fill.positionSide();
  }

  private KnownFill.Share unlisted(KnownFill.Share share) {
    return lists ? KnownFill.Share.NONE : share;
  }

  private OrderCount keeping(OrderCount count, Trade share) {
    boolean isPending = lists && share.volume().signum() != 0;
    return isPending ? count.withPending(count.toBeListed(share)) : count;
  }

  private OrderCount orderOf(AccountState state) {
    return state.order(fill.symbol(), order()).inContract(state.isInverse(fill));
  }

  /** An order can tell no more digits. */
  private void checkVolume(OrderCount order) {
    if (!Decimals.fits(order.counted().volume())) {
      throw Failure.INVALID_ARGUMENT.exception(
          new InvalidValueException(
                  "trade.volume",
                  "must leave the volume of its order within "
                      + Decimals.MAX_LENGTH
                      + " characters",
                  fill.volume())
              .getMessage());
    }
  }

  private Sum sum(OrderCount order, BigDecimal volume, Map<String, BigDecimal> fees) {
    return new Sum(volume, order.cost(volume, fill.price()), fees);
  }

  /** Such that the order costs what it does; the fill's where that is none. */
  private BigDecimal priceOf(OrderCount order, Sum added) {
    BigDecimal price = order.price(added);
    return price == null ? fill.price() : price;
  }

  /** A part of it; what is below zero is taken back. */
  private Trade part(
      BigDecimal volume, BigDecimal price, Map<String, BigDecimal> fees, long micros) {
    return FeeSums.put(at(micros).volume(volume).price(price).cost(null), fees).build();
  }

  /** That of it which was counted, as it tells itself if that is all. */
  private Trade part(KnownFill.Share share, long micros) {
    boolean isAll =
        share.volume().compareTo(fill.volume()) == 0
            && share.price().compareTo(fill.price()) == 0
            && FeeSums.areSame(share.fees(), FeeSums.of(fill));
    return isAll ? at(micros).build() : part(share.volume(), share.price(), share.fees(), micros);
  }

  private Trade.Builder at(long micros) {
    return fill.toBuilder().time(Times.ofMicros(micros));
  }
}
