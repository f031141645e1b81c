package io.fullon.cache.tick;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.util.List;
import java.util.Set;

/**
 * What was published on this node so far, for somebody who follows what is published from now on:
 * consumers of {@link TickCache#UPDATES}, {@link TickCache#REMOVED} and {@link TickCache#STATE}
 * that were registered before on the same event loop get what comes after the snapshot after it,
 * and nothing else.
 *
 * @param live whether the link to Redis holds
 * @param staleExchanges if it is live, those exchanges that are not
 * @param ticks the latest tick of each ticker
 */
public record TickSnapshot(boolean live, Set<String> staleExchanges, List<Tick> ticks) {

  static final String ADDRESS = "fullon.tick.snapshot";

  /**
   * Asks this node for it.
   *
   * @return the snapshot; fails when no {@link TickVerticle} is deployed on this node, or as {@link
   *     Failure} says
   */
  public static Future<TickSnapshot> request(Vertx vertx) {
    return vertx
        .eventBus()
        .<TickSnapshot>request(ADDRESS, null, new DeliveryOptions().setLocalOnly(true))
        .map(Message::body);
  }
}
