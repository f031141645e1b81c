package io.fullon.cache.tick;

import io.fullon.cache.value.Names;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The latest ticks that a node knows. Read and changed by all its event loops, without locks. */
final class TickTable {

  private record Key(String exchange, String symbol) {}

  /** One change of one ticker's state. */
  record Change(TickState before, TickState after) {

    boolean isPublished() {
      return !Objects.equals(before.published(), after.published());
    }
  }

  private final Map<String, Map<String, TickState>> exchanges = new ConcurrentHashMap<>();
  private final Map<Key, Set<Promise<Tick>>> waiting = new ConcurrentHashMap<>();

  /** Puts the next state in the place of the present one, atomically. */
  Change change(String exchange, String symbol, UnaryOperator<TickState> next) {
    TickState[] before = new TickState[1];
    TickState after =
        exchanges
            .computeIfAbsent(exchange, name -> new ConcurrentHashMap<>())
            .compute(
                symbol,
                (key, state) -> {
                  before[0] = state == null ? TickState.UNKNOWN : state;
                  return next.apply(before[0]);
                });
    if (after.latest() != null && !after.latest().equals(before[0].latest())) {
      wake(new Key(exchange, symbol), after.latest());
    }
    return new Change(before[0], after);
  }

  /** Whether there is news of the ticker, if only that it was deleted. */
  boolean knows(String exchange, String symbol) {
    return states(exchange).containsKey(symbol);
  }

  /** The latest tick, or null. */
  Tick latest(String exchange, String symbol) {
    TickState state = states(exchange).get(symbol);
    return state == null ? null : state.latest();
  }

  /** The latest ticks of an exchange, by symbol. */
  List<Tick> latest(String exchange) {
    return states(exchange).values().stream()
        .map(TickState::latest)
        .filter(Objects::nonNull)
        .sorted(Comparator.comparing(Tick::symbol, Names.ORDER))
        .collect(Collectors.toList());
  }

  /** The latest tick of the symbol over all exchanges, or null. */
  Tick latestOfAny(String symbol) {
    return exchanges.keySet().stream()
        .map(exchange -> latest(exchange, symbol))
        .filter(Objects::nonNull)
        .max(Comparator.comparing(Tick::time).thenComparing(Tick::exchange))
        .orElse(null);
  }

  /** What was published last of every ticker. */
  Stream<Tick> published() {
    return exchanges.values().stream()
        .map(Map::values)
        .flatMap(Collection::stream)
        .map(TickState::published)
        .filter(Objects::nonNull);
  }

  /** How long ago the time of the exchange's newest tick is; NaN when there is none. */
  double ageSeconds(String exchange) {
    return states(exchange).values().stream()
        .map(TickState::latest)
        .filter(Objects::nonNull)
        .map(Tick::time)
        .max(Comparator.naturalOrder())
        .map(newest -> Math.max(0, Duration.between(newest, Instant.now()).toMillis() / 1e3))
        .orElse(Double.NaN);
  }

  boolean hasTicks(String exchange) {
    return states(exchange).values().stream().anyMatch(state -> state.latest() != null);
  }

  Set<String> exchanges() {
    return Set.copyOf(exchanges.keySet());
  }

  /** The states of an exchange at this moment. */
  Map<String, TickState> snapshot(String exchange) {
    // Not Map.copyOf, which equal hash codes hold up.
    return new HashMap<>(states(exchange));
  }

  void forEachKey(BiConsumer<String, String> key) {
    exchanges.forEach(
        (exchange, states) -> states.keySet().forEach(symbol -> key.accept(exchange, symbol)));
  }

  /** Forgets that a ticker was deleted, unless there is news since. */
  void forget(String exchange, String symbol, TickState deleted) {
    states(exchange).remove(symbol, deleted);
  }

  /** Completes the promise with the next tick of the symbol, unless it is taken back before. */
  void await(String exchange, String symbol, Promise<Tick> promise) {
    waiting.compute(
        new Key(exchange, symbol),
        (key, promises) -> {
          Set<Promise<Tick>> all = promises == null ? ConcurrentHashMap.newKeySet() : promises;
          all.add(promise);
          return all;
        });
  }

  void takeBack(String exchange, String symbol, Promise<Tick> promise) {
    waiting.computeIfPresent(
        new Key(exchange, symbol),
        (key, promises) -> {
          promises.remove(promise);
          return promises.isEmpty() ? null : promises;
        });
  }

  private void wake(Key key, Tick tick) {
    if (waiting.isEmpty()) {
      return;
    }
    Set<Promise<Tick>> promises = waiting.remove(key);
    if (promises != null) {
      promises.forEach(promise -> promise.tryComplete(tick));
    }
  }

  private Map<String, TickState> states(String exchange) {
    return exchanges.getOrDefault(exchange, Map.of());
  }
}
