package io.fullon.cache.web;

import io.fullon.cache.metrics.Meters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How many were refused that wanted to connect to the feed. */
final class UpgradeMetrics implements AutoCloseable {

  private static final List<Integer> REFUSALS =
      List.of(
          Answer.BAD_REQUEST,
          Answer.UNAUTHORIZED,
          Answer.FORBIDDEN,
          Answer.METHOD_NOT_ALLOWED,
          Answer.UPGRADE_REQUIRED,
          Answer.TOO_MANY_REQUESTS,
          Answer.INTERNAL_ERROR,
          Answer.UNAVAILABLE);

  private final Meters meters = new Meters();
  private final Map<Integer, LongAdder> refused = new HashMap<>();

  UpgradeMetrics() {
    for (Integer status : REFUSALS) {
      refused.put(
          status,
          meters.counter(
              "fullon.cache.feed.refused",
              "Upgrades that were refused, by the status",
              "status",
              status.toString()));
    }
  }

  /** An upgrade was answered. */
  void answered(int status) {
    LongAdder count = refused.get(status);
    if (count != null) {
      count.increment();
    }
  }

  @Override
  public void close() {
    meters.close();
  }
}
