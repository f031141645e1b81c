package io.fullon.cache.flow;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

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
   * Records the trade that filled an order in the list of its symbol, and counts it in the
   * account's position. Each happens once, however often this is called and wherever a process dies
   * in between, as long as fills are remembered (configuration {@code fills.remember_ms}): call it
   * again until it succeeds.
   *
   * @param exId the exchange where the order is, which is also that of the trade's list
   * @param accountId the number of the account whose position it is
   * @return what is recorded now. Fails with {@link Failure#CONFLICT} when there is no such order,
   *     it is not {@code filled}, or it lacks its symbol, side, final volume or fill price; also,
   *     with the trade recorded, when the position cannot take it, because its entry price is not
   *     known or its size would have too many digits. After {@link Failure#TIMEOUT} a part may be
   *     done
   */
  Future<Settlement> settleOrder(String exId, String exOrderId, int accountId);
}
