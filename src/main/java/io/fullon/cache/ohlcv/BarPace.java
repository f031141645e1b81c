package io.fullon.cache.ohlcv;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Lets each running bar be told at most four times a second, the latest of what was held back. Used
 * on one event loop.
 */
final class BarPace {

  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** How often it is looked whose interval is over. */
  private static final long LOOK_MS = 25;

  private final Vertx vertx;

  /** Those that were told within the interval, by place and begin. */
  private final Map<String, Map<Long, Told>> places = new HashMap<>();

  /** The same in the order of telling, and some that are no more. */
  private final Deque<Told> told = new ArrayDeque<>();

  private boolean isLooking;

  BarPace(Vertx vertx) {
    this.vertx = vertx;
  }

  /** A running bar was told. */
  private static final class Told {

    private final String place;
    private final long begin;
    private final long nanos = System.nanoTime();

    /** What tells the latest since; null when there is none. */
    private Runnable held;

    private Told(String place, long begin) {
      this.place = place;
      this.begin = begin;
    }
  }

  /**
   * Tells a bar, at once or later.
   *
   * @param telling does it
   */
  void tell(String place, Bar bar, Runnable telling) {
    long begin = bar.time().getEpochSecond();
    Told before = places.getOrDefault(place, Map.of()).get(begin);
    if (bar.isFinal()) {
      if (before != null) {
        remove(before);
      }
      telling.run();
    } else if (before != null) {
      before.held = telling;
    } else {
      tellNow(place, begin, telling);
    }
  }

  private void tellNow(String place, long begin, Runnable telling) {
    Told now = new Told(place, begin);
    places.computeIfAbsent(place, key -> new HashMap<>(2)).put(begin, now);
    told.add(now);
    look();
    telling.run();
  }

  private void remove(Told one) {
    Map<Long, Told> all = places.get(one.place);
    if (all != null && all.remove(one.begin, one) && all.isEmpty()) {
      places.remove(one.place);
    }
  }

  private boolean isThere(Told one) {
    return places.getOrDefault(one.place, Map.of()).get(one.begin) == one;
  }

  private void look() {
    if (!isLooking && !told.isEmpty()) {
      isLooking = true;
      vertx.setTimer(
          LOOK_MS,
          timer -> {
            isLooking = false;
            tellDue(System.nanoTime() - INTERVAL_NANOS);
            look();
          });
    }
  }

  private void tellDue(long untilNanos) {
    while (!told.isEmpty() && told.element().nanos - untilNanos <= 0) {
      Told one = told.remove();
      if (one.held == null) {
        remove(one);
      } else if (isThere(one)) {
        tellNow(one.place, one.begin, one.held);
      }
    }
  }

  /** Tells what is held back there: what is read meanwhile must not be newer than what was told. */
  void catchUp(String place) {
    for (Told one : List.copyOf(places.getOrDefault(place, Map.of()).values())) {
      if (one.held != null) {
        tellNow(place, one.begin, one.held);
      }
    }
  }

  /** Its bars are gone. */
  void forget(String place) {
    places.remove(place);
  }

  void close() {
    places.clear();
    told.clear();
  }
}
