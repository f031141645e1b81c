package io.fullon.cache.web;

import io.fullon.cache.feed.FeedLimits;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.HashMap;
import java.util.Map;

/** Counts the connections of all event loops of one deployment. */
final class Connections implements Shareable {

  private static final String MAP = "fullon.web.connections";

  private final FeedLimits limits;
  private final int mostHttp;
  private final Map<String, Integer> byAddress = new HashMap<>();
  private int open;
  private int all;

  private Connections(FeedLimits limits, int mostHttp) {
    this.limits = limits;
    this.mostHttp = mostHttp;
  }

  /**
   * @param mostHttp how many there may be that are none to the feed
   */
  static Connections of(Vertx vertx, String deployment, FeedLimits limits, int mostHttp) {
    return vertx
        .sharedData()
        .<String, Connections>getLocalMap(MAP)
        .computeIfAbsent(deployment, key -> new Connections(limits, mostHttp));
  }

  static void forget(Vertx vertx, String deployment) {
    vertx.sharedData().getLocalMap(MAP).remove(deployment);
  }

  /**
   * Counts one that was opened; false when there are too many that are none to the feed, as each is
   * at first.
   */
  synchronized boolean open() {
    if (open - all >= mostHttp) {
      return false;
    }
    open++;
    return true;
  }

  /** One that was counted by {@link #open} is over. */
  synchronized void closed() {
    open--;
  }

  /** What became of a connection that wants to be counted as one to the feed. */
  enum Outcome {
    COUNTED,
    TOO_MANY,
    TOO_MANY_OF_ADDRESS
  }

  synchronized Outcome add(String address) {
    int ofAddress = byAddress.getOrDefault(address, 0);
    if (all >= limits.connections()) {
      return Outcome.TOO_MANY;
    }
    if (limits.connectionsPerAddress() > 0 && ofAddress >= limits.connectionsPerAddress()) {
      return Outcome.TOO_MANY_OF_ADDRESS;
    }
    all++;
    byAddress.put(address, ofAddress + 1);
    return Outcome.COUNTED;
  }

  synchronized void remove(String address) {
    all--;
    byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
  }

  synchronized int all() {
    return all;
  }
}
