package io.fullon.cache.orders;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code orders}.
 *
 * @param enabled whether the service is deployed
 * @param instances how many verticles share its calls, each with connections of its own
 * @param visibilityTimeoutMs after how long an order id that was taken and not acknowledged is
 *     delivered again
 * @param keepCancelledMs for how long a cancelled order is kept after it was last saved
 * @param keepFinalMs the same for other final orders
 * @param maxDeliveries after how many deliveries an order id goes to the queue of the dead; 0 for
 *     never
 * @param statuses what the spellings of exchanges mean
 * @param maxWaiting how many callers may wait for order ids at one verticle; more fail at once
 * @param events whether this node tells what is stored. Vert.x does not say whether anybody
 *     listens, so that a node where nobody does is told so
 */
public record OrdersOptions(
    boolean enabled,
    int instances,
    long visibilityTimeoutMs,
    long keepCancelledMs,
    long keepFinalMs,
    int maxDeliveries,
    Statuses statuses,
    int maxWaiting,
    boolean events) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;
  public static final long DEFAULT_VISIBILITY_TIMEOUT_MS = 30_000;
  public static final long DEFAULT_KEEP_CANCELLED_MS = 3_600_000;
  public static final long DEFAULT_KEEP_FINAL_MS = 604_800_000;
  public static final int DEFAULT_MAX_DELIVERIES = 0;
  public static final int DEFAULT_MAX_WAITING = 100_000;
  public static final boolean DEFAULT_EVENTS = true;

  private static final long DAY_MS = 86_400_000;
  private static final long YEAR_MS = 365 * DAY_MS;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static OrdersOptions from(Fields section) {
    OrdersOptions options =
        new OrdersOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            section.integer("visibility_timeout_ms", 1, DAY_MS, DEFAULT_VISIBILITY_TIMEOUT_MS),
            section.integer("keep_cancelled_ms", 1, YEAR_MS, DEFAULT_KEEP_CANCELLED_MS),
            section.integer("keep_final_ms", 1, YEAR_MS, DEFAULT_KEEP_FINAL_MS),
            (int) section.integer("max_deliveries", 0, 1_000_000, DEFAULT_MAX_DELIVERIES),
            Statuses.from(section.section("statuses")),
            (int) section.integer("max_waiting", 1, 1_000_000, DEFAULT_MAX_WAITING),
            section.flag("events", DEFAULT_EVENTS));
    section.refuseUnknown();
    return options;
  }
}
