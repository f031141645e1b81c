package io.fullon.cache.orders;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
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
 * least once: again and again, until it is acknowledged.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface OrdersCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.orders";

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static OrdersCache proxy(Vertx vertx) {
    return TypedClient.of(OrdersCache.class, ADDRESS, vertx);
  }

  /**
   * Puts an order's id at the end of a queue; pushed twice, it is there twice.
   *
   * @param exOrderId the order's id at the exchange
   * @param localOrderId the queue's name
   * @return how many ids wait in the queue now
   */
  Future<Integer> pushOpenOrder(String exOrderId, String localOrderId);

  /**
   * Takes the oldest id out of a queue, for good.
   *
   * @param timeoutMs how long to wait for one, 0 to 20,000 milliseconds
   * @return the id, or null when there was none in that time
   */
  Future<@Nullable String> popOpenOrder(String localOrderId, long timeoutMs);

  /**
   * Claims the oldest id of a queue. Unless it is acknowledged within the visibility timeout
   * (configuration {@code orders.visibility_timeout_ms}), it is delivered again, before newer ones.
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
   * Saves an order in the place of the one that was there, whatever its status.
   *
   * @param exId where the order is; the order's own, if it has one, must be the same
   * @param order must have its {@code ex_order_id}
   */
  Future<Void> saveOrder(String exId, Order order);

  /**
   * Merges fields into an order; creates the order if there is none. Fields that are absent or null
   * stay as they are, also while others merge at the same time. A status that is final is only
   * replaced by another final one.
   *
   * @param data fields as in JSON; {@code ex_id} and {@code ex_order_id}, if there, must be those
   *     of the call
   * @return the merged order
   */
  Future<Order> saveOrderData(String exId, String exOrderId, JsonObject data);

  /**
   * @return the order, or null when there is none
   */
  Future<@Nullable Order> getOrderStatus(String exId, String exOrderId);

  /**
   * @return all orders there, by {@code ex_order_id}; empty when there is none
   */
  Future<List<Order>> getOrders(String exId);

  /**
   * @return true if there was one
   */
  Future<Boolean> deleteOrder(String exId, String exOrderId);
}
