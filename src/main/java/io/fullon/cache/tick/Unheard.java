package io.fullon.cache.tick;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Ticks of one exchange that Redis has answered this node and whose messages have not come yet.
 * Messages of one ticker come in the order of their numbers: one that another overtakes was lost.
 * Whoever must know of every tick that was accepted is told of those. While a slot of a Cluster
 * moves, one may be overtaken and come all the same, and is told twice.
 *
 * <p>What is called for one ticker must be called under a lock of that ticker's.
 */
final class Unheard {

  /** So many of a ticker wait; before there are more they are told, which does no harm. */
  private static final int MOST = 1_000;

  private final Map<String, Queue<Tick>> waiting = new ConcurrentHashMap<>();
  private final Consumer<Tick> told;

  /**
   * @param told is told of a tick whose message was lost, or may be; in the order of their numbers
   */
  Unheard(Consumer<Tick> told) {
    this.told = told;
  }

  /** Redis has answered with the number of a tick, and its message has not come. */
  void answered(Tick tick) {
    Queue<Tick> its = waiting.computeIfAbsent(tick.symbol(), symbol -> new ArrayDeque<>());
    its.add(tick);
    if (its.size() > MOST) {
      told.accept(its.remove());
    }
  }

  /** The message with that number has come. */
  void heard(String symbol, long number) {
    Queue<Tick> its = waiting.get(symbol);
    if (its == null) {
      return;
    }
    while (!its.isEmpty() && its.element().seq() <= number) {
      Tick tick = its.remove();
      if (tick.seq() < number) {
        told.accept(tick);
      }
    }
  }

  /** Messages were lost, and nobody knows which. */
  void missed(String symbol) {
    Queue<Tick> its = waiting.get(symbol);
    while (its != null && !its.isEmpty()) {
      told.accept(its.remove());
    }
  }

  /** There is no such ticker any more. */
  void forget(String symbol) {
    missed(symbol);
    waiting.remove(symbol);
  }

  /** Those of which there may be some. */
  Set<String> symbols() {
    return waiting.keySet();
  }
}
