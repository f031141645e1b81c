package io.fullon.cache.candles;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BuiltMinute;
import io.fullon.cache.tick.Tick;
import java.math.BigDecimal;

/**
 * A 1m bar while it is made. Whatever the order in which its ticks come, and however often, it is
 * the same in the end: ticks are in the order of their time, then of their number, then of their
 * coming.
 */
final class Minute {

  private static final long UNNUMBERED = 0;

  private final long begin;
  private final Numbers numbers;

  /** Those of them that count for nothing. */
  private final Numbers repeats;

  /** Null when no tick can change it any more. */
  private Contents contents = new Contents();

  /** Up to when unnumbered ticks are contained that another process counted. */
  private final long countedUntil;

  private int unnumbered;
  private BigDecimal open;
  private BigDecimal high;
  private BigDecimal low;
  private BigDecimal close;
  private long openMicros;
  private long openSeq;
  private long closeMicros;
  private long closeSeq;

  /** Whether there is something to write, be it only the number of a repeat. */
  private boolean changed;

  /** Whether a tick was counted that is in no stored bar for all that is known. */
  private boolean unheard;

  private long changedNanos;

  /**
   * @param begin when it begins, in seconds
   */
  Minute(long begin) {
    this.begin = begin;
    this.numbers = new Numbers();
    this.repeats = new Numbers();
    this.countedUntil = Long.MIN_VALUE;
  }

  /** Goes on with what was stored. */
  Minute(BuiltMinute stored) {
    begin = stored.begin();
    numbers = Numbers.of(stored.seqs());
    repeats = Numbers.of(stored.repeats());
    countedUntil = stored.closeMicros();
    unnumbered = stored.unnumbered();
    open = stored.open();
    high = stored.high();
    low = stored.low();
    close = stored.close();
    openMicros = stored.openMicros();
    openSeq = stored.openSeq();
    closeMicros = stored.closeMicros();
    closeSeq = stored.closeSeq();
  }

  long begin() {
    return begin;
  }

  /** The time of its last tick, in µs. */
  long closeMicros() {
    return closeMicros;
  }

  /**
   * Counts a tick of this minute. Costs some comparisons, and memory for its digest.
   *
   * @param micros its time
   * @param nanos now
   * @return false if it was seen before
   */
  boolean add(Tick tick, long micros, long nanos) {
    long seq = tick.seq() == null ? UNNUMBERED : tick.seq();
    // Also of one that was stored: it may come again with another number.
    boolean isNew = contents.add(tick, micros);
    if (seq == UNNUMBERED ? micros <= countedUntil || !isNew : !numbers.add(seq)) {
      return false;
    }
    changed = true;
    changedNanos = nanos;
    if (!isNew) {
      repeats.add(seq);
      return false;
    }
    if (seq == UNNUMBERED) {
      unnumbered++;
    }
    count(tick.price(), micros, seq);
    unheard = true;
    return true;
  }

  /**
   * Counts what another process has stored and this one has counted without knowing of it. The
   * numbers tell what is in both. Of ticks without one it takes those of the one that has more, as
   * Redis does, unless all came later.
   *
   * @param more what was counted
   */
  void join(Minute more) {
    unnumbered =
        more.openMicros > closeMicros
            ? unnumbered + more.unnumbered
            : Math.max(unnumbered, more.unnumbered);
    numbers.addAll(more.numbers);
    repeats.addAll(more.repeats);
    if (more.contents == null) {
      contents = null;
    } else {
      contents.addAll(more.contents);
    }
    widen(more.high);
    widen(more.low);
    place(more.open, more.openMicros, more.openSeq);
    place(more.close, more.closeMicros, more.closeSeq);
    changed = more.changed;
    unheard = more.unheard;
    changedNanos = more.changedNanos;
  }

  /** No tick can change it any more, so that it need not know which ones it has seen. */
  void finish() {
    contents = null;
  }

  private void count(BigDecimal price, long micros, long seq) {
    widen(price);
    place(price, micros, seq);
  }

  private void widen(BigDecimal price) {
    if (high == null) {
      high = price;
      low = price;
    } else {
      high = isBeyond(price, price.compareTo(high), high) ? price : high;
      low = isBeyond(price, low.compareTo(price), low) ? price : low;
    }
  }

  private void place(BigDecimal price, long micros, long seq) {
    if (open == null || isBefore(micros, seq, openMicros, openSeq)) {
      open = price;
      openMicros = micros;
      openSeq = seq;
    }
    if (close == null || !isBefore(micros, seq, closeMicros, closeSeq)) {
      close = price;
      closeMicros = micros;
      closeSeq = seq;
    }
  }

  /** Of equal prices that with more digits, whichever comes first. */
  private static boolean isBeyond(BigDecimal price, int order, BigDecimal known) {
    return order > 0 || (order == 0 && price.scale() > known.scale());
  }

  private static boolean isBefore(long micros, long seq, long otherMicros, long otherSeq) {
    if (micros != otherMicros) {
      return micros < otherMicros;
    }
    return seq != UNNUMBERED && otherSeq != UNNUMBERED && seq < otherSeq;
  }

  /** Whether who writes has something to write. */
  boolean isChanged() {
    return changed;
  }

  /** The same of what changed last then, or before. */
  boolean isChangedUntil(long nanos) {
    return changed && changedNanos - nanos <= 0;
  }

  /** Whether somebody must still write it. Not for a repeat, of which nobody hears. */
  boolean isUnheard() {
    return unheard;
  }

  /** It could not be written. */
  void change() {
    changed = true;
    unheard = true;
  }

  /** It was written, or nobody needs to. */
  void settle() {
    changed = false;
    unheard = false;
  }

  /** How many it is made of. */
  long ticks() {
    return numbers.count() - repeats.count() + unnumbered;
  }

  /**
   * Whether a stored bar needs nothing of this one: it was brought, or is of as many ticks and the
   * same prices. As many may still be others where this node has missed some, which it sees by the
   * numbers.
   */
  boolean isIn(Bar stored) {
    return stored.ticks() == null
        || (stored.ticks() == ticks()
            && numbers.isOneRange()
            && isSame(stored.open(), open)
            && isSame(stored.high(), high)
            && isSame(stored.low(), low)
            && isSame(stored.close(), close));
  }

  /** With the same digits too. */
  private static boolean isSame(BigDecimal one, BigDecimal other) {
    return one.scale() == other.scale() && one.compareTo(other) == 0;
  }

  BuiltMinute built() {
    return new BuiltMinute(
        begin,
        open,
        high,
        low,
        close,
        openMicros,
        openSeq,
        closeMicros,
        closeSeq,
        unnumbered,
        numbers.ranges(),
        repeats.ranges());
  }
}
