package io.fullon.cache.orders;

import io.fullon.cache.bus.EventState;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.fullon.cache.fence.Fence;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Orders, and queues of the ids of open ones.
 *
 * <p>A queue gives its ids in the order in which they were pushed. {@link #popOpenOrder} gives each
 * at most once: an id whose answer is lost on the way is gone. {@link #takeOpenOrder} gives each at
 * least once: again and again, until it is acknowledged or was delivered too often.
 *
 * <p>A write with the token of a block is refused with {@link Failure#CONFLICT} when the block is
 * not held with it at that moment; else the token stays in the order. Without one nothing is looked
 * at.
 *
 * <p>An order that is bound to an id of the bot's own is found by either id, in every method.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface OrdersCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.orders";

  /**
   * Where every change of an order is published when it is stored, on the local bus of each node
   * that tells events (configuration {@code orders.events}); body {@link Order}, as it is stored,
   * or {@link OrderRemoval}. In the order in which they were stored.
   */
  String UPDATES = ADDRESS + ".updates";

  /**
   * Where it is published that messages from Redis are missed ({@link EventState#STALE}) or not any
   * more ({@link EventState#LIVE}), body String, on the local bus. The orders that changed in
   * between have been published just before.
   */
  String STATE = ADDRESS + ".state";

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static OrdersCache proxy(Vertx vertx) {
    return TypedClient.of(OrdersCache.class, ADDRESS, vertx);
  }

  /** Where the changes of one exchange's orders are published, as at {@link #UPDATES}. */
  static String updates(String exId) {
    return UPDATES + "." + exId;
  }

  /**
   * Puts an order's id at the end of a queue; pushed twice, it is there twice.
   *
   * @param exOrderId the order's id at the exchange
   * @param localOrderId the queue's name
   * @param block which must be held, else it fails with {@link Failure#CONFLICT}; the id is given
   *     out only if it still was at a moment between the call and its answer, and dropped
   *     otherwise. Null for none
   * @return how many ids wait in the queue now
   */
  Future<Integer> pushOpenOrder(String exOrderId, String localOrderId, @Nullable Fence block);

  /** The same, whoever has a block. */
  default Future<Integer> pushOpenOrder(String exOrderId, String localOrderId) {
    return pushOpenOrder(exOrderId, localOrderId, null);
  }

  /**
   * Takes the oldest id out of a queue, for good.
   *
   * @param timeoutMs how long to wait for one, 0 to 20,000 milliseconds
   * @return the id, or null when there was none in that time
   */
  Future<@Nullable String> popOpenOrder(String localOrderId, long timeoutMs);

  /**
   * Claims the oldest id of a queue. Unless it is acknowledged within the visibility timeout
   * (configuration {@code orders.visibility_timeout_ms}), it is delivered again, before newer ones;
   * after {@code orders.max_deliveries} it goes to the queue {@code <localOrderId>.dead}.
   *
   * @param consumer who claims it, for the logs
   * @param timeoutMs how long to wait for one, 0 to 20,000 milliseconds
   * @return the claim, or null when there was none in that time
   */
  Future<@Nullable OrderClaim> takeOpenOrder(String localOrderId, String consumer, long timeoutMs);

  /**
   * Says that a claimed id was dealt with and must not be delivered again.
   *
   * @param receipt the claim's
   * @return true if it was still claimed by that receipt; false when its time was over, or it was
   *     acknowledged before
   */
  Future<Boolean> ackOpenOrder(String localOrderId, String receipt);

  /**
   * @return how many ids wait in the queue; claimed ones do not count
   */
  Future<Integer> getQueueLength(String localOrderId);

  /**
   * Saves an order in the place of the one that was there, whatever its status. A bound one stays
   * bound.
   *
   * @param exId where the order is; the order's own, if it has one, must be the same
   * @param order must have its {@code ex_order_id}
   * @param token of the block of {@code exId} and the order's symbol, which must be held; null for
   *     none
   */
  Future<Void> saveOrder(String exId, Order order, @Nullable Long token);

  /** The same, whoever has the block. */
  default Future<Void> saveOrder(String exId, Order order) {
    return saveOrder(exId, order, null);
  }

  /**
   * Merges fields into an order; creates the order if there is none. Fields that are absent or null
   * stay as they are, also while others merge at the same time; but where more is filled, what is
   * known of less goes. What the order has come to is not taken back by a message that knows less.
   * Fails with {@link Failure#CONFLICT} when symbol or side would change, or more is filled than
   * ordered.
   *
   * @param data fields as in JSON; {@code ex_id} and {@code ex_order_id}, if there, must be those
   *     of the call
   * @param token of the block of {@code exId} and the order's symbol, which must be held; null for
   *     none
   * @return the merged order
   */
  Future<Order> saveOrderData(String exId, String exOrderId, JsonObject data, @Nullable Long token);

  /** The same, whoever has the block. */
  default Future<Order> saveOrderData(String exId, String exOrderId, JsonObject data) {
    return saveOrderData(exId, exOrderId, data, null);
  }

  /**
   * @return the order, or null when there is none
   */
  Future<@Nullable Order> getOrderStatus(String exId, String exOrderId);

  /**
   * @return the order that the bot calls so, or null when there is none; the last one that says so,
   *     unless the id is bound
   */
  Future<@Nullable Order> getOrderByClientId(String exId, String clientOrderId);

  /**
   * Says under which id the exchange has an order. What was saved under the bot's own id becomes
   * part of it; where both have a field, the exchange's counts. Fails with {@link Failure#CONFLICT}
   * when one of the ids is bound to another one, symbol or side differ, or more is filled than
   * ordered.
   *
   * @param token of the block of {@code exId} and the order's symbol, which must be held; null for
   *     none
   * @return the order, under the exchange's id
   */
  Future<Order> bindOrder(
      String exId, String clientOrderId, String exOrderId, @Nullable Long token);

  /** The same, whoever has the block. */
  default Future<Order> bindOrder(String exId, String clientOrderId, String exOrderId) {
    return bindOrder(exId, clientOrderId, exOrderId, null);
  }

  /**
   * Gives orders by {@code ex_order_id}, a page of them.
   *
   * @param filter null for any; else its fields, each of which may be absent, are {@code symbol},
   *     {@code bot_id}, {@code status} (however spelled), {@code open} (whether the status is not
   *     final), {@code after} (only ids after this one) and {@code max}, 1 to 1,000, which is the
   *     default
   * @return fewer than {@code max} when there are no more
   */
  Future<List<Order>> getOrders(String exId, @Nullable JsonObject filter);

  /** The same, without a filter: the first 1,000. */
  default Future<List<Order>> getOrders(String exId) {
    return getOrders(exId, null);
  }

  /**
   * @param symbol null for any
   * @param botId null for any
   * @return all orders whose status is not final, the oldest first: by the earliest timestamp that
   *     was told, or when they were first saved as open, if that is earlier
   */
  Future<List<Order>> getOpenOrders(String exId, @Nullable String symbol, @Nullable String botId);

  /** The same, of any bot. */
  default Future<List<Order>> getOpenOrders(String exId, @Nullable String symbol) {
    return getOpenOrders(exId, symbol, null);
  }

  /** The same, of any bot and symbol. */
  default Future<List<Order>> getOpenOrders(String exId) {
    return getOpenOrders(exId, null, null);
  }

  /**
   * Waits until an order's status is final.
   *
   * @param timeoutMs how long, 0 to 20,000 milliseconds
   * @return the order, or null when it was not in that time
   */
  Future<@Nullable Order> awaitOrder(String exId, String exOrderId, long timeoutMs);

  /**
   * @param token of the block of {@code exId} and the order's symbol, which must be held; null for
   *     none
   * @return true if there was one
   */
  Future<Boolean> deleteOrder(String exId, String exOrderId, @Nullable Long token);

  /** The same, whoever has the block. */
  default Future<Boolean> deleteOrder(String exId, String exOrderId) {
    return deleteOrder(exId, exOrderId, null);
  }
}
