package io.fullon.cache.web;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.HashMap;
import java.util.Map;

/** Counts the connections of all event loops of one deployment. */
final class Connections implements Shareable {

  private static final String MAP = "fullon.web.connections";

  private final FeedLimits limits;
  private final int most;
  private final Map<String, Integer> byAddress = new HashMap<>();
  private int open;
  private int all;

  private Connections(FeedLimits limits, int most) {
    this.limits = limits;
    this.most = most;
  }

  /**
   * @param most how many there may be in all, those to the feed included
   */
  static Connections of(Vertx vertx, String deployment, FeedLimits limits, int most) {
    return vertx
        .sharedData()
        .<String, Connections>getLocalMap(MAP)
        .computeIfAbsent(deployment, key -> new Connections(limits, most));
  }

  static void forget(Vertx vertx, String deployment) {
    vertx.sharedData().getLocalMap(MAP).remove(deployment);
  }

  /** Counts one that was opened, for whatever purpose; false when there are too many. */
  synchronized boolean open() {
    if (open >= most) {
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
