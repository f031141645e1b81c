package io.fullon.cache.orders;

import static io.fullon.cache.orders.OrderState.FILLED;
import static io.fullon.cache.orders.OrderState.OPEN;
import static io.fullon.cache.orders.OrderState.PARTIALLY_FILLED;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Fees;
import io.fullon.cache.value.Field;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a message about an order makes of it. Messages come late, twice and in any order, so what an
 * order has come to is never taken back by one that knows less.
 */
final class OrderMerge {

  /** What belongs together as the state of an order, besides its status and its timestamp. */
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

  /** What is not the message's to say. */
  private static final Set<Field<Order, ?>> GIVEN =
      Set.of(Order.EX_ID, Order.EX_ORDER_ID, Order.VERSION);

  /** Exchanges round what they have filled: by a billionth of the volume, at most. */
  private static final int ROUNDING_PLACES = 9;

  private final Statuses statuses;
  private final Order stored;
  private final Order data;
  private final Order.Builder merged;

  private OrderMerge(Statuses statuses, Order stored, Order data) {
    this.statuses = statuses;
    this.stored = stored;
    this.data = data;
    this.merged = stored.toBuilder();
    checkSame(Order.SYMBOL);
    checkSame(Order.SIDE);
  }

  /**
   * @param stored an order with its ids alone where there is none
   * @throws ServiceException 409 when both are not about one order, or more is filled than ordered
   */
  static Order merge(Statuses statuses, Order stored, Order data) {
    return new OrderMerge(statuses, stored, data).message();
  }

  /**
   * What is known of an order under the bot's own id, beneath what is known under the exchange's.
   *
   * @throws ServiceException 409 when both are not about one order, or more is filled than ordered
   */
  static Order bind(Statuses statuses, Order own, Order exchanges) {
    return new OrderMerge(statuses, own, exchanges).all();
  }

  private Order all() {
    Order.FIELDS.fields().forEach(this::take);
    takeFee();
    dropWhatIsOfLess();
    return complete(true);
  }

  private Order message() {
    boolean takesAmounts = !isLate() && !fillsLess();
    for (Field<Order, ?> field : Order.FIELDS.fields()) {
      boolean taken = !GIVEN.contains(field);
      if (field == Order.STATUS) {
        taken = takesStatus();
      } else if (field == Order.TIMESTAMP) {
        taken = takesAmounts || (isFinal() && !isEarlier());
      } else if (AMOUNTS.contains(field)) {
        taken = takesAmounts;
      }
      if (taken) {
        take(field);
      }
    }
    if (takesAmounts) {
      takeFee();
      dropWhatIsOfLess();
    }
    return complete((takesAmounts && data.finalVolume() != null) || data.volume() != null);
  }

  private <T> void take(Field<Order, T> field) {
    if (data.get(field) != null) {
      merged.set(field, data.get(field));
    }
  }

  /** A fee is the entry of its currency. All entries together prevail over it. */
  private void takeFee() {
    String currency = data.feeCurrency() == null ? stored.feeCurrency() : data.feeCurrency();
    if (currency == null) {
      return;
    }
    if (data.fees() != null) {
      if (data.fees().containsKey(currency)) {
        merged.fee(data.fees().get(currency));
      }
      return;
    }
    Map<String, BigDecimal> fees =
        new HashMap<>(Fees.of(stored.fee(), stored.feeCurrency(), stored.fees()));
    fees.remove(Fees.NO_CURRENCY);
    if (data.fee() != null
        && (stored.fees() != null || !Set.of(currency).containsAll(fees.keySet()))) {
      fees.put(currency, data.fee());
      merged.fees(fees);
    }
  }

  /**
   * What is known of a part is not known of more: neither its time, nor its mean where the cost is
   * told, which stands for it, nor its cost where that would stand for the mean.
   */
  private void dropWhatIsOfLess() {
    boolean isOfPart = stored.finalVolume() != null && stored.finalVolume().signum() > 0;
    if (!isOfPart || !fillsMore()) {
      return;
    }
    if (data.filledAt() == null) {
      merged.set(Order.FILLED_AT, null);
    }
    if (data.fillPrice() == null) {
      if (data.cost() != null) {
        merged.set(Order.FILL_PRICE, null);
      } else if (stored.fillPrice() == null) {
        merged.set(Order.COST, null);
      }
    }
  }

  /**
   * @param tellsVolumes whether one of the volumes may be another one now
   */
  private Order complete(boolean tellsVolumes) {
    for (Map.Entry<String, Object> own : data.more()) {
      if (own.getValue() != null) {
        merged.more(own.getKey(), own.getValue());
      }
    }
    Order result = merged.build();
    if (tellsVolumes) {
      checkNotMore(result);
    }
    return isWhole(result) && statuses.of(result) != FILLED
        ? merged.status(FILLED.toString()).build()
        : result;
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
    BigDecimal volume = order.volume();
    BigDecimal filled = order.finalVolume();
    if (volume != null
        && filled != null
        && volume.signum() >= 0
        && filled.compareTo(volume.add(volume.movePointLeft(ROUNDING_PLACES))) > 0) {
      throw Failure.CONFLICT.exception(
          "final_volume: must not be above the volume "
              + volume.toPlainString()
              + ", got "
              + filled.toPlainString());
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
