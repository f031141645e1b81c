package io.fullon.cache.examples;

import static io.fullon.cache.examples.PlainJson.call;

import io.fullon.cache.fill.Side;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;

/** Queues an order, claims it, and acknowledges it when it is filled. */
public final class OrdersExample {

  private OrdersExample() {}

  public static Future<Order> typed(Vertx vertx) {
    OrdersCache orders = OrdersCache.proxy(vertx);
    Order order =
        Order.builder()
            .exOrderId("ORD_1")
            .symbol("BTC/USDT")
            .side(Side.BUY)
            .volume(new BigDecimal("0.1"))
            .status("open")
            .build();
    JsonObject fill =
        new JsonObject()
            .put("status", "filled")
            .put("final_volume", "0.1")
            .put("fill_price", "50000.0");

    return orders
        .saveOrder("binance", order)
        .compose(v -> orders.pushOpenOrder("ORD_1", "LOCAL_1"))
        .compose(length -> orders.takeOpenOrder("LOCAL_1", "bot_1", 1_000))
        .compose(
            claim ->
                orders
                    .saveOrderData("binance", claim.exOrderId(), fill)
                    // Until here it would come again if this process died.
                    .compose(filled -> orders.ackOpenOrder("LOCAL_1", claim.receipt())))
        .compose(acknowledged -> orders.getOrderStatus("binance", "ORD_1"));
  }

  public static Future<JsonObject> plainJson(Vertx vertx) {
    JsonObject order =
        new JsonObject()
            .put("ex_order_id", "ORD_1")
            .put("symbol", "BTC/USDT")
            .put("side", "buy")
            .put("volume", "0.1")
            .put("status", "open");
    JsonObject fill =
        new JsonObject()
            .put("status", "filled")
            .put("final_volume", "0.1")
            .put("fill_price", "50000.0");
    JsonObject which = new JsonObject().put("exId", "binance").put("exOrderId", "ORD_1");
    JsonObject queue = new JsonObject().put("localOrderId", "LOCAL_1");

    JsonObject save = new JsonObject().put("exId", "binance").put("order", order);
    JsonObject push = queue.copy().put("exOrderId", "ORD_1");
    JsonObject take = queue.copy().put("consumer", "bot_1").put("timeoutMs", 1_000);
    return call(vertx, "fullon.orders", "saveOrder", save)
        .compose(v -> call(vertx, "fullon.orders", "pushOpenOrder", push))
        .compose(
            length -> PlainJson.<JsonObject>call(vertx, "fullon.orders", "takeOpenOrder", take))
        .compose(
            claim ->
                call(vertx, "fullon.orders", "saveOrderData", which.copy().put("data", fill))
                    .compose(
                        filled ->
                            call(
                                vertx,
                                "fullon.orders",
                                "ackOpenOrder",
                                queue.copy().put("receipt", claim.getString("receipt")))))
        .compose(acknowledged -> call(vertx, "fullon.orders", "getOrderStatus", which));
  }
}
