package io.fullon.cache.ohlcv;

import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Iterator;
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
  private final Map<String, Map<Long, Running>> places = new HashMap<>();

  private boolean isLooking;

  BarPace(Vertx vertx) {
    this.vertx = vertx;
  }

  private static final class Running {

    private long toldNanos;

    /** What tells the latest; null when that was told. */
    private Runnable held;

    private void tell(long now) {
      toldNanos = now;
      Runnable telling = held;
      held = null;
      telling.run();
    }
  }

  /**
   * Tells a bar, at once or later.
   *
   * @param telling does it
   */
  void tell(String place, Bar bar, Runnable telling) {
    long begin = bar.time().getEpochSecond();
    if (bar.isFinal()) {
      places.computeIfPresent(
          place,
          (key, all) -> {
            all.remove(begin);
            return all.isEmpty() ? null : all;
          });
      telling.run();
      return;
    }
    Map<Long, Running> all = places.computeIfAbsent(place, key -> new HashMap<>(2));
    Running running = all.get(begin);
    if (running != null) {
      running.held = telling;
      return;
    }
    running = new Running();
    running.held = telling;
    all.put(begin, running);
    running.tell(System.nanoTime());
    look();
  }

  private void look() {
    if (!isLooking && !places.isEmpty()) {
      isLooking = true;
      vertx.setTimer(
          LOOK_MS,
          timer -> {
            isLooking = false;
            long now = System.nanoTime();
            places.values().forEach(all -> tellDue(all.values().iterator(), now));
            places.values().removeIf(Map::isEmpty);
            look();
          });
    }
  }

  private static void tellDue(Iterator<Running> all, long now) {
    while (all.hasNext()) {
      Running running = all.next();
      if (now - running.toldNanos >= INTERVAL_NANOS) {
        if (running.held == null) {
          all.remove();
        } else {
          running.tell(now);
        }
      }
    }
  }

  /** Tells what is held back there: what is read meanwhile must not be newer than what was told. */
  void catchUp(String place) {
    long now = System.nanoTime();
    for (Running running : places.getOrDefault(place, Map.of()).values()) {
      if (running.held != null) {
        running.tell(now);
      }
    }
  }

  /** Its bars are gone. */
  void forget(String place) {
    places.remove(place);
  }

  void close() {
    places.clear();
  }
}
