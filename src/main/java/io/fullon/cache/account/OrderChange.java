package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Times;
import java.util.List;

/** Changes of what is counted of an order. */
abstract sealed class OrderChange implements AccountChange<OrderStep> {

  private final String symbol;
  private final String exOrderId;

  private OrderChange(String symbol, String exOrderId) {
    this.symbol = symbol;
    this.exOrderId = exOrderId;
  }

  @Override
  public void reads(AccountReads reads) {
    reads.order(symbol, exOrderId);
  }

  String key(AccountState state) {
    return state.orderKey(symbol, exOrderId);
  }

  OrderStep step(
      AccountState state, Position position, boolean counted, boolean before, Trade trade) {
    OrderCount count = state.order(key(state));
    Sum sum = count.counted();
    return new OrderStep(
        position,
        counted,
        before,
        trade,
        sum.volume(),
        sum.cost(),
        sum.fees(),
        count.filledMicros() == 0 ? null : Times.ofMicros(count.filledMicros()),
        position != null && Boolean.TRUE.equals(position.inverse()),
        count.pending());
  }

  /** Counts a fill of an order and keeps it for the list. */
  static final class Report extends OrderChange {

    private final FillChange fill;

    Report(Trade fill) {
      super(fill.symbol(), fill.exOrderId());
      this.fill = new FillChange(fill, true);
    }

    @Override
    public void reads(AccountReads reads) {
      fill.reads(reads);
    }

    @Override
    public OrderStep apply(AccountState state) {
      AppliedFill applied = fill.apply(state);
      return step(state, applied.position(), applied.counted(), !applied.counted(), fill.fill());
    }
  }

  /** Forgets what was kept for the list and is there now. */
  static final class Listed extends OrderChange {

    private final List<Trade> listed;

    Listed(String symbol, String exOrderId, List<Trade> listed) {
      super(symbol, exOrderId);
      this.listed = listed;
    }

    @Override
    public OrderStep apply(AccountState state) {
      OrderCount count = state.order(key(state));
      if (count.pending().stream().anyMatch(listed::contains)) {
        state.putOrder(key(state), count.without(listed));
      }
      return step(state, null, false, true, null);
    }
  }

  /** Counts what of an order is not counted yet. */
  static final class Settle extends OrderChange {

    private final OrderSettlement settlement;

    Settle(OrderSettlement settlement) {
      super(settlement.order().symbol(), settlement.order().exOrderId());
      this.settlement = settlement;
    }

    @Override
    public void reads(AccountReads reads) {
      super.reads(reads);
      reads.position(settlement.field());
    }

    @Override
    public OrderStep apply(AccountState state) {
      Trade trade = settlement.rest(state, state.order(key(state)));
      Position present = state.present(settlement.field(), settlement.order());
      if (trade == null) {
        return step(state, present, false, true, state.order(key(state)).last());
      }
      boolean isCounted = state.count(settlement.timed(trade, state.now()));
      state.putOrder(key(state), settlement.after(state, state.order(key(state)), trade));
      return step(
          state,
          state.present(settlement.field(), settlement.order()),
          isCounted,
          false,
          trade.volume().signum() == 0 ? state.order(key(state)).last() : trade);
    }
  }
}
