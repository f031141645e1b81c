package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;

/**
 * Counts a fill of an order, and keeps it for the list of its symbol.
 *
 * @param ownId what the order was called before the exchange gave it an id; may be null
 */
record FillReport(FillChange fill, String ownId) implements AccountChange<OrderStep> {

  FillReport(Trade fill, String ownId) {
    this(new FillChange(fill, true), ownId);
  }

  @Override
  public void reads(AccountReads reads) {
    fill.reads(reads);
    if (ownId != null) {
      reads.order(fill.fill().symbol(), ownId);
    }
  }

  @Override
  public boolean readsMore(AccountState state, AccountReads reads) {
    return fill.readsMore(state, reads);
  }

  @Override
  public OrderStep apply(AccountState state) {
    OrderCount before = order(state);
    if (ownId != null) {
      state.takeOver(fill.fill(), ownId);
      fill.takeOver(state, ownId);
    }
    AppliedFill applied = fill.apply(state);
    OrderCount after = order(state);
    OrderStep step = OrderStep.of(after, applied.position(), applied.counted(), fill.fill());
    return after.counted().isSameAs(before.counted()) ? step.withNothingLeft() : step;
  }

  private OrderCount order(AccountState state) {
    return state.order(fill.fill().symbol(), fill.fill().exOrderId());
  }
}
