package io.fullon.cache.flow;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code flow}.
 *
 * @param enabled whether the service is deployed
 * @param instances how many verticles share its calls
 */
public record FlowOptions(boolean enabled, int instances) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static FlowOptions from(Fields section) {
    FlowOptions options =
        new FlowOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES));
    section.refuseUnknown();
    return options;
  }
}
