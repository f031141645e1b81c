package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What counting a part of an order came to.
 *
 * @param position after it
 * @param counted whether the part was counted now
 * @param nothingLeft whether there was nothing to count
 * @param trade the part; null when there was none
 * @param volume what of the order is counted in all
 * @param price the mean of that; null when it cannot be told
 * @param fees those of that, by currency
 * @param filledAt when the last of it happened; null when that is not known
 * @param pending what must yet be put into the list of the symbol
 */
public record OrderStep(
    Position position,
    boolean counted,
    boolean nothingLeft,
    Trade trade,
    BigDecimal volume,
    BigDecimal price,
    Map<String, BigDecimal> fees,
    Instant filledAt,
    List<Trade> pending) {

  static OrderStep of(OrderCount count, Position position, boolean counted, Trade trade) {
    Sum sum = count.counted();
    return new OrderStep(
        position,
        counted,
        false,
        trade,
        sum.volume(),
        count.price(sum),
        sum.fees(),
        count.filledMicros() == 0 ? null : Times.ofMicros(count.filledMicros()),
        count.pending());
  }

  OrderStep withNothingLeft() {
    return new OrderStep(position, counted, true, trade, volume, price, fees, filledAt, pending);
  }
}
