package io.fullon.cache.fill;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code fills}.
 *
 * @param rememberMs for how long a fill that was counted is not counted again, in milliseconds
 */
public record FillOptions(long rememberMs) {

  public static final long DEFAULT_REMEMBER_MS = 2_592_000_000L;

  private static final long YEAR_MS = 31_536_000_000L;

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static FillOptions from(Fields section) {
    FillOptions options =
        new FillOptions(section.integer("remember_ms", 1, 10 * YEAR_MS, DEFAULT_REMEMBER_MS));
    section.refuseUnknown();
    return options;
  }
}
