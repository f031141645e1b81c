package io.fullon.cache.web;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.HashMap;
import java.util.Map;

/** Counts the connections of all event loops of one deployment. */
final class Connections implements Shareable {

  private final FeedLimits limits;
  private final Map<String, Integer> byAddress = new HashMap<>();
  private int all;

  private Connections(FeedLimits limits) {
    this.limits = limits;
  }

  static Connections of(Vertx vertx, String deployment, FeedLimits limits) {
    return vertx
        .sharedData()
        .<String, Connections>getLocalMap("fullon.web.connections")
        .computeIfAbsent(deployment, key -> new Connections(limits));
  }

  static void forget(Vertx vertx, String deployment) {
    vertx.sharedData().getLocalMap("fullon.web.connections").remove(deployment);
  }

  /** What became of a connection that wants to be counted. */
  enum Answer {
    COUNTED,
    TOO_MANY,
    TOO_MANY_OF_ADDRESS
  }

  synchronized Answer add(String address) {
    int ofAddress = byAddress.getOrDefault(address, 0);
    if (all >= limits.connections()) {
      return Answer.TOO_MANY;
    }
    if (limits.connectionsPerAddress() > 0 && ofAddress >= limits.connectionsPerAddress()) {
      return Answer.TOO_MANY_OF_ADDRESS;
    }
    all++;
    byAddress.put(address, ofAddress + 1);
    return Answer.COUNTED;
  }

  synchronized void remove(String address) {
    all--;
    byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
  }

  synchronized int all() {
    return all;
  }
}
