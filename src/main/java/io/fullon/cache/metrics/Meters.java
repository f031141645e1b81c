package io.fullon.cache.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The meters of one part of a node, in Micrometer's global registry until it is closed. Parts that
 * name the same meter share it, also those of several nodes in the process; it goes with the last
 * of them. Tags are keys and values in turn.
 */
public final class Meters implements AutoCloseable {

  private static final Map<Key, Shared> SHARED = new HashMap<>();

  private final Deque<Runnable> releases = new ArrayDeque<>();

  private record Key(String name, Tags tags) {}

  /** A meter in use. */
  private static final class Shared {

    final Meter meter;

    /** What it shows; registries hold it weakly. */
    final Object shown;

    int users;

    Shared(Meter meter, Object shown) {
      this.meter = meter;
      this.shown = shown;
    }
  }

  /** A count that only grows. To add costs a few nanoseconds, on any thread, and no garbage. */
  public LongAdder counter(String name, String description, String... tags) {
    return (LongAdder)
        use(
                name,
                tags,
                LongAdder::new,
                (shown, all) ->
                    FunctionCounter.builder(name, (LongAdder) shown, LongAdder::sum)
                        .description(description)
                        .tags(all)
                        .register(Metrics.globalRegistry))
            .shown;
  }

  /** How many there are now in all parts; each takes away what it has added. */
  public LongAdder gauge(String name, String description, String... tags) {
    return (LongAdder)
        use(
                name,
                tags,
                LongAdder::new,
                (shown, all) ->
                    Gauge.builder(name, (LongAdder) shown, LongAdder::sum)
                        .description(description)
                        .tags(all)
                        .register(Metrics.globalRegistry))
            .shown;
  }

  /**
   * The least of what the parts say when a registry asks, which it does on any thread.
   *
   * @param value NaN where this part has nothing to say
   */
  @SuppressWarnings("unchecked") // it is what was put there
  public void least(
      String name, String unit, String description, DoubleSupplier value, String... tags) {
    Shared shared =
        use(
            name,
            tags,
            CopyOnWriteArrayList::new,
            (shown, all) ->
                Gauge.builder(name, (List<DoubleSupplier>) shown, Meters::least)
                    .baseUnit(unit)
                    .description(description)
                    .tags(all)
                    .register(Metrics.globalRegistry));
    List<DoubleSupplier> values = (List<DoubleSupplier>) shared.shown;
    values.add(value);
    releases.push(() -> values.remove(value));
  }

  private static double least(List<DoubleSupplier> values) {
    return values.stream()
        .mapToDouble(DoubleSupplier::getAsDouble)
        .filter(value -> !Double.isNaN(value))
        .min()
        .orElse(Double.NaN);
  }

  /**
   * How long something takes.
   *
   * @param bounds of the buckets of its histogram
   */
  public Timer timer(String name, String description, List<Duration> bounds, String... tags) {
    return (Timer)
        use(
                name,
                tags,
                () -> null,
                (nothing, all) ->
                    Timer.builder(name)
                        .description(description)
                        .tags(all)
                        .serviceLevelObjectives(bounds.toArray(Duration[]::new))
                        .register(Metrics.globalRegistry))
            .meter;
  }

  private Shared use(
      String name, String[] tags, Supplier<Object> shown, BiFunction<Object, Tags, Meter> meter) {
    Key key = new Key(name, Tags.of(tags));
    synchronized (SHARED) {
      Shared shared = SHARED.get(key);
      if (shared == null) {
        Object fresh = shown.get();
        shared = new Shared(meter.apply(fresh, key.tags), fresh);
        SHARED.put(key, shared);
      }
      shared.users++;
      releases.push(() -> release(key));
      return shared;
    }
  }

  private static void release(Key key) {
    Shared shared = SHARED.get(key);
    shared.users--;
    if (shared.users == 0) {
      SHARED.remove(key);
      Metrics.globalRegistry.remove(shared.meter);
    }
  }

  /** May be called again. */
  @Override
  public void close() {
    synchronized (SHARED) {
      while (!releases.isEmpty()) {
        releases.pop().run();
      }
    }
  }
}
