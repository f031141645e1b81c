package io.fullon.cache.account;

import io.vertx.core.json.JsonObject;

/**
 * A fill that is counted of two orders, with the same numbers. If both turn out to be one, it is
 * counted twice.
 *
 * @param order the other one
 * @param micros when it happened
 * @param sum what is counted of each
 */
record Twin(String order, String tradeId, long micros, Sum sum) {

  private static final String ORDER = "order";
  private static final String TRADE = "trade";
  private static final String MICROS = "micros";
  private static final String SUM = "sum";

  /** As both orders know it: fees may have come to either later. */
  Twin joined(Twin other) {
    Sum all = new Sum(sum.volume(), sum.cost(), FeeSums.larger(sum.fees(), other.sum.fees()));
    return new Twin(order, tradeId, Math.max(micros, other.micros), all);
  }

  boolean isOf(Twin other) {
    return order.equals(other.order) && tradeId.equals(other.tradeId);
  }

  static Twin read(JsonObject json) {
    return new Twin(
        json.getString(ORDER),
        json.getString(TRADE),
        json.getLong(MICROS),
        Sum.read(json.getJsonObject(SUM)));
  }

  JsonObject toJson() {
    return new JsonObject()
        .put(ORDER, order)
        .put(TRADE, tradeId)
        .put(MICROS, micros)
        .put(SUM, sum.toJson());
  }
}
