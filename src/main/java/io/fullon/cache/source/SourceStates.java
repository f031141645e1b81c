package io.fullon.cache.source;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.shareddata.LocalMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How the sources are, as this node (Vert.x instance) knows it: whichever node runs them. Any
 * thread may ask.
 */
public final class SourceStates {

  /**
   * Each change is published here, on this node's bus only: a JSON object with {@code exchange},
   * {@code state}, {@code since} and {@code reason}.
   */
  public static final String ADDRESS = "fullon.source.state";

  private static final String SHARED = "fullon.source.states";

  private SourceStates() {}

  /** All that are known, by exchange. */
  public static List<SourceState> all(Vertx vertx) {
    List<SourceState> states = new ArrayList<>(known(vertx).values());
    states.sort(Comparator.comparing(SourceState::exchange));
    return states;
  }

  /** That of an exchange, if it has a source. */
  public static Optional<SourceState> of(Vertx vertx, String exchange) {
    return Optional.ofNullable(known(vertx).get(exchange));
  }

  private static LocalMap<String, SourceState> known(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SHARED);
  }

  /** Takes what is newer than what is known, and tells everybody on this node. */
  static void learn(Vertx vertx, SourceState state) {
    SourceState[] before = new SourceState[1];
    known(vertx)
        .compute(
            state.exchange(),
            (exchange, present) -> {
              before[0] = present;
              return present == null || present.version() < state.version() ? state : present;
            });
    if (before[0] == null || before[0].version() < state.version()) {
      vertx.eventBus().publish(ADDRESS, state.toJson(), new DeliveryOptions().setLocalOnly(true));
    }
  }

  /** There is no source of that exchange any more. */
  static void forget(Vertx vertx, String exchange) {
    known(vertx).remove(exchange);
  }
}
