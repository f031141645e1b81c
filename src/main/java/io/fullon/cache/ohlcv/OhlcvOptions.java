package io.fullon.cache.ohlcv;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The configuration's section {@code ohlcv}.
 *
 * @param enabled whether the service is deployed, and bars are made of ticks
 * @param instances how many verticles share its calls, each with a connection of its own
 * @param symbols of which bars are made, on every exchange; empty for all of which ticks come
 * @param keep how many bars are kept of each market and timeframe
 * @param lateMs how much older than its symbol's newest tick a tick may be that corrects a bar
 * @param leaseMs after how long without a sign of life another node writes the bars, in
 *     milliseconds
 */
public record OhlcvOptions(
    boolean enabled, int instances, Set<String> symbols, int keep, long lateMs, long leaseMs) {

  public static final boolean DEFAULT_ENABLED = true;
  public static final int DEFAULT_INSTANCES = 1;
  public static final Set<String> DEFAULT_SYMBOLS = Set.of();
  public static final int DEFAULT_KEEP = 1_500;
  public static final long DEFAULT_LATE_MS = 60_000;
  public static final long DEFAULT_LEASE_MS = 10_000;

  /** As many as the most that a longer bar consists of, and some. */
  private static final int MIN_KEEP = 10;

  private static final int MAX_KEEP = 10_000;
  private static final int MAX_SYMBOLS = 10_000;
  private static final int MAX_TEXT = 1 << 20;
  private static final long HOUR_MS = 3_600_000;

  public OhlcvOptions {
    symbols = Set.copyOf(symbols);
  }

  /**
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static OhlcvOptions from(Fields section) {
    OhlcvOptions options =
        new OhlcvOptions(
            section.flag("enabled", DEFAULT_ENABLED),
            (int) section.integer("instances", 1, 64, DEFAULT_INSTANCES),
            symbols(section),
            (int) section.integer("keep", MIN_KEEP, MAX_KEEP, DEFAULT_KEEP),
            section.integer("late_ms", 0, HOUR_MS, DEFAULT_LATE_MS),
            section.integer("lease_ms", 100, HOUR_MS, DEFAULT_LEASE_MS));
    section.refuseUnknown();
    return options;
  }

  private static Set<String> symbols(Fields section) {
    if (!section.has("symbols")) {
      return DEFAULT_SYMBOLS;
    }
    List<?> given =
        section.raw("symbols") instanceof String
            ? Arrays.asList(section.text("symbols", MAX_TEXT).split(","))
            : section.list("symbols");
    Set<String> symbols = new LinkedHashSet<>();
    for (Object symbol : given) {
      symbols.add(
          Names.symbol(
              section.name("symbols"), symbol instanceof String text ? text.trim() : symbol));
    }
    if (symbols.size() > MAX_SYMBOLS) {
      throw new InvalidValueException(
          section.name("symbols"), "must be at most " + MAX_SYMBOLS + " symbols", symbols.size());
    }
    return symbols;
  }

  /** Whether bars are made of its ticks. */
  public boolean has(String symbol) {
    return symbols.isEmpty() || symbols.contains(symbol);
  }
}
