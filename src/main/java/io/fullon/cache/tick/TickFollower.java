package io.fullon.cache.tick;

import io.fullon.cache.redis.Subscription;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows what is published in Redis: takes it into the table, tells everybody on this node, and
 * knows of which exchanges messages are missed. Lives on the node's own event loop.
 */
final class TickFollower implements Subscription.Listener {

  /** In characters; what the script that deletes publishes is always shorter. */
  private static final int MAX_REMOVAL = 1 << 17;

  /** How many removals of unknown tickers are kept; the next comparison makes good for the rest. */
  private static final int MAX_UNKNOWN_REMOVED = 100_000;

  private final boolean isOrdered;
  private final TickTable table;
  private final TickKeys keys;
  private final TickReader reader;
  private final TickBus bus;
  private final Runnable missed;

  /** Null until it has been opened. */
  private volatile Subscription subscription;

  private boolean closing;

  /** Whether it was told that no exchange is live. */
  private volatile boolean stale = true;

  private volatile long staleSince = System.nanoTime();

  /**
   * Tickers that were not known when they were removed, while fields are read without their names:
   * what is read of them may be older.
   */
  private final Set<Name> unknownRemoved = new HashSet<>();

  private int readings;

  private record Name(String exchange, String symbol) implements Comparable<Name> {

    // Without an order, equal hash codes would hold up a table.
    @Override
    public int compareTo(Name other) {
      int order = exchange.compareTo(other.exchange);
      return order == 0 ? symbol.compareTo(other.symbol) : order;
    }
  }

  /**
   * @param isOrdered whether the messages of an exchange always come in their order
   * @param missed told when messages were missed, or are not missed any more, or Redis has lost its
   *     data
   */
  TickFollower(
      TickTable table,
      TickKeys keys,
      TickReader reader,
      TickBus bus,
      boolean isOrdered,
      Runnable missed) {
    this.isOrdered = isOrdered;
    this.table = table;
    this.keys = keys;
    this.reader = reader;
    this.bus = bus;
    this.missed = missed;
  }

  /** The channels that it must hear. */
  List<String> channels() {
    return List.of(TickKeys.ALL_CHANNELS, keys.removals());
  }

  void opened(Subscription opened) {
    subscription = opened;
  }

  /** From now on nobody is told of an outage: there is none. */
  void close() {
    closing = true;
  }

  // What it brings

  @Override
  public void message(String channel, String text) {
    if (channel.equals(keys.removals())) {
      try {
        removed(text);
      } catch (InvalidValueException e) {
        reader.skip(channel, "", e);
      }
    } else {
      List<String> names = TickKeys.exchangeAndSymbol(channel);
      try {
        received(reader.read(names.get(0), names.get(1), text));
      } catch (InvalidValueException e) {
        reader.skip(names.get(0), names.get(1), e);
      }
    }
  }

  private void received(Tick tick) {
    ExchangeTicks.Change change =
        tick.seq() == null
            ? table.change(tick.exchange(), tick.symbol(), state -> state.receivedForeign(tick))
            : received(tick.exchange(), tick.symbol(), tick, tick.seq());
    if (change.mustBePublished()) {
      bus.publish(change.after().published());
    }
  }

  /**
   * A smaller number than that of the message before tells that Redis has lost its data; in a
   * Cluster perhaps only that the slot has moved to a server whose messages are faster, which a
   * comparison knows.
   *
   * @param tick null for a deletion
   */
  private ExchangeTicks.Change received(String exchange, String symbol, Tick tick, long number) {
    ExchangeTicks.Change change =
        table.change(exchange, symbol, state -> state.received(tick, number));
    if (number >= change.before().publishedNumber()) {
      return change;
    }
    if (!isOrdered) {
      table.exchange(exchange).doubt();
      missed.run();
      return change;
    }
    if (tick != null && change.before().published() != null) {
      bus.publishRemoval(exchange, List.of(symbol));
    }
    lost(exchange, change.before().era());
    return table.change(exchange, symbol, state -> state.received(tick, number));
  }

  /**
   * Redis has lost its data: what it has now is to be looked at, and may have any number.
   *
   * @param era in which that shows
   */
  void lost(String exchange, long era) {
    ExchangeTicks ticks = table.find(exchange);
    if (ticks != null && ticks.lost(era)) {
      missed.run();
    }
  }

  private void removed(String text) {
    if (text.length() > MAX_REMOVAL) {
      throw new InvalidValueException(
          "removal", "must be at most " + MAX_REMOVAL + " characters", text);
    }
    Fields removal = Json.parse("removal", text);
    String exchange = removal.exchange("exchange");
    Fields symbols = removal.section("symbols");
    ExchangeTicks ticks = table.find(exchange);
    Map<String, Long> known = new HashMap<>();
    for (String symbol : symbols.keys()) {
      if (ticks != null && ticks.knows(symbol)) {
        known.put(symbol, symbols.decimal(symbol).longValue());
      } else if (readings > 0 && unknownRemoved.size() < MAX_UNKNOWN_REMOVED) {
        unknownRemoved.add(new Name(exchange, symbol));
      }
    }
    List<String> gone = new ArrayList<>();
    known.forEach(
        (symbol, number) -> {
          if (received(exchange, symbol, null, number).mustBePublished()) {
            gone.add(symbol);
          }
        });
    bus.publishRemoval(exchange, gone);
  }

  /** Remembers, until {@link #endReading}, which unknown tickers are removed. */
  void beginReading() {
    readings++;
  }

  void endReading() {
    readings--;
    if (readings == 0) {
      unknownRemoved.clear();
    }
  }

  boolean wasRemoved(String exchange, String symbol) {
    return unknownRemoved.contains(new Name(exchange, symbol));
  }

  // Whether all arrives

  /** That of the subscription; 0 while messages of the exchange are missed. On any thread. */
  long reach(String exchange) {
    Subscription present = subscription;
    return present == null ? 0 : present.reach(TickKeys.ticks(exchange));
  }

  /** Whether some exchange is live, or would be if there were one. */
  boolean isLive() {
    return !stale;
  }

  /** Since when that is not so; asked when it is not. */
  long staleSince() {
    return staleSince;
  }

  @Override
  public void reachChanged() {
    List<String> lost = new ArrayList<>();
    for (ExchangeTicks ticks : table.exchanges()) {
      if (look(ticks)) {
        lost.add(ticks.name());
      }
    }
    if (!stale && isAllStale()) {
      becomeStale();
    } else if (!stale) {
      lost.forEach(exchange -> tell(TickCache.STALE, exchange));
    }
    missed.run();
  }

  /**
   * @return whether it was live until now and is not any more
   */
  private boolean look(ExchangeTicks ticks) {
    long reach = reach(ticks.name());
    return reach != ticks.reach() && ticks.missed(reach);
  }

  private boolean isAllStale() {
    List<ExchangeTicks> exchanges = table.exchanges();
    return exchanges.isEmpty()
        ? subscription.reach() == 0
        : exchanges.stream().noneMatch(ExchangeTicks::isLive);
  }

  private void becomeStale() {
    staleSince = System.nanoTime();
    stale = true;
    tell(TickCache.STALE, null);
  }

  /** An exchange is as it is in Redis. */
  void compared(ExchangeTicks ticks, ExchangeTicks.Seen seen) {
    if (ticks.compared(seen) && !stale) {
      tell(TickCache.LIVE, ticks.name());
    }
  }

  /** All exchanges have been compared that are within reach, and some are, or there is none. */
  void allCompared() {
    if (!stale || isAllStale()) {
      return;
    }
    stale = false;
    tell(TickCache.LIVE, null);
    for (ExchangeTicks ticks : table.exchanges()) {
      if (!ticks.isLive()) {
        tell(TickCache.STALE, ticks.name());
      }
    }
  }

  private void tell(String state, String exchange) {
    if (!closing) {
      bus.publishState(state, exchange);
    }
  }
}
