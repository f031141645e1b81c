package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import java.util.List;

/** Forgets what was kept of an order for the list, where it is now; tells what is still kept. */
record TradesListed(String symbol, String exOrderId, List<Trade> listed)
    implements AccountChange<OrderStep> {

  @Override
  public void reads(AccountReads reads) {
    reads.order(symbol, exOrderId);
  }

  @Override
  public OrderStep apply(AccountState state) {
    OrderCount count = state.order(symbol, exOrderId);
    if (count.pending().stream().anyMatch(listed::contains)) {
      count = count.without(listed);
      state.putOrder(symbol, exOrderId, count);
    }
    return OrderStep.of(count, null, false, null);
  }
}
