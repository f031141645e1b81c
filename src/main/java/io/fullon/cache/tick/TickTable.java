package io.fullon.cache.tick;

import io.vertx.core.Promise;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The latest ticks that a node knows. Read and changed by all its event loops, without locks. */
final class TickTable {

  private record Key(String exchange, String symbol) {}

  private final ToLongFunction<String> reach;
  private final Consumer<Tick> lost;
  private final Map<String, ExchangeTicks> exchanges = new ConcurrentHashMap<>();
  private final Map<Key, Set<Promise<Tick>>> waiting = new ConcurrentHashMap<>();

  /**
   * @param reach the subscription's for an exchange, 0 while messages of it are missed
   * @param lost is told, on any thread, of ticks that Redis has answered and that are not heard of
   */
  TickTable(ToLongFunction<String> reach, Consumer<Tick> lost) {
    this.reach = reach;
    this.lost = lost;
  }

  /** Puts the next state in the place of the present one, atomically. */
  ExchangeTicks.Change change(String exchange, String symbol, UnaryOperator<TickState> next) {
    return step(exchange, symbol, ticks -> ticks.change(symbol, next));
  }

  /** Redis answered a write of this node: a numbered tick. */
  ExchangeTicks.Change answered(Tick tick) {
    return step(tick.exchange(), tick.symbol(), ticks -> ticks.answered(tick));
  }

  private ExchangeTicks.Change step(
      String exchange, String symbol, Function<ExchangeTicks, ExchangeTicks.Change> step) {
    ExchangeTicks ticks = exchange(exchange);
    ExchangeTicks.Change change = step.apply(ticks);
    while (ticks.isForgotten()) {
      // Perhaps just when it was found empty.
      ExchangeTicks present = exchanges.putIfAbsent(exchange, ticks);
      if (present == null || present == ticks) {
        break;
      }
      ticks = present;
      change = step.apply(ticks);
    }
    Tick latest = change.after().latest();
    if (latest != null && !latest.equals(change.before().latest())) {
      wake(new Key(exchange, symbol), latest);
    }
    return change;
  }

  /** The state of a ticker now. */
  TickState state(String exchange, String symbol) {
    ExchangeTicks ticks = exchanges.get(exchange);
    return ticks == null ? TickState.UNKNOWN : ticks.state(symbol);
  }

  /** What is known of the exchange of which there is news. */
  ExchangeTicks exchange(String name) {
    return exchange(name, true);
  }

  /** There is the exchange; it is not live before it has been compared. */
  void found(String name) {
    exchange(name, false);
  }

  private ExchangeTicks exchange(String name, boolean isNew) {
    ExchangeTicks known = exchanges.get(name);
    return known != null
        ? known
        : exchanges.computeIfAbsent(
            name, added -> new ExchangeTicks(added, reach.applyAsLong(added), isNew, lost));
  }

  /** The same, or null when there is none. */
  ExchangeTicks find(String name) {
    return exchanges.get(name);
  }

  /** Forgets an exchange without tickers. */
  void forget(ExchangeTicks exchange) {
    exchange.forget();
    exchanges.computeIfPresent(
        exchange.name(), (name, present) -> present.isEmpty() ? null : present);
  }

  List<ExchangeTicks> exchanges() {
    return List.copyOf(exchanges.values());
  }

  /** The latest tick, or null. */
  Tick latest(String exchange, String symbol) {
    ExchangeTicks ticks = exchanges.get(exchange);
    return ticks == null ? null : ticks.latest(symbol);
  }

  /** The latest tick of the symbol over these exchanges, or null. */
  static Tick latestOfAny(Collection<ExchangeTicks> exchanges, String symbol) {
    return exchanges.stream()
        .map(exchange -> exchange.latest(symbol))
        .filter(Objects::nonNull)
        .max(Comparator.comparing(Tick::time).thenComparing(Tick::exchange))
        .orElse(null);
  }

  /** What was published last of every ticker. */
  Stream<Tick> published() {
    return exchanges.values().stream().flatMap(ExchangeTicks::published);
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
}
