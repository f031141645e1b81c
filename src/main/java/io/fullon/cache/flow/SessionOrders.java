package io.fullon.cache.flow;

import io.fullon.cache.bot.Block;
import io.fullon.cache.fence.Fence;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderClaim;
import io.fullon.cache.orders.OrdersCache;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Orders whose every write carries the token of one block. */
final class SessionOrders implements OrdersCache {

  private final OrdersCache orders;
  private final Fence fence;

  SessionOrders(OrdersCache orders, Block block) {
    this.orders = orders;
    this.fence = new Fence(block.exchange(), block.symbol(), block.token());
  }

  @Override
  public Future<Integer> pushOpenOrder(String exOrderId, String localOrderId, Fence block) {
    return orders.pushOpenOrder(exOrderId, localOrderId, fence);
  }

  @Override
  public Future<Void> saveOrder(String exId, Order order, Long token) {
    return orders.saveOrder(exId, order, fence.token());
  }

  @Override
  public Future<Order> saveOrderData(String exId, String exOrderId, JsonObject data, Long token) {
    return orders.saveOrderData(exId, exOrderId, data, fence.token());
  }

  @Override
  public Future<Order> bindOrder(String exId, String clientOrderId, String exOrderId, Long token) {
    return orders.bindOrder(exId, clientOrderId, exOrderId, fence.token());
  }

  @Override
  public Future<Boolean> deleteOrder(String exId, String exOrderId, Long token) {
    return orders.deleteOrder(exId, exOrderId, fence.token());
  }

  // What writes no order

  @Override
  public Future<String> popOpenOrder(String localOrderId, long timeoutMs) {
    return orders.popOpenOrder(localOrderId, timeoutMs);
  }

  @Override
  public Future<OrderClaim> takeOpenOrder(String localOrderId, String consumer, long timeoutMs) {
    return orders.takeOpenOrder(localOrderId, consumer, timeoutMs);
  }

  @Override
  public Future<Boolean> ackOpenOrder(String localOrderId, String receipt) {
    return orders.ackOpenOrder(localOrderId, receipt);
  }

  @Override
  public Future<Integer> getQueueLength(String localOrderId) {
    return orders.getQueueLength(localOrderId);
  }

  @Override
  public Future<Order> getOrderStatus(String exId, String exOrderId) {
    return orders.getOrderStatus(exId, exOrderId);
  }

  @Override
  public Future<Order> getOrderByClientId(String exId, String clientOrderId) {
    return orders.getOrderByClientId(exId, clientOrderId);
  }

  @Override
  public Future<List<Order>> getOrders(String exId, JsonObject filter) {
    return orders.getOrders(exId, filter);
  }

  @Override
  public Future<List<Order>> getOpenOrders(String exId, String symbol, String botId) {
    return orders.getOpenOrders(exId, symbol, botId);
  }

  @Override
  public Future<Order> awaitOrder(String exId, String exOrderId, long timeoutMs) {
    return orders.awaitOrder(exId, exOrderId, timeoutMs);
  }
}
