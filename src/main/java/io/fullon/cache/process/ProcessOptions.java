package io.fullon.cache.process;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code process}.
 *
 * @param enabled whether the service is deployed, and the node registered
 * @param instances how many verticles share its calls, each with a connection of its own
 * @param heartbeatMs how often this node and its sources say that they are alive
 * @param forgetAfterMs for how long a process may say nothing, until it is taken out of the index
 */
public record ProcessOptions(boolean enabled, int instances, long heartbeatMs, long forgetAfterMs) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;
  public static final long DEFAULT_HEARTBEAT_MS = 10_000;
  public static final long DEFAULT_FORGET_AFTER_MS = 1_800_000;

  private static final long HOUR_MS = 3_600_000;
  private static final long DAY_MS = 24 * HOUR_MS;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static ProcessOptions from(Fields section) {
    ProcessOptions options =
        new ProcessOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            section.integer("heartbeat_ms", 10, HOUR_MS, DEFAULT_HEARTBEAT_MS),
            section.integer("forget_after_ms", 1_000, DAY_MS, DEFAULT_FORGET_AFTER_MS));
    section.refuseUnknown();
    return options;
  }
}
