package io.fullon.cache.source;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.Timeframe;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Bars that wait to be stored: final ones, and of running ones the latest of each market and
 * timeframe, which is given out at most four times a second. Memory is bounded by the number of
 * those.
 */
final class BarQueue {

  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** So many final ones wait of a market and timeframe; of more the oldest are left out. */
  private static final int MAX_FINAL = 600;

  /** A market and timeframe. */
  record Place(String symbol, Timeframe timeframe) {}

  /** Bars of one place. */
  record Batch(Place place, List<Bar> bars) {}

  private final Map<Place, TreeMap<Instant, Bar>> finals = new LinkedHashMap<>();
  private final Map<Place, Bar> running = new LinkedHashMap<>();

  /** When a running one was given out, as nanoTime. */
  private final Map<Place, Long> givenAt = new HashMap<>();

  void add(Bar bar) {
    Place place = new Place(bar.symbol(), bar.timeframe());
    Bar runs = running.get(place);
    if (bar.isFinal()) {
      if (runs != null && !runs.time().isAfter(bar.time())) {
        running.remove(place);
      }
      TreeMap<Instant, Bar> all = finals.computeIfAbsent(place, key -> new TreeMap<>());
      all.put(bar.time(), bar);
      if (all.size() > MAX_FINAL) {
        all.pollFirstEntry();
      }
    } else if (runs == null || !runs.time().isAfter(bar.time())) {
      running.put(place, bar);
    }
  }

  /** Puts back what could not be stored, unless something newer has come since. */
  void putBack(Batch batch) {
    for (Bar bar : batch.bars) {
      if (bar.isFinal()) {
        Bar newer = finals.getOrDefault(batch.place, new TreeMap<>()).get(bar.time());
        add(newer == null ? bar : newer);
      } else {
        running.putIfAbsent(batch.place, bar);
      }
    }
  }

  /** Takes those of at most so many places that may be stored now, final ones first. */
  List<Batch> take(int max, long now) {
    List<Batch> batches = new ArrayList<>();
    Set<Place> taken = new HashSet<>();
    Iterator<Map.Entry<Place, TreeMap<Instant, Bar>>> over = finals.entrySet().iterator();
    while (over.hasNext() && batches.size() < max) {
      Map.Entry<Place, TreeMap<Instant, Bar>> next = over.next();
      batches.add(new Batch(next.getKey(), List.copyOf(next.getValue().values())));
      taken.add(next.getKey());
      over.remove();
    }
    Iterator<Map.Entry<Place, Bar>> all = running.entrySet().iterator();
    while (all.hasNext() && batches.size() < max) {
      Map.Entry<Place, Bar> next = all.next();
      Long given = givenAt.get(next.getKey());
      // What is final of the place is to be stored before.
      if (!taken.contains(next.getKey()) && (given == null || now - given >= INTERVAL_NANOS)) {
        givenAt.put(next.getKey(), now);
        batches.add(new Batch(next.getKey(), List.of(next.getValue())));
        all.remove();
      }
    }
    return batches;
  }

  /** Forgets the running bar of a place. */
  void forgetRunning(Place place) {
    running.remove(place);
  }

  /** Forgets when those were given out that are not wanted any more. */
  void retain(Set<Place> places) {
    givenAt.keySet().retainAll(places);
  }

  boolean isEmpty() {
    return finals.isEmpty() && running.isEmpty();
  }
}
