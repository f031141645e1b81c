package io.fullon.cache.candles;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarStore.Ended;
import io.fullon.cache.tick.Tick;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a node has of one market: its calculator, and what must be written. */
final class Market {

  final String exchange;
  final String symbol;

  /** Null until it is read with what it goes on. */
  Calculator calculator;

  /** What came before, as long as it is not much. */
  List<Tick> early = new ArrayList<>();

  /** All that came before, where it is more: counted without what it goes on. Else null. */
  Calculator provisional;

  /** What has ended and must be made final. */
  Set<Ended> ended = new LinkedHashSet<>();

  /** Another one after each deletion. */
  int generation;

  boolean isReading;
  boolean isWriting;

  /** Since when it has no ticker, in ms; {@link Long#MAX_VALUE} while it has one. */
  long goneMs;

  /** When it was written last. */
  long writtenNanos;

  Market(String exchange, String symbol, long writtenNanos, long goneMs) {
    this.exchange = exchange;
    this.symbol = symbol;
    this.writtenNanos = writtenNanos;
    this.goneMs = goneMs;
  }

  /** A 1m bar was stored, by whichever node. */
  void stored(Bar bar) {
    Calculator counting = counting();
    if (counting != null) {
      counting.stored(bar);
    }
  }

  /** The one that counts its ticks now, if there is one. */
  private Calculator counting() {
    return calculator != null ? calculator : provisional;
  }

  /** Forgets what is not needed any more. */
  void forget() {
    Calculator counting = counting();
    if (counting != null) {
      counting.forget();
    }
  }

  /**
   * Drops the oldest of what it has counted.
   *
   * @param most so many minutes are left
   * @return of how many ticks they are
   */
  long drop(int most) {
    Calculator counting = counting();
    return counting == null ? 0 : counting.drop(most);
  }

  /** Whether there is something to write, or it is being written. */
  boolean hasWork() {
    return isWriting || !ended.isEmpty() || (calculator != null && calculator.hasChanged());
  }

  /** Whether ticks had come by then that are in no stored bar for all that is known. */
  boolean hasUnheard(long nanos) {
    return !early.isEmpty()
        || provisional != null
        || (calculator != null && calculator.hasUnheard(nanos));
  }

  /** Whether there has been no ticker since then, and there is nothing to do. */
  boolean isIdleSince(long ms, long nanos) {
    return goneMs <= ms && !isReading && !isWriting && ended.isEmpty() && !hasUnheard(nanos);
  }
}
