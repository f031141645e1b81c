package io.fullon.cache.source;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Times;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Makes ticks of quotes: never earlier than the one before of that symbol, and none that says the
 * same.
 */
final class Market {

  private final String exchange;
  private final long maxAheadMs;

  /** By symbol, the last ones. */
  private final Map<String, Tick> previous = new HashMap<>();

  Market(String exchange, long maxAheadMs) {
    this.exchange = exchange;
    this.maxAheadMs = maxAheadMs;
  }

  /** A tick that is stored, perhaps by somebody else. One's own may have a later one already. */
  void stored(Tick tick) {
    Tick known = previous.get(tick.symbol());
    if (known == null || tick.time().isAfter(known.time())) {
      previous.put(tick.symbol(), tick.withSeq(null));
    }
  }

  /** Nothing is stored of the symbol any more. */
  void removed(String symbol) {
    previous.remove(symbol);
  }

  /**
   * @param time the exchange's; null for now
   * @return the tick; null when it would say nothing new, or there is no price yet
   * @throws InvalidValueException when the price is none, or the time is too far ahead
   */
  Tick next(Quote quote, String symbol, Instant time, Instant now) {
    quote.check();
    if (!quote.isComplete()) {
      return null;
    }
    Instant told = time == null ? now : Times.toMicros(time);
    if (told.isAfter(now.plusMillis(maxAheadMs))) {
      throw new InvalidValueException(
          "time", "must be at most " + maxAheadMs + " ms ahead of now", told);
    }
    Tick before = previous.get(symbol);
    boolean isEarlier = before != null && told.isBefore(before.time());
    Tick tick = quote.tick(exchange, symbol, isEarlier ? before.time() : told);
    if (tick.equals(before)) {
      return null;
    }
    previous.put(tick.symbol(), tick);
    return tick;
  }
}
