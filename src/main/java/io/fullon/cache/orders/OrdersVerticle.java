package io.fullon.cache.orders;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;

/** Serves {@link OrdersCache} on the event bus. */
public final class OrdersVerticle extends ServiceVerticle {

  private static final int MAX_RECEIPT = 64;

  public OrdersVerticle() {
    super(OrdersCache.ADDRESS);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    OrdersOptions options = OrdersOptions.from(config.section("orders"));
    return RedisOrdersCache.open(vertx, link, options)
        .onSuccess(
            cache -> {
              closeAtStop(cache::close);
              addMethods(endpoint, cache);
            });
  }

  private static void addMethods(Endpoint endpoint, OrdersCache cache) {
    endpoint
        .on(
            "pushOpenOrder",
            call -> cache.pushOpenOrder(call.id("exOrderId"), call.id("localOrderId")))
        .onWaiting(
            "popOpenOrder",
            call -> cache.popOpenOrder(call.id("localOrderId"), Endpoint.timeoutMs(call)))
        .onWaiting(
            "takeOpenOrder",
            call ->
                cache.takeOpenOrder(
                    call.id("localOrderId"), call.id("consumer"), Endpoint.timeoutMs(call)))
        .on(
            "ackOpenOrder",
            call -> cache.ackOpenOrder(call.id("localOrderId"), call.text("receipt", MAX_RECEIPT)))
        .on("getQueueLength", call -> cache.getQueueLength(call.id("localOrderId")))
        .on(
            "saveOrder",
            call ->
                cache.saveOrder(call.id("exId"), call.object("order", Order.class, Order::read)))
        .on(
            "saveOrderData",
            call -> cache.saveOrderData(call.id("exId"), call.id("exOrderId"), call.json("data")))
        .on("getOrderStatus", call -> cache.getOrderStatus(call.id("exId"), call.id("exOrderId")))
        .on("getOrders", call -> cache.getOrders(call.id("exId")))
        .on("deleteOrder", call -> cache.deleteOrder(call.id("exId"), call.id("exOrderId")));
  }
}
