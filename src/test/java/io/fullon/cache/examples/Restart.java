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
import java.util.concurrent.TimeUnit;
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

  private static final int MAX_ASKS = 3;
  private static final int PAGE = 1_000;

  private final Vertx vertx;
  private final OrdersCache orders;
  private final FlowCache flow;
  private final AccountCache accounts;
  private final Exchange exchange;

  public Restart(Vertx vertx, Exchange exchange) {
    this.vertx = vertx;
    orders = OrdersCache.proxy(vertx);
    flow = FlowCache.proxy(vertx);
    accounts = AccountCache.proxy(vertx);
    this.exchange = exchange;
  }

  /** For an exchange that tells single executions. */
  public Future<Void> run() {
    return exchange
        .listen()
        .compose(listening -> settleEnded(null))
        .compose(settled -> orders.getOpenOrders("binance"))
        .compose(open -> each(open, this::update))
        .compose(updated -> synchronize(MAX_ASKS))
        .compose(saved -> each(exchange.kept(), this::report));
  }

  /** What was saved of orders, but not counted, when the program stopped. */
  private Future<Void> settleEnded(String after) {
    JsonObject ended = new JsonObject().put("open", false).put("after", after);
    return orders
        .getOrders("binance", ended)
        .compose(
            page ->
                each(page.stream().filter(Restart::isFilled).toList(), this::settle)
                    .compose(
                        settled ->
                            page.size() < PAGE
                                ? Future.succeededFuture()
                                : settleEnded(page.get(PAGE - 1).exOrderId())));
  }

  private static boolean isFilled(Order order) {
    return order.finalVolume() != null && order.finalVolume().signum() > 0;
  }

  private Future<Void> settle(Order order) {
    return flow.settleOrder("binance", order.exOrderId(), 5).mapEmpty();
  }

  /** It is saved last, since it may end the order: what fails before is found again as open. */
  private Future<Void> update(Order order) {
    String id = order.exOrderId();
    Future<JsonObject> update = exchange.order(id);
    return update
        .compose(told -> exchange.executions(id))
        .compose(executions -> each(executions, this::report))
        .compose(reported -> orders.saveOrderData("binance", id, update.result()))
        .mapEmpty();
  }

  private Future<Void> report(Trade execution) {
    return flow.reportFill("binance", execution.exOrderId(), 5, execution).mapEmpty();
  }

  /** A conflict says that the answer is too old to put on top what was counted since: ask again. */
  private Future<Integer> synchronize(int asks) {
    return exchange
        .positions()
        .compose(answer -> accounts.replacePositions(5, answer.positions(), answer.asOf()))
        .recover(
            cause ->
                asks > 1 && Failure.CONFLICT.matches(cause)
                    ? vertx.timer(1, TimeUnit.SECONDS).compose(v -> synchronize(asks - 1))
                    : Future.failedFuture(cause));
  }

  /**
   * For an exchange that tells orders in sum only: they are settled before the positions come. If
   * an order tells more when it is asked for afterwards, all of it is begun again.
   */
  public Future<Integer> runWithSums() {
    return settleEnded(null)
        .compose(settled -> orders.getOpenOrders("binance"))
        .compose(open -> each(open, this::updateAndSettle))
        .compose(settled -> synchronize(MAX_ASKS));
  }

  private Future<Void> updateAndSettle(Order order) {
    String id = order.exOrderId();
    return exchange
        .order(id)
        .compose(update -> orders.saveOrderData("binance", id, update))
        .compose(saved -> isFilled(saved) ? settle(saved) : Future.succeededFuture());
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
