package io.fullon.cache.candles;

import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.redis.Backoff;
import io.fullon.cache.value.Reasons;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The markets with which something cannot be done. Each is tried again after longer and longer
 * pauses, so that those that fail for ever take little of what all have. Each is named once until
 * it works again, but of those that fail for the same reason one a minute.
 */
final class Failing {

  private static final Logger LOG = LoggerFactory.getLogger(Failing.class);

  private static final long FIRST_PAUSE_MS = 250;
  private static final long LONGEST_PAUSE_MS = 5_000;
  private static final long LASTS_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final String done;
  private final LongAdder gauge;
  private final Repeats warnings = new Repeats(System::nanoTime);
  private final Map<Market, Attempts> markets = new HashMap<>();

  /**
   * @param done what cannot be done with its bars
   * @param gauge how many markets there are
   */
  Failing(String done, LongAdder gauge) {
    this.done = done;
    this.gauge = gauge;
  }

  private static final class Attempts {

    final Backoff pauses = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    final long firstNanos;
    long nextNanos;
    boolean isSaid;

    Attempts(long nanos) {
      firstNanos = nanos;
    }
  }

  /**
   * @param nanos now
   */
  void failed(Market market, Throwable cause, long nanos) {
    Attempts attempts = markets.get(market);
    if (attempts == null) {
      attempts = new Attempts(nanos);
      markets.put(market, attempts);
      gauge.increment();
    }
    attempts.nextNanos = nanos + TimeUnit.MILLISECONDS.toNanos(attempts.pauses.nextMs());
    if (!attempts.isSaid) {
      attempts.isSaid = warn(market, Reasons.of(cause));
    }
  }

  private boolean warn(Market market, String reason) {
    return warnings
        .add(reason)
        .map(
            leftOut -> {
              LOG.warn(
                  "{} {}: its bars cannot be {}, and it is tried again: {}{}",
                  market.exchange,
                  market.symbol,
                  done,
                  reason,
                  leftOut);
              return leftOut;
            })
        .isPresent();
  }

  /** It works again, or there is nothing to do. */
  void remove(Market market) {
    if (markets.remove(market) != null) {
      gauge.decrement();
    }
  }

  /** The same for all of which that is true. */
  void removeIf(Predicate<Market> isDone) {
    markets.keySet().stream().filter(isDone).toList().forEach(this::remove);
  }

  boolean has(Market market) {
    return markets.containsKey(market);
  }

  /** Whether it must not be tried yet. */
  boolean rests(Market market, long nanos) {
    Attempts attempts = markets.get(market);
    return attempts != null && attempts.nextNanos - nanos > 0;
  }

  /** Those that may be tried again. */
  List<Market> due(long nanos) {
    return markets.keySet().stream().filter(market -> !rests(market, nanos)).toList();
  }

  /** Those that have failed for so long that they may do so for ever. */
  List<Market> lasting(long nanos) {
    return markets.entrySet().stream()
        .filter(market -> nanos - market.getValue().firstNanos > LASTS_NANOS)
        .map(Map.Entry::getKey)
        .toList();
  }

  List<Market> all() {
    return List.copyOf(markets.keySet());
  }

  void close() {
    all().forEach(this::remove);
  }
}
