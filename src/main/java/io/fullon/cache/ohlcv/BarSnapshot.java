package io.fullon.cache.ohlcv;

import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.events.Events;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.util.List;

/**
 * The latest bars of a market at one moment. Consumers of {@link OhlcvCache#UPDATES} that were
 * registered before on the same event loop have got everything that is older before it, and get
 * what is newer before or after it.
 *
 * @param bars oldest first
 */
public record BarSnapshot(List<Bar> bars) {

  static final String ADDRESS = OhlcvCache.ADDRESS + ".snapshot";

  /** What is asked for. */
  record Wanted(String exchange, String symbol, Timeframe timeframe, int count) {}

  /** Whether an {@link OhlcvVerticle} is deployed on this node. */
  public static boolean isServed(Vertx vertx) {
    return Events.areTold(vertx, OhlcvCache.ADDRESS);
  }

  /**
   * Asks this node for it.
   *
   * @param count how many bars, 1 to {@link OhlcvCache#MAX_BARS}
   * @return the snapshot; fails when no {@link OhlcvVerticle} is deployed on this node, or as
   *     {@link io.fullon.cache.bus.Failure} says, also while messages from Redis are missed
   */
  public static Future<BarSnapshot> request(
      Vertx vertx, String exchange, String symbol, Timeframe timeframe, int count) {
    return vertx
        .eventBus()
        .<BarSnapshot>request(
            ADDRESS,
            new Wanted(exchange, symbol, timeframe, count),
            LocalCodec.register(vertx, Wanted.class))
        .map(Message::body);
  }
}
