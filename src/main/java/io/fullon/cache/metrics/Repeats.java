package io.fullon.cache.metrics;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps the log readable when the same thing happens again and again: the first of a kind is said,
 * from then on at most one a minute, and that one says how many were left out. It has no timer:
 * what was left out is told with the next of its kind after the minute, and no earlier. Memory is
 * bounded; what does not find room among {@link #MAX_KINDS} is one kind together. Any thread may
 * call it.
 */
public final class Repeats {

  /** How many kinds are told apart. */
  public static final int MAX_KINDS = 200;

  private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final LongSupplier nanoClock;

  /** In the order in which they were last said. */
  private final Map<String, Kind> kinds = new LinkedHashMap<>();

  private final Kind others = new Kind();

  /**
   * @param nanoClock the time as {@link System#nanoTime} gives it
   */
  public Repeats(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /**
   * What was left out since the kind was last said.
   *
   * @param count how many, the present one not counted
   * @param largest the largest size of these and the present one
   */
  public record LeftOut(long count, long largest) {

    /** The end of the line that is said now; empty when nothing was left out. */
    @Override
    public String toString() {
      return count == 0 ? "" : " (and " + count + " more since the last such line)";
    }
  }

  private static final class Kind {

    private boolean isSaid;
    private long saidNanos;
    private long count;
    private long largest;

    boolean isResting(long now) {
      return isSaid && now - saidNanos < PAUSE_NANOS;
    }

    LeftOut say(long now, long size) {
      LeftOut leftOut = new LeftOut(count, Math.max(largest, size));
      isSaid = true;
      saidNanos = now;
      count = 0;
      largest = 0;
      return leftOut;
    }
  }

  /** The same for what has no size. */
  public Optional<LeftOut> add(String name) {
    return add(name, 0);
  }

  /**
   * Counts one that has happened.
   *
   * @param name what tells its kind from others
   * @param size how large it is
   * @return what belongs to the line that is to be said now; empty when nothing is to be said
   */
  public synchronized Optional<LeftOut> add(String name, long size) {
    long now = nanoClock.getAsLong();
    Kind kind = kinds.get(name);
    if (kind == null) {
      kind = hasRoom(now) ? new Kind() : others;
    }
    if (kind.isResting(now)) {
      kind.count++;
      kind.largest = Math.max(kind.largest, size);
      return Optional.empty();
    }
    if (kind != others) {
      kinds.remove(name);
      kinds.put(name, kind);
    }
    return Optional.of(kind.say(now, size));
  }

  /** Forgets, if need be, the kind that was said first, once its minute is over. */
  private boolean hasRoom(long now) {
    if (kinds.size() < MAX_KINDS) {
      return true;
    }
    Iterator<Kind> eldest = kinds.values().iterator();
    Kind forgotten = eldest.next();
    if (forgotten.isResting(now)) {
      return false;
    }
    eldest.remove();
    others.count += forgotten.count;
    others.largest = Math.max(others.largest, forgotten.largest);
    return true;
  }
}
