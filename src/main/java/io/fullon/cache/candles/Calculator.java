package io.fullon.cache.candles;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarStore;
import io.fullon.cache.ohlcv.BuiltMinute;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Times;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Makes 1m bars of one market's ticks. Keeps those that a tick may still change and those that
 * nobody has written yet. Knows no clock but that of the ticks.
 */
final class Calculator {

  private static final long MICROS = 1_000_000;
  private static final long NONE = Long.MIN_VALUE;

  private final long lateMicros;
  private final TreeMap<Long, Minute> minutes = new TreeMap<>();

  /** The one that was changed last. */
  private Minute present;

  private long newestMicros = NONE;
  private long latestBegin = NONE;

  /**
   * @param lateMs how much older than the newest tick one may be for whose minute there is a later
   *     bar
   */
  Calculator(long lateMs) {
    this.lateMicros = TimeUnit.MILLISECONDS.toMicros(lateMs);
  }

  /** What became of a tick. */
  enum Outcome {
    COUNTED,
    /** It was counted before. */
    SEEN,
    /** It is too old. */
    LATE
  }

  /** Goes on with what is stored; before the first tick. */
  void goOn(BarStore.Tail stored) {
    stored(stored.latest());
    for (BuiltMinute minute : stored.minutes()) {
      newestMicros = Math.max(newestMicros, minute.closeMicros());
      minutes.put(minute.begin(), new Minute(minute));
    }
  }

  /** A 1m bar is stored that begins then, whoever made it. */
  void stored(long begin) {
    latestBegin = Math.max(latestBegin, begin);
  }

  /**
   * @param nanos now, by which it is known what has waited for long
   */
  Outcome add(Tick tick, long nanos) {
    long micros = Times.micros(tick.time());
    long begin = Timeframe.M1.begin(micros / MICROS);
    if (isLate(begin, micros)) {
      return Outcome.LATE;
    }
    newestMicros = Math.max(newestMicros, micros);
    if (present == null || present.begin() != begin) {
      present = minutes.computeIfAbsent(begin, Minute::new);
    }
    stored(begin);
    return present.add(tick, micros, nanos) ? Outcome.COUNTED : Outcome.SEEN;
  }

  private boolean isLate(long begin, long micros) {
    boolean hasLater = begin < latestBegin;
    return hasLater && newestMicros != NONE && newestMicros - micros > lateMicros;
  }

  /**
   * Takes over what was counted without knowing with what to go on. A minute of which a tick came
   * in time counts with all its ticks.
   *
   * @return how many ticks are too old
   */
  long join(Calculator provisional) {
    long late = 0;
    for (Minute minute : provisional.minutes.values()) {
      Minute stored = minutes.get(minute.begin());
      if (isLate(minute.begin(), minute.closeMicros())) {
        late += minute.ticks();
      } else if (stored == null) {
        minutes.put(minute.begin(), minute);
      } else {
        stored.join(minute);
      }
    }
    stored(provisional.latestBegin);
    newestMicros = Math.max(newestMicros, provisional.newestMicros);
    return late;
  }

  /**
   * Those that nobody has written yet, oldest first; they are settled by that.
   *
   * @param untilNanos when they changed last, or before
   */
  List<Minute> takeChanged(int most, long untilNanos) {
    List<Minute> changed = new ArrayList<>();
    for (Minute minute : minutes.values()) {
      if (minute.isChangedUntil(untilNanos) && changed.size() < most) {
        minute.settle();
        changed.add(minute);
      }
    }
    return changed;
  }

  /** They could not be written, and may have been forgotten since. */
  void giveBack(List<Minute> taken) {
    for (Minute minute : taken) {
      minute.change();
      minutes.put(minute.begin(), minute);
    }
  }

  /**
   * Drops the oldest minutes, written or not.
   *
   * @param most so many are left
   * @return of how many ticks they are
   */
  long drop(int most) {
    long ticks = 0;
    while (minutes.size() > most) {
      ticks += minutes.pollFirstEntry().getValue().ticks();
    }
    return ticks;
  }

  boolean hasChanged() {
    return minutes.values().stream().anyMatch(Minute::isChanged);
  }

  /** Whether somebody should have written by then what is not known to be. */
  boolean hasUnheard(long untilNanos) {
    return minutes.values().stream()
        .anyMatch(minute -> minute.isUnheard() && minute.isChangedUntil(untilNanos));
  }

  /** A 1m bar was stored, by whichever node. */
  void stored(Bar bar) {
    long begin = bar.time().getEpochSecond();
    stored(begin);
    Minute minute = minutes.get(begin);
    if (minute != null && minute.isIn(bar)) {
      minute.settle();
    }
  }

  /**
   * Forgets what no tick can change any more and is written, and of what is not written which ticks
   * it has seen.
   */
  void forget() {
    Iterator<Minute> all = minutes.headMap(latestBegin).values().iterator();
    while (all.hasNext()) {
      Minute minute = all.next();
      long end = (minute.begin() + Timeframe.M1.seconds()) * MICROS;
      if (newestMicros - end > lateMicros) {
        minute.finish();
        if (!minute.isUnheard()) {
          all.remove();
          present = present == minute ? null : present;
        }
      }
    }
  }
}
