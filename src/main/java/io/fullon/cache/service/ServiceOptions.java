package io.fullon.cache.service;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section of a service that has nothing else to configure.
 *
 * @param enabled whether the service is deployed
 * @param instances how many verticles share its calls, each with a connection of its own if it
 *     talks to Redis
 */
public record ServiceOptions(boolean enabled, int instances) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static ServiceOptions from(Fields section) {
    ServiceOptions options =
        new ServiceOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES));
    section.refuseUnknown();
    return options;
  }
}
