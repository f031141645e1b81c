package io.fullon.cache.fill;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code fills}.
 *
 * @param rememberMs for how long a fill that was counted is not counted again, in milliseconds
 * @param rememberOrdersMs for how long what was counted of an order is known, in milliseconds
 * @param replayMs for how long fills are kept, after their time, so that a synchronization that
 *     does not contain them has them on top, in milliseconds
 */
public record FillOptions(long rememberMs, long rememberOrdersMs, long replayMs) {

  public static final long DEFAULT_REMEMBER_MS = 2_592_000_000L;
  public static final long DEFAULT_REMEMBER_ORDERS_MS = 34_560_000_000L;
  public static final long DEFAULT_REPLAY_MS = 600_000;

  private static final long DAY_MS = 86_400_000;
  private static final long YEAR_MS = 31_536_000_000L;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static FillOptions from(Fields section) {
    FillOptions options =
        new FillOptions(
            section.integer("remember_ms", 1, 10 * YEAR_MS, DEFAULT_REMEMBER_MS),
            section.integer("remember_orders_ms", 1, 10 * YEAR_MS, DEFAULT_REMEMBER_ORDERS_MS),
            section.integer("replay_ms", 0, DAY_MS, DEFAULT_REPLAY_MS));
    section.refuseUnknown();
    return options;
  }
}
