package io.fullon.cache.flow;

import io.fullon.cache.account.OrderStep;
import io.fullon.cache.fill.Fees;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.Statuses;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an order was not told yet of its fills: what is counted of it, where that is more than it
 * says itself. An order that was told all has no news.
 */
final class OrderNews {

  private static final String FILLED = "filled";
  private static final String PARTIALLY_FILLED = "partially_filled";
  private static final Order NONE = Order.builder().build();

  private final Statuses statuses;
  private final Order order;
  private final OrderStep step;
  private final JsonObject news = new JsonObject();

  private OrderNews(Statuses statuses, Order order, OrderStep step) {
    this.statuses = statuses;
    this.order = order == null ? NONE : order;
    this.step = step;
  }

  /**
   * @param order null when there is none
   * @param fill one of its fills
   * @return to be merged into the order; null for nothing
   */
  static Order of(Statuses statuses, Order order, Trade fill, OrderStep step) {
    OrderNews news = new OrderNews(statuses, order, step);
    news.tellWhatItIs(fill);
    news.tellVolume();
    news.tellMean();
    news.tellFees(fill);
    news.tellTime();
    return news.news.isEmpty() ? null : Order.read(Fields.of("order", news.news));
  }

  /** With more volume also what is known: another order by then does not take it. */
  private void tellWhatItIs(Trade fill) {
    if (order.symbol() == null || isMore()) {
      news.put(Order.SYMBOL.name(), fill.symbol());
    }
    if (order.side() == null || isMore()) {
      news.put(Order.SIDE.name(), fill.side().toString());
    }
    if (order.positionSide() == null && fill.positionSide() != null) {
      news.put(Order.POSITION_SIDE.name(), fill.positionSide().toString());
    }
  }

  private void tellVolume() {
    if (!isMore()) {
      return;
    }
    news.put(Order.FINAL_VOLUME.name(), Decimals.plain(step.volume()));
    if (step.price() != null) {
      news.put(Order.FILL_PRICE.name(), Decimals.plain(step.price()));
    }
    int toVolume = order.volume() == null ? -1 : step.volume().compareTo(order.volume());
    if (!statuses.of(order).isFinal()) {
      news.put(Order.STATUS.name(), toVolume >= 0 ? FILLED : PARTIALLY_FILLED);
    }
    if (toVolume > 0) {
      // It is filled beyond what it was for, and that is a fact.
      news.put(Order.VOLUME.name(), Decimals.plain(step.volume()));
    }
  }

  /** To one that told as much, but not what it cost. */
  private void tellMean() {
    boolean isUnknown = order.fillPrice() == null && order.cost() == null;
    if (isUnknown && toFilled() == 0 && step.price() != null) {
      news.put(Order.FILL_PRICE.name(), Decimals.plain(step.price()));
    }
  }

  /** In each currency. */
  private void tellFees(Trade fill) {
    Map<String, BigDecimal> own = Fees.of(fill.fee(), fill.feeCurrency(), fill.fees());
    Map<String, BigDecimal> told = Fees.of(order.fee(), order.feeCurrency(), order.fees());
    Map<String, BigDecimal> fees = new TreeMap<>(told);
    fees.remove(Fees.NO_CURRENCY);
    boolean isMore = false;
    for (Map.Entry<String, BigDecimal> counted : step.fees().entrySet()) {
      BigDecimal known = of(told, counted.getKey());
      BigDecimal fee = counted.getValue();
      if (Decimals.fits(fee) && isNews(known, fee, of(own, counted.getKey()))) {
        fees.put(counted.getKey(), fee);
        isMore = true;
      }
    }
    if (!isMore) {
      return;
    }
    BigDecimal withoutCurrency = fees.remove(Fees.NO_CURRENCY);
    if (withoutCurrency != null) {
      news.put(Order.FEE.name(), Decimals.plain(withoutCurrency));
    }
    if (!fees.isEmpty()) {
      JsonObject all = new JsonObject();
      fees.forEach((currency, fee) -> all.put(currency, Decimals.plain(fee)));
      news.put(Order.FEES.name(), all);
    }
  }

  /** Null for none; one without a currency may be in any. */
  private static BigDecimal of(Map<String, BigDecimal> fees, String currency) {
    return fees.getOrDefault(currency, fees.get(Fees.NO_CURRENCY));
  }

  /**
   * Of more volume it is another fee, which a rebate makes smaller; of the same a larger one, or
   * what was told and the fill's own, which came later than its volume; of less only the latter,
   * since what was told may be that of all.
   */
  private boolean isNews(BigDecimal told, BigDecimal fee, BigDecimal own) {
    if (told == null) {
      return toFilled() >= 0;
    }
    if (isMore()) {
      return told.compareTo(fee) != 0;
    }
    boolean isOwnAll = own != null && told.add(own).compareTo(fee) == 0;
    return (isOwnAll && own.signum() != 0)
        || (toFilled() == 0 && told.abs().compareTo(fee.abs()) < 0);
  }

  private boolean isMore() {
    return toFilled() > 0;
  }

  /** How what is counted compares to what the order says is filled. */
  private int toFilled() {
    return order.finalVolume() == null
        ? step.volume().signum()
        : step.volume().compareTo(order.finalVolume());
  }

  /** The time of less is not that of all; with more volume it must be told, whichever it is. */
  private void tellTime() {
    Instant told = order.filledAt();
    Instant counted = step.filledAt();
    boolean isLater = counted != null && (told == null ? toFilled() >= 0 : told.isBefore(counted));
    Instant last = isLater ? counted : told;
    if (last != null && (isLater || isMore())) {
      news.put(Order.FILLED_AT.name(), Times.seconds(last));
    }
  }
}
