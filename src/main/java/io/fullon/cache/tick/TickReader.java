package io.fullon.cache.tick;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads ticks that any program may have written; what is none is skipped, counted and logged. */
final class TickReader {

  private static final Logger LOG = LoggerFactory.getLogger(TickReader.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);

  private final long maxAheadMs;
  private final LongAdder garbage;

  /**
   * @param maxAheadMs how far ahead of now the time of a tick may be
   */
  TickReader(long maxAheadMs, Meters meters) {
    this.maxAheadMs = maxAheadMs;
    this.garbage =
        meters.counter("fullon.cache.ticks.garbage", "Ticks in Redis that are none, skipped");
  }

  /**
   * @throws InvalidValueException saying why it is no tick
   */
  Tick read(String exchange, String symbol, String text) {
    Names.exchange("exchange", exchange);
    Names.symbol("symbol", symbol);
    Tick ours = TickText.read(text, exchange, symbol);
    Tick tick = ours == null ? Tick.read(Json.parseForeign("", text), exchange, symbol) : ours;
    checkNotAhead("time", tick);
    return tick;
  }

  /**
   * @throws InvalidValueException when the tick's time is too far ahead of now, or before 1970
   */
  void checkNotAhead(String field, Tick tick) {
    Times.check(field, tick.time());
    if (tick.time().isAfter(Instant.now().plusMillis(maxAheadMs))) {
      throw new InvalidValueException(
          field,
          "must not be more than " + Duration.ofMillis(maxAheadMs).toSeconds() + " s ahead of now",
          tick.time());
    }
  }

  /**
   * @param symbol may be empty, where all of the exchange is meant
   */
  void skip(String exchange, String symbol, InvalidValueException reason) {
    garbage.increment();
    String name =
        InvalidValueException.shorten(symbol.isEmpty() ? exchange : exchange + " " + symbol);
    SKIPPED
        .add(name + " " + reason.problem())
        .ifPresent(
            leftOut ->
                LOG.warn("Skipped what is no tick: {}: {}{}", name, reason.getMessage(), leftOut));
  }
}
