package io.fullon.cache.examples;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;

/** Calls services with nothing but the event bus: no class of this project is needed. */
final class PlainJson {

  private PlainJson() {}

  /**
   * @param address the service's, such as {@code fullon.tick}
   * @param action the method
   * @param parameters by their names
   */
  static <T> Future<T> call(Vertx vertx, String address, String action, JsonObject parameters) {
    DeliveryOptions options = new DeliveryOptions().addHeader("action", action);
    return vertx.eventBus().<T>request(address, parameters, options).map(Message::body);
  }
}
