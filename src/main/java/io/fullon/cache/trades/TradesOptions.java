package io.fullon.cache.trades;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code trades}.
 *
 * @param enabled whether the service is deployed
 * @param instances how many verticles share its calls, each with connections of its own
 * @param maxList how many trades a list holds; the oldest fall off
 * @param maxWaiting how many callers may wait for trades at one verticle; more fail at once
 */
public record TradesOptions(boolean enabled, int instances, int maxList, int maxWaiting) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;
  public static final int DEFAULT_MAX_LIST = 100_000;
  public static final int DEFAULT_MAX_WAITING = 100_000;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static TradesOptions from(Fields section) {
    TradesOptions options =
        new TradesOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            (int) section.integer("max_list", 1, 100_000_000, DEFAULT_MAX_LIST),
            (int) section.integer("max_waiting", 1, 1_000_000, DEFAULT_MAX_WAITING));
    section.refuseUnknown();
    return options;
  }
}
