package io.fullon.cache.tick;

import io.fullon.cache.value.Names;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a node knows of one exchange: its tickers, and whether all that is published of them
 * arrives. Read and changed on all of the node's event loops, without locks; {@link #missed},
 * {@link #lost}, {@link #doubt} and {@link #compared} are called on the node's own only.
 */
final class ExchangeTicks {

  private static final long LIVE = -1;

  /** One change of one ticker's state. */
  record Change(TickState before, TickState after) {

    /** Whether it changes what is published. */
    boolean mustBePublished() {
      return !Objects.equals(before.published(), after.published());
    }
  }

  private final String name;
  private final Map<String, TickState> states = new ConcurrentHashMap<>();
  private final Unheard unheard;
  private final AtomicInteger count = new AtomicInteger();

  /** That of the subscription by which the tickers are followed. */
  private volatile long reach;

  /** Another one after each gap in what is heard, and when Redis has lost its data. */
  private final AtomicLong era = new AtomicLong();

  private volatile long staleSince;

  private volatile boolean forgotten;

  /** What the last comparison found. */
  private Seen seen = Seen.NOTHING;

  /**
   * What a comparison found in Redis.
   *
   * @param version by which each script that changes something tells so
   * @param count how many tickers there were
   * @param sinceThorough how many comparisons there have been since all was looked at
   * @param garbage fields that are no tickers, and are not known as such either: name → hash code
   */
  record Seen(String version, long count, int sinceThorough, Map<String, Integer> garbage) {

    static final Seen NOTHING = new Seen("", -1, 0, Map.of());
  }

  /** Of known tickers, what there is instead of a tick: symbol → hash code. */
  private final Map<String, Integer> brokenTicks = new HashMap<>();

  /**
   * @param reach the subscription's, 0 while messages are missed
   * @param isNew whether there is nothing of it yet but what is heard from now on
   * @param lost is told of ticks that Redis has answered and that are not heard of
   */
  ExchangeTicks(String name, long reach, boolean isNew, Consumer<Tick> lost) {
    this.name = name;
    this.unheard = new Unheard(lost);
    this.reach = reach;
    this.staleSince = reach != 0 && isNew ? LIVE : System.nanoTime();
  }

  String name() {
    return name;
  }

  // The tickers

  /** Puts the next state in the place of the present one, atomically. */
  Change change(String symbol, UnaryOperator<TickState> next) {
    TickState[] before = new TickState[1];
    TickState after =
        states.compute(
            symbol,
            (key, state) -> {
              TickState known = state == null ? TickState.UNKNOWN : state;
              before[0] = known.at(era.get());
              TickState changed = next.apply(before[0]);
              if (state != null && before[0].era() != known.era()) {
                unheard.missed(symbol);
              } else if (changed.publishedNumber() != before[0].publishedNumber()) {
                unheard.heard(symbol, changed.publishedNumber());
              }
              return changed;
            });
    boolean was = before[0].latest() != null;
    boolean is = after.latest() != null;
    if (is != was) {
      count.addAndGet(is ? 1 : -1);
    }
    return new Change(before[0], after);
  }

  /** Redis answered a write of this node: a tick. Its message tells of it, unless it is lost. */
  Change answered(Tick tick) {
    return change(
        tick.symbol(),
        state -> {
          if (tick.seq() > state.publishedNumber()) {
            unheard.answered(tick);
            if (!isLive()) {
              unheard.missed(tick.symbol());
            }
          }
          return state.answered(tick, tick.seq());
        });
  }

  /** The state of a ticker now, for who will know more and takes it for that before. */
  TickState state(String symbol) {
    TickState state = states.get(symbol);
    return (state == null ? TickState.UNKNOWN : state).at(era.get());
  }

  /** Whether there is news of the ticker, if only that it was deleted. */
  boolean knows(String symbol) {
    return states.containsKey(symbol);
  }

  /** The latest tick, or null. */
  Tick latest(String symbol) {
    TickState state = states.get(symbol);
    return state == null ? null : state.latest();
  }

  /** The latest ticks, by symbol. */
  List<Tick> latest() {
    return states.values().stream()
        .map(TickState::latest)
        .filter(Objects::nonNull)
        .sorted(Comparator.comparing(Tick::symbol, Names.ORDER))
        .collect(Collectors.toList());
  }

  /** What was published last of every ticker. */
  Stream<Tick> published() {
    return states.values().stream().map(TickState::published).filter(Objects::nonNull);
  }

  /** All symbols of which there is news; what comes meanwhile may be among them. */
  Iterator<String> symbols() {
    return states.keySet().iterator();
  }

  boolean isEmpty() {
    return states.isEmpty();
  }

  /** How many tickers are known. */
  int count() {
    return count.get();
  }

  /** From now on whoever changes something looks whether the table still has it. */
  void forget() {
    forgotten = true;
  }

  boolean isForgotten() {
    return forgotten;
  }

  /** Forgets that a ticker was deleted, unless there is news since. */
  void forget(String symbol, TickState deleted) {
    states.computeIfPresent(
        symbol,
        (key, present) -> {
          if (!present.equals(deleted)) {
            return present;
          }
          unheard.forget(key);
          return null;
        });
  }

  Map<String, Integer> brokenTicks() {
    return brokenTicks;
  }

  // Whether all is heard of them

  long reach() {
    return reach;
  }

  boolean isLive() {
    return staleSince == LIVE;
  }

  /** Whether reads may be answered: messages are missed for no longer than that. */
  boolean isReadable(long staleReadsMs) {
    return isFresh(staleSince, staleReadsMs);
  }

  static boolean isFresh(long staleSince, long staleReadsMs) {
    return staleSince == LIVE
        || System.nanoTime() - staleSince < TimeUnit.MILLISECONDS.toNanos(staleReadsMs);
  }

  /**
   * Messages are or were missed.
   *
   * @param newReach that with which it goes on; 0 while it does not
   * @return whether it was live until now
   */
  boolean missed(long newReach) {
    boolean wasLive = isLive();
    if (wasLive) {
      staleSince = System.nanoTime();
    }
    if (newReach != 0) {
      reach = newReach;
      era.incrementAndGet();
    }
    doubt();
    for (String symbol : unheard.symbols()) {
      states.computeIfPresent(
          symbol,
          (key, state) -> {
            unheard.missed(key);
            return state;
          });
    }
    return wasLive;
  }

  long era() {
    return era.get();
  }

  /**
   * Redis has lost its data.
   *
   * @param known the era in which that shows; in a later one it is known already
   * @return whether it is news
   */
  boolean lost(long known) {
    boolean isNews = era.compareAndSet(known, known + 1);
    if (isNews) {
      doubt();
    }
    return isNews;
  }

  /** The next comparison must look at the tickers, whatever the last one has found. */
  void doubt() {
    seen = Seen.NOTHING;
  }

  /**
   * All is as in Redis.
   *
   * @return whether it was not live until now
   */
  boolean compared(Seen found) {
    boolean wasStale = !isLive();
    seen = found;
    staleSince = LIVE;
    return wasStale;
  }

  Seen seen() {
    return seen;
  }
}
