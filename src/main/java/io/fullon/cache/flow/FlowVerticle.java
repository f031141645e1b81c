package io.fullon.cache.flow;

import io.fullon.cache.account.Accounting;
import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.OrderStore;
import io.fullon.cache.orders.OrdersOptions;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceOptions;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;

/**
 * Serves {@link FlowCache} on the event bus, by calls of the caches' services and by steps in
 * accounts and orders; reads the sections {@code fills} and {@code orders} too.
 */
public final class FlowVerticle extends ServiceVerticle {

  public FlowVerticle() {
    super(FlowCache.ADDRESS);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    ServiceOptions.from(config.section("flow"));
    FillOptions fills = FillOptions.from(config.section("fills"));
    OrdersOptions orders = OrdersOptions.from(config.section("orders"));
    Accounting accounting = new Accounting(vertx, link, fills, meters());
    FlowCache flow =
        new ComposedFlow(vertx, accounting, new OrderStore(link, orders), orders.statuses());
    endpoint
        .on("getQuote", call -> flow.getQuote(call.symbol("symbol"), call.exchange("exchange")))
        .on("getValuation", call -> flow.getValuation(exchange(call), account(call)))
        .onConflicting(
            "reportFill",
            call ->
                flow.reportFill(
                    exchange(call),
                    call.id("exOrderId"),
                    account(call),
                    call.object("trade", Trade.class, Trade::read)))
        .onConflicting(
            "settleOrder",
            call ->
                flow.settleOrder(
                    exchange(call),
                    call.id("exOrderId"),
                    account(call),
                    call.timeOrNull("filledAt")));
    return Future.succeededFuture();
  }

  /** An order's ex_id, which may be an integer, and an exchange. */
  private static String exchange(Fields call) {
    return Names.exchange("exId", call.id("exId"));
  }

  private static int account(Fields call) {
    return (int) call.integer("accountId", Integer.MIN_VALUE, Integer.MAX_VALUE);
  }
}
