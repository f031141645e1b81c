package io.fullon.cache.testing;

import io.fullon.cache.bus.NearCall;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Calls of one action that mention one exchange, held on their way until they are let go. */
public final class HeldMessages implements AutoCloseable {

  private final Vertx vertx;
  private final String action;
  private final String exchange;
  private final Handler<DeliveryContext<Object>> interceptor = this::intercept;
  private final List<DeliveryContext<Object>> held = new ArrayList<>();
  private boolean letGo;

  public HeldMessages(Vertx vertx, String action, String exchange) {
    this.vertx = vertx;
    this.action = action;
    this.exchange = exchange;
    vertx.eventBus().addOutboundInterceptor(interceptor);
  }

  private void intercept(DeliveryContext<Object> delivery) {
    boolean meant =
        action.equals(action(delivery)) && exchange.equals(parameter(delivery, "exchange"));
    if (!meant || !hold(delivery)) {
      delivery.next();
    }
  }

  /** The action of a call on its way, from a client near or far; null when it is none. */
  public static String action(DeliveryContext<Object> delivery) {
    return delivery.body() instanceof NearCall call
        ? call.action()
        : delivery.message().headers().get("action");
  }

  private static Object parameter(DeliveryContext<Object> delivery, String name) {
    if (delivery.body() instanceof NearCall call) {
      return call.get(name);
    }
    return delivery.body() instanceof JsonObject json ? json.getValue(name) : null;
  }

  private synchronized boolean hold(DeliveryContext<Object> delivery) {
    return !letGo && held.add(delivery);
  }

  public synchronized int count() {
    return held.size();
  }

  /** These go on, and later ones are not held. */
  public synchronized void letGo() {
    letGo = true;
    held.forEach(DeliveryContext::next);
    held.clear();
  }

  @Override
  public void close() {
    vertx.eventBus().removeOutboundInterceptor(interceptor);
    letGo();
  }
}
