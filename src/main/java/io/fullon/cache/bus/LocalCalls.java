package io.fullon.cache.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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

  /** Those that serve one address on this node. */
  private record Served(List<Endpoint> endpoints) implements Shareable {}

  private LocalCalls() {}

  private static LocalMap<String, Served> served(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SERVED);
  }

  /** From now on this one serves the address too. */
  static void opened(Vertx vertx, String address, Endpoint endpoint) {
    LocalCodec.register(vertx, Arguments.class);
    served(vertx)
        .merge(
            address,
            new Served(List.of(endpoint)),
            (present, added) ->
                new Served(
                    Stream.concat(present.endpoints.stream(), Stream.of(endpoint)).toList()));
  }

  /** From now on it does not. */
  static void closed(Vertx vertx, String address, Endpoint endpoint) {
    served(vertx)
        .computeIfPresent(
            address,
            (key, present) -> {
              List<Endpoint> left =
                  present.endpoints.stream().filter(other -> other != endpoint).toList();
              return left.isEmpty() ? null : new Served(left);
            });
  }

  /** Whether the service is deployed on this node. */
  public static boolean isServed(Vertx vertx, String address) {
    return served(vertx).containsKey(address);
  }

  /**
   * Calls a service of this node: over the bus, or directly where the service allows that.
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
    Served served = served(vertx).get(address);
    if (served != null && served.endpoints.get(0).isCalledDirectly(action)) {
      return (Future<T>) served.endpoints.get(0).callDirectly(action, values);
    }
    return vertx
        .eventBus()
        .<Result>request(address, new Arguments(action, values), OPTIONS)
        .map(reply -> (T) reply.body().value());
  }
}
