package io.fullon.cache.orders;

import io.fullon.cache.bus.LocalCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The typed client; what is called often does not go through JSON when the service is near. */
final class OrdersClient extends OrdersCacheVertxEBProxy {

  private final Vertx vertx;

  OrdersClient(Vertx vertx) {
    super(vertx, ADDRESS);
    this.vertx = vertx;
  }

  @Override
  public Future<Integer> pushOpenOrder(String exOrderId, String localOrderId) {
    return LocalCalls.isServed(vertx, ADDRESS)
        ? LocalCalls.call(
            vertx, ADDRESS, "pushOpenOrder", "exOrderId", exOrderId, "localOrderId", localOrderId)
        : super.pushOpenOrder(exOrderId, localOrderId);
  }

  @Override
  public Future<String> popOpenOrder(String localOrderId, long timeoutMs) {
    return LocalCalls.isServed(vertx, ADDRESS)
        ? LocalCalls.call(
            vertx, ADDRESS, "popOpenOrder", "localOrderId", localOrderId, "timeoutMs", timeoutMs)
        : super.popOpenOrder(localOrderId, timeoutMs);
  }
}
