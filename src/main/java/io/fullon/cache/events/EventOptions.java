package io.fullon.cache.events;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section of a service that has nothing else to configure but its events.
 *
 * @param enabled whether the service is deployed
 * @param instances how many verticles share its calls, each with a connection of its own
 * @param events whether this node tells what is stored. Vert.x does not say whether anybody
 *     listens, so that a node where nobody does is told so
 */
public record EventOptions(boolean enabled, int instances, boolean events) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;
  public static final boolean DEFAULT_EVENTS = true;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static EventOptions from(Fields section) {
    EventOptions options =
        new EventOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            section.flag("events", DEFAULT_EVENTS));
    section.refuseUnknown();
    return options;
  }
}
