package io.fullon.cache.bus;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.List;
import java.util.stream.Stream;

/** Those that serve one address on this node; there is at least one. */
record Served(List<Endpoint> endpoints) implements Shareable {

  private static final String SHARED = "fullon.served";

  /** By address, what is served on the node. */
  static LocalMap<String, Served> of(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SHARED);
  }

  /** From now on this one serves the address too. */
  static void opened(Vertx vertx, String address, Endpoint endpoint) {
    of(vertx)
        .merge(
            address,
            new Served(List.of(endpoint)),
            (present, added) ->
                new Served(
                    Stream.concat(present.endpoints.stream(), Stream.of(endpoint)).toList()));
  }

  /** From now on it does not. */
  static void closed(Vertx vertx, String address, Endpoint endpoint) {
    of(vertx)
        .computeIfPresent(
            address,
            (key, present) -> {
              List<Endpoint> left =
                  present.endpoints.stream().filter(other -> other != endpoint).toList();
              return left.isEmpty() ? null : new Served(left);
            });
  }

  /** Any of them. */
  Endpoint first() {
    return endpoints.get(0);
  }
}
