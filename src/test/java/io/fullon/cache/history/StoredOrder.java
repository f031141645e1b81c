package io.fullon.cache.history;

import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderRules;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * An order, changed by the rules of merges.
 *
 * @param fields what messages said of it; null when there is none
 * @param version the last one that was told, also of an order before that was deleted
 */
public record StoredOrder(Map<String, Object> fields, long version) {

  public static final StoredOrder NONE = new StoredOrder(null, 0);

  private boolean isSeenAs(Order order) {
    return order == null
        ? fields == null
        : OrderRules.fields(order).equals(fields) && order.version() >= version;
  }

  /** saveOrderData of what changes something. */
  public record Merge(JsonObject data, Answer<Order> answer) implements Step<StoredOrder> {

    @Override
    public StoredOrder after(StoredOrder order) {
      Map<String, Object> merged =
          OrderRules.merge(order.fields == null ? Map.of() : order.fields, data);
      StoredOrder after = new StoredOrder(merged, order.version);
      if (!answer.isKnown()) {
        return after;
      }
      long version = answer.value().version();
      return after.isSeenAs(answer.value()) && version > order.version
          ? new StoredOrder(merged, version)
          : null;
    }

    @Override
    public boolean isObservation() {
      return false;
    }
  }

  /** saveOrder. */
  public record Save(Order saved) implements Step<StoredOrder> {

    @Override
    public StoredOrder after(StoredOrder order) {
      return new StoredOrder(OrderRules.fields(saved), order.version);
    }

    @Override
    public boolean isObservation() {
      return false;
    }
  }

  /** getOrderStatus. */
  public record Read(Answer<Order> answer) implements Step<StoredOrder> {

    @Override
    public StoredOrder after(StoredOrder order) {
      if (!answer.isKnown()) {
        return order;
      }
      Order seen = answer.value();
      return !order.isSeenAs(seen)
          ? null
          : new StoredOrder(order.fields, seen == null ? order.version : seen.version());
    }

    @Override
    public boolean isObservation() {
      return true;
    }
  }

  /** deleteOrder. */
  public record Delete(Answer<Boolean> answer) implements Step<StoredOrder> {

    @Override
    public StoredOrder after(StoredOrder order) {
      return answer.mayBe(order.fields != null) ? new StoredOrder(null, order.version) : null;
    }

    @Override
    public boolean isObservation() {
      return answer.is(false);
    }
  }
}
