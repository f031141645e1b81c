package io.fullon.cache.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.shareddata.LocalMap;
import java.util.HashMap;
import java.util.Map;

/**
 * Calls of a service that is deployed on the same node. What they carry is immutable and goes as it
 * is, so that nothing is turned into JSON and back, which costs several times what the call does.
 * Elsewhere the same calls go in JSON.
 */
public final class LocalCalls {

  private static final String SERVED = "fullon.served";

  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions().setCodecName(Arguments.class.getName()).setLocalOnly(true);

  /** A call: its action, and its parameters by name. */
  record Arguments(String action, Map<String, Object> values) {}

  /** What a call has come to, or null. */
  record Result(Object value) {}

  private LocalCalls() {}

  private static LocalMap<String, Integer> served(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SERVED);
  }

  /** From now on one more verticle of this node serves the address. */
  static void opened(Vertx vertx, String address) {
    LocalCodec.register(vertx, Arguments.class);
    served(vertx).merge(address, 1, Integer::sum);
  }

  /** From now on one less does. */
  static void closed(Vertx vertx, String address) {
    served(vertx).computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
  }

  /** Whether the service is deployed on this node. */
  public static boolean isServed(Vertx vertx, String address) {
    return served(vertx).containsKey(address);
  }

  /**
   * Calls a service of this node.
   *
   * @param namesAndValues the parameters, each its name and its immutable value, which may be null
   * @return what the service answers
   */
  @SuppressWarnings("unchecked") // as the service's interface says
  public static <T> Future<T> call(
      Vertx vertx, String address, String action, Object... namesAndValues) {
    Map<String, Object> values = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return vertx
        .eventBus()
        .<Result>request(address, new Arguments(action, values), OPTIONS)
        .map(reply -> (T) reply.body().value());
  }
}
