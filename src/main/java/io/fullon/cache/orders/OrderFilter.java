package io.fullon.cache.orders;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * Which orders are wanted; what is null does not matter.
 *
 * @param after only those whose ids come after this one
 * @param max how many at most
 */
record OrderFilter(
    Statuses statuses,
    String symbol,
    String botId,
    String status,
    Boolean open,
    String after,
    int max) {

  private static final int MAX_STATUS = 128;
  private static final int MAX_MAX = 1_000;

  /**
   * @throws InvalidValueException naming a field that is unknown or does not fit
   */
  static OrderFilter read(Fields fields, Statuses statuses) {
    OrderFilter filter =
        new OrderFilter(
            statuses,
            fields.has("symbol") ? fields.symbol("symbol") : null,
            fields.idOrNull("bot_id"),
            fields.textOrNull("status", MAX_STATUS),
            fields.flagOrNull("open"),
            fields.idOrNull("after"),
            (int) fields.integer("max", 1, MAX_MAX, MAX_MAX));
    fields.refuseUnknown();
    return filter;
  }

  /** All that are open. */
  static OrderFilter open(Statuses statuses, String symbol, String botId) {
    return new OrderFilter(statuses, symbol, botId, null, true, null, Integer.MAX_VALUE);
  }

  boolean matches(Order order) {
    return (symbol == null || symbol.equals(order.symbol()))
        && (botId == null || botId.equals(order.botId()))
        && (open == null || open != statuses.of(order).isFinal())
        && (status == null || statuses.matches(status, order));
  }
}
