package io.fullon.cache.orders;

import static io.fullon.cache.orders.OrderState.FILLED;
import static io.fullon.cache.orders.OrderState.OPEN;
import static io.fullon.cache.orders.OrderState.PARTIALLY_FILLED;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.value.Field;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;

/**
 * What a message about an order makes of it. Messages come late, twice and in any order, so what an
 * order has come to is never taken back by one that knows less.
 */
final class OrderMerge {

  /** What belongs together as the state of an order, besides its status. */
  private static final Set<Field<Order, ?>> AMOUNTS =
      Set.of(
          Order.FINAL_VOLUME,
          Order.FILL_PRICE,
          Order.COST,
          Order.FEE,
          Order.FEE_CURRENCY,
          Order.FEES,
          Order.FILLED_AT,
          Order.TRADE_ID);

  /** By how much exchanges round what they have filled. */
  private static final BigDecimal ROUNDING = new BigDecimal("1e-9");

  /** What is not the message's to say: the cache gives them. */
  private static final Set<Field<Order, ?>> GIVEN =
      Set.of(Order.EX_ID, Order.EX_ORDER_ID, Order.VERSION);

  private final Statuses statuses;
  private final Order stored;
  private final Order data;

  private OrderMerge(Statuses statuses, Order stored, Order data) {
    this.statuses = statuses;
    this.stored = stored;
    this.data = data;
  }

  /**
   * @param stored an order without fields where there is none
   * @throws ServiceException 409 when both are not about one order, or more is filled than ordered
   */
  static Order merge(Statuses statuses, Order stored, Order data) {
    return new OrderMerge(statuses, stored, data).merged();
  }

  /**
   * What was known of an order under the bot's own id, beneath what is known under the exchange's.
   *
   * @throws ServiceException 409 when both are not about one order
   */
  static Order bind(Order own, Order exchanges) {
    OrderMerge merge = new OrderMerge(Statuses.DEFAULT, own, exchanges);
    merge.checkSame(Order.SYMBOL);
    merge.checkSame(Order.SIDE);
    Order.Builder all = own.toBuilder();
    for (Field<Order, ?> field : Order.FIELDS.fields()) {
      merge.take(field, all);
    }
    merge.takeMore(all);
    return all.build();
  }

  private Order merged() {
    checkSame(Order.SYMBOL);
    checkSame(Order.SIDE);
    boolean takesStatus = takesStatus();
    boolean takesAmounts = !isLate() && !fillsLess();
    Order.Builder merged = stored.toBuilder();
    for (Field<Order, ?> field : Order.FIELDS.fields()) {
      boolean taken = !GIVEN.contains(field);
      if (field == Order.STATUS) {
        taken = takesStatus;
      } else if (field == Order.TIMESTAMP) {
        taken = takesAmounts || (isFinal() && !isEarlier());
      } else if (AMOUNTS.contains(field)) {
        taken = takesAmounts;
      }
      if (taken) {
        take(field, merged);
      }
    }
    takeMore(merged);
    Order result = merged.build();
    if ((takesAmounts && data.finalVolume() != null) || data.volume() != null) {
      checkNotMore(result);
    }
    return isWhole(result) && statuses.of(result) != FILLED
        ? merged.status(FILLED.toString()).build()
        : result;
  }

  private <T> void take(Field<Order, T> field, Order.Builder merged) {
    if (data.get(field) != null) {
      merged.set(field, data.get(field));
    }
  }

  private void takeMore(Order.Builder merged) {
    for (Map.Entry<String, Object> own : data.more()) {
      if (own.getValue() != null) {
        merged.more(own.getKey(), own.getValue());
      }
    }
  }

  private void checkSame(Field<Order, ?> field) {
    Object before = stored.get(field);
    Object now = data.get(field);
    if (before != null && now != null && !before.equals(now)) {
      throw Failure.CONFLICT.exception(
          field + ": is " + before + " and stays so, got " + InvalidValueException.show("" + now));
    }
  }

  private static void checkNotMore(Order order) {
    if (order.volume() != null
        && order.finalVolume() != null
        && order.finalVolume().compareTo(order.volume().add(ROUNDING)) > 0) {
      throw Failure.CONFLICT.exception(
          "final_volume: must not be above the volume "
              + order.volume().toPlainString()
              + ", got "
              + order.finalVolume().toPlainString());
    }
  }

  private static boolean isWhole(Order order) {
    return order.volume() != null
        && order.volume().signum() > 0
        && order.finalVolume() != null
        && order.finalVolume().compareTo(order.volume()) >= 0;
  }

  private OrderState before() {
    return statuses.of(stored);
  }

  /** What the message's own status means, where it has one. */
  private OrderState now() {
    return statuses.state(
        data.status(),
        data.volume() == null ? stored.volume() : data.volume(),
        data.finalVolume() == null ? stored.finalVolume() : data.finalVolume());
  }

  private boolean isFinal() {
    return data.status() != null && now().isFinal();
  }

  private boolean takesStatus() {
    if (isFinal()) {
      return before() != FILLED || now() == FILLED;
    }
    return !isLate() && !fillsLess() && !(before() == PARTIALLY_FILLED && now() == OPEN);
  }

  /** Whether it is from before what is known. */
  private boolean isLate() {
    if (isFinal()) {
      return false;
    }
    return (before().isFinal() && data.status() != null) || (isEarlier() && !fillsMore());
  }

  private boolean isEarlier() {
    return stored.timestamp() != null
        && data.timestamp() != null
        && data.timestamp().isBefore(stored.timestamp());
  }

  private boolean fillsLess() {
    return stored.finalVolume() != null
        && data.finalVolume() != null
        && data.finalVolume().compareTo(stored.finalVolume()) < 0;
  }

  private boolean fillsMore() {
    BigDecimal before = stored.finalVolume() == null ? BigDecimal.ZERO : stored.finalVolume();
    return data.finalVolume() != null && data.finalVolume().compareTo(before) > 0;
  }
}
