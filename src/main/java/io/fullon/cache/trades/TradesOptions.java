package io.fullon.cache.trades;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;

/**
 * The configuration's section {@code trades}.
 *
 * @param enabled whether the service is deployed
 * @param instances how many verticles share its calls, each with connections of its own
 * @param maxList how many trades a list holds, claimed ones included
 * @param onFull what becomes of a trade that is one too many
 * @param visibilityTimeoutMs after how long trades that were taken and not acknowledged are
 *     delivered again
 * @param maxWaiting how many callers may wait for trades at one verticle; more fail at once
 * @param events whether this node tells what is stored. Vert.x does not say whether anybody
 *     listens, so that a node where nobody does is told so
 */
public record TradesOptions(
    boolean enabled,
    int instances,
    int maxList,
    OnFull onFull,
    long visibilityTimeoutMs,
    int maxWaiting,
    boolean events) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;
  public static final int DEFAULT_MAX_LIST = 100_000;
  public static final OnFull DEFAULT_ON_FULL = OnFull.DROP;
  public static final long DEFAULT_VISIBILITY_TIMEOUT_MS = 30_000;
  public static final int DEFAULT_MAX_WAITING = 100_000;
  public static final boolean DEFAULT_EVENTS = true;

  private static final long DAY_MS = 86_400_000;
  private static final int MAX_TEXT = 64;

  /** What a full list does. */
  public enum OnFull {
    /** The oldest trades fall off. */
    DROP("drop"),
    /** It takes no more. */
    REFUSE("refuse");

    private final String text;

    OnFull(String text) {
      this.text = text;
    }

    private static OnFull read(Fields section, String key) {
      if (!section.has(key)) {
        return DEFAULT_ON_FULL;
      }
      String given = section.text(key, MAX_TEXT);
      for (OnFull what : values()) {
        if (what.text.equals(given)) {
          return what;
        }
      }
      throw new InvalidValueException(section.name(key), "must be drop or refuse", given);
    }

    /** As the configuration has it. */
    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static TradesOptions from(Fields section) {
    TradesOptions options =
        new TradesOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            (int) section.integer("max_list", 1, 100_000_000, DEFAULT_MAX_LIST),
            OnFull.read(section, "on_full"),
            section.integer("visibility_timeout_ms", 1, DAY_MS, DEFAULT_VISIBILITY_TIMEOUT_MS),
            (int) section.integer("max_waiting", 1, 1_000_000, DEFAULT_MAX_WAITING),
            section.flag("events", DEFAULT_EVENTS));
    section.refuseUnknown();
    return options;
  }
}
