package io.fullon.cache.examples;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * The order of calls after which an account is right, whatever happened while nobody listened to
 * its exchange. Where one fails, all of it is begun again.
 */
public final class Restart {

  /** The program's connection to its exchange. */
  public interface Exchange {

    /** Begins to keep what the exchange sends. */
    Future<Void> listen();

    /** What an order has come to, as {@code saveOrderData} takes it. */
    Future<JsonObject> order(String exOrderId);

    /** All executions of an order, each with the order's id. */
    Future<List<Trade>> executions(String exOrderId);

    /** All open positions, and when that was so. */
    Future<Snapshot> positions();

    /** The executions that were sent since it listens. */
    List<Trade> kept();
  }

  /** An answer of an exchange. */
  public record Snapshot(List<Position> positions, Instant asOf) {}

  private final OrdersCache orders;
  private final FlowCache flow;
  private final AccountCache accounts;
  private final Exchange exchange;

  public Restart(Vertx vertx, Exchange exchange) {
    orders = OrdersCache.proxy(vertx);
    flow = FlowCache.proxy(vertx);
    accounts = AccountCache.proxy(vertx);
    this.exchange = exchange;
  }

  /** For an exchange that tells single executions. */
  public Future<Void> run() {
    return exchange
        .listen()
        .compose(listening -> orders.getOpenOrders("binance"))
        .compose(open -> each(open, this::update))
        .compose(updated -> synchronize())
        .compose(saved -> each(exchange.kept(), this::report));
  }

  private Future<Void> update(Order order) {
    String id = order.exOrderId();
    return exchange
        .order(id)
        .compose(update -> orders.saveOrderData("binance", id, update))
        .compose(saved -> exchange.executions(id))
        .compose(executions -> each(executions, this::report));
  }

  private Future<Void> report(Trade execution) {
    return flow.reportFill("binance", execution.exOrderId(), 5, execution).mapEmpty();
  }

  /** A conflict says that what was counted since that answer is not kept any more: ask again. */
  private Future<Integer> synchronize() {
    return exchange
        .positions()
        .compose(answer -> accounts.replacePositions(5, answer.positions(), answer.asOf()))
        .recover(
            cause -> Failure.CONFLICT.matches(cause) ? synchronize() : Future.failedFuture(cause));
  }

  /** For an exchange that tells orders in sum only: they are settled before the positions come. */
  public Future<Integer> runWithSums() {
    return orders
        .getOpenOrders("binance")
        .compose(open -> each(open, this::settle))
        .compose(settled -> synchronize());
  }

  private Future<Void> settle(Order order) {
    String id = order.exOrderId();
    return exchange
        .order(id)
        .compose(update -> orders.saveOrderData("binance", id, update))
        .compose(
            saved ->
                saved.finalVolume() == null || saved.finalVolume().signum() == 0
                    ? Future.succeededFuture()
                    : flow.settleOrder("binance", id, 5).mapEmpty());
  }

  /** One after the other. */
  private static <T> Future<Void> each(List<T> all, Function<T, Future<Void>> call) {
    Future<Void> done = Future.succeededFuture();
    for (T one : all) {
      done = done.compose(v -> call.apply(one));
    }
    return done;
  }
}
