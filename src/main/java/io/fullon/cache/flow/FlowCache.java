package io.fullon.cache.flow;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.fullon.cache.fill.Trade;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * What takes more than one cache. See also {@link BotSession}.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface FlowCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.flow";

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static FlowCache proxy(Vertx vertx) {
    return TypedClient.of(FlowCache.class, ADDRESS, vertx);
  }

  /**
   * @return a symbol and its price together, or null when one of them is not known
   */
  Future<@Nullable Quote> getQuote(String symbol, String exchange);

  /**
   * Values an account's positions by the latest prices of an exchange.
   *
   * @return {@code positions}, each with {@code mark_price}, {@code mark_age_ms}, {@code notional}
   *     and {@code unrealized_pnl} as far as they can be told, and {@code sums} of the last two by
   *     currency
   */
  Future<JsonObject> getValuation(String exId, int accountId);

  /**
   * Counts one execution of an order, as an exchange tells it, in the account's position, once,
   * puts it into the list of its symbol and tells the order, which is made if there is none. Each
   * happens once, however often this is called and wherever a process dies in between: call it
   * again until it succeeds.
   *
   * @param exId the exchange where the order is, which is also that of the trade's list
   * @param accountId the number of the account whose position it is
   * @param trade its {@code ex_order_id}, if there, must be the call's, its {@code volume} above
   *     zero, its time at most a day ahead of now
   * @return what is recorded now. Fails with {@link Failure#CONFLICT} when the order has another
   *     symbol or side or belongs to another account, and as {@code applyFill} does. After {@link
   *     Failure#TIMEOUT} a part may be done
   */
  Future<ReportedFill> reportFill(String exId, String exOrderId, int accountId, Trade trade);

  /**
   * Counts what of an order is not counted yet, whatever its status, in the account's position, and
   * puts it as one trade into the list of its symbol, at the price at which the order's mean comes
   * out. Each happens once, however often this is called and wherever a process dies in between:
   * call it again until it succeeds.
   *
   * @param exId the exchange where the order is, which is also that of the trade's list
   * @param accountId the number of the account whose position it is
   * @param filledAt when the last of it was filled, at most a day ahead of now; null for the
   *     order's {@code filled_at}
   * @return what is recorded now. Fails with {@link Failure#CONFLICT} when there is no such order,
   *     nothing of it is filled, it has neither fill price nor cost, it is final with less than is
   *     counted, it belongs to another account, when it was filled is not known in an account that
   *     was synchronized, or is far ahead of now; also when the position cannot take it. After
   *     {@link Failure#TIMEOUT} a part may be done
   */
  Future<Settlement> settleOrder(
      String exId, String exOrderId, int accountId, @Nullable Instant filledAt);

  /** The same at the time that the order tells. */
  default Future<Settlement> settleOrder(String exId, String exOrderId, int accountId) {
    return settleOrder(exId, exOrderId, accountId, null);
  }
}
