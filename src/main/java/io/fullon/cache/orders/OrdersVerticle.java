package io.fullon.cache.orders;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.events.Events;
import io.fullon.cache.fence.Fence;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Names;
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
    return RedisOrdersCache.open(vertx, link, options, meters())
        .onSuccess(
            cache -> {
              closeAtStop(cache::close);
              addMethods(endpoint, cache);
            })
        .compose(
            cache ->
                Events.open(
                    vertx,
                    options.events(),
                    link.options(),
                    OrdersCache.ADDRESS,
                    OrderEvents::new,
                    this::closeAtStop));
  }

  private static void addMethods(Endpoint endpoint, OrdersCache cache) {
    endpoint
        .onConflicting(
            "pushOpenOrder",
            call ->
                cache.pushOpenOrder(
                    call.id("exOrderId"),
                    call.id("localOrderId"),
                    call.has("block") ? call.object("block", Fence.class, Fence::read) : null))
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
        .onConflicting(
            "saveOrder",
            call ->
                cache.saveOrder(
                    exId(call), call.object("order", Order.class, Order::read), token(call)))
        .onConflicting(
            "saveOrderData",
            call ->
                cache.saveOrderData(
                    exId(call), call.id("exOrderId"), call.json("data"), token(call)))
        .on("getOrderStatus", call -> cache.getOrderStatus(call.id("exId"), call.id("exOrderId")))
        .on(
            "getOrderByClientId",
            call -> cache.getOrderByClientId(call.id("exId"), call.id("clientOrderId")))
        .onConflicting(
            "bindOrder",
            call ->
                cache.bindOrder(
                    exId(call), call.id("clientOrderId"), call.id("exOrderId"), token(call)))
        .on(
            "getOrders",
            call ->
                cache.getOrders(call.id("exId"), call.has("filter") ? call.json("filter") : null))
        .on(
            "getOpenOrders",
            call ->
                cache.getOpenOrders(
                    call.id("exId"),
                    call.has("symbol") ? call.symbol("symbol") : null,
                    call.idOrNull("botId")))
        .onWaiting(
            "awaitOrder",
            call ->
                cache.awaitOrder(
                    call.id("exId"),
                    call.id("exOrderId"),
                    call.integer("timeoutMs", 0, Endpoint.MAX_TIMEOUT_MS)))
        .onConflicting(
            "deleteOrder",
            call -> cache.deleteOrder(exId(call), call.id("exOrderId"), token(call)));
  }

  /** With a token it is where the block is, which is an exchange's name. */
  private static String exId(Fields call) {
    String exId = call.id("exId");
    return call.has("token") ? Names.exchange(call.name("exId"), exId) : exId;
  }

  private static Long token(Fields call) {
    return call.integerOrNull("token", 0, Long.MAX_VALUE);
  }
}
