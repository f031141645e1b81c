package io.fullon.cache.feed;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickSnapshot;
import io.fullon.cache.value.Names;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** The latest tick of each ticker, by exchange and symbol, and whether they are live. */
final class TickBoard {

  private final LongSupplier nanos;
  private final Pages pages = new Pages();
  private final NavigableMap<String, NavigableMap<String, Ticker>> exchanges = new TreeMap<>();
  private boolean live;

  /** While it is live, the exchanges that are not: in a Cluster their server can be away alone. */
  private final Set<String> away = new HashSet<>();

  /** Changes whenever a ticker appears or goes. */
  private long shape;

  private long recoveries;

  TickBoard(LongSupplier nanos) {
    this.nanos = nanos;
  }

  Pages pages() {
    return pages;
  }

  boolean isLive() {
    return live;
  }

  /** Whether all that these ask for is. */
  boolean isLive(Subscriptions subscriptions) {
    return live && (away.isEmpty() || subscriptions.isWithout(away));
  }

  void stale() {
    live = false;
  }

  /** Notes that an exchange alone is away or back; gives whether that is new. */
  boolean away(String exchange, boolean isAway) {
    return isAway ? away.add(exchange) : away.remove(exchange);
  }

  EncodedTick update(Tick tick) {
    NavigableMap<String, Ticker> symbols =
        exchanges.computeIfAbsent(tick.exchange(), name -> new TreeMap<>(Names.ORDER));
    Ticker ticker = symbols.get(tick.symbol());
    if (ticker == null) {
      shape++;
      ticker = new Ticker(new TickerKey(tick.exchange(), tick.symbol()), nanos.getAsLong());
      symbols.put(tick.symbol(), ticker);
    }
    return ticker.update(tick);
  }

  /** Null when there is none. */
  Ticker get(TickerKey key) {
    return get(key.exchange(), key.symbol());
  }

  private Ticker get(String exchange, String symbol) {
    Map<String, Ticker> symbols = exchanges.get(exchange);
    return symbols == null ? null : symbols.get(symbol);
  }

  /** Gives the ticker that is gone then; null when there was none. */
  Ticker remove(TickerKey key) {
    Map<String, Ticker> symbols = exchanges.get(key.exchange());
    Ticker ticker = symbols == null ? null : symbols.remove(key.symbol());
    if (ticker != null) {
      shape++;
      ticker.end();
      if (symbols.isEmpty()) {
        exchanges.remove(key.exchange());
      }
    }
    return ticker;
  }

  /**
   * Begins to take over what the node has, which is much where all has changed: so it is done in
   * steps. Nothing else may change the board meanwhile; a takeover that is given up has changed
   * nothing.
   */
  Takeover takeOver(TickSnapshot snapshot) {
    return new Takeover(snapshot);
  }

  /** On its way from what is there to what the node has. */
  final class Takeover {

    /** So many ticks take about a millisecond. */
    private static final int STEP = 1_000;

    private record Change(Ticker ticker, Tick tick) {}

    private final TickSnapshot snapshot;
    private final Iterator<Tick> ticks;
    private final List<Ticker> seen = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Tick> added = new ArrayList<>();

    private Takeover(TickSnapshot snapshot) {
      this.snapshot = snapshot;
      this.ticks = snapshot.ticks().iterator();
    }

    /** Looks at some of the ticks; gives whether more are left. */
    boolean goOn() {
      for (int i = 0; i < STEP && ticks.hasNext(); i++) {
        look(ticks.next());
      }
      return ticks.hasNext();
    }

    private void look(Tick tick) {
      Ticker ticker = get(tick.exchange(), tick.symbol());
      if (ticker == null || tick.precedes(ticker.latest().tick())) {
        added.add(tick);
        return;
      }
      seen.add(ticker);
      if (!tick.equals(ticker.latest().tick())) {
        changes.add(new Change(ticker, tick));
      }
    }

    /** Takes over what was looked at, and is live; gives what is different from before. */
    Recovery end() {
      live = true;
      away.clear();
      away.addAll(snapshot.staleExchanges());
      long recovery = ++recoveries;
      seen.forEach(ticker -> ticker.seenIn(recovery));
      changes.forEach(change -> change.ticker.update(change.tick).ticker().changedIn(recovery));
      List<Ticker> gone = new ArrayList<>();
      scan(Scope.ALL, Scope.BEGIN, ticker -> ticker.wasSeenIn(recovery) || gone.add(ticker));
      gone.forEach(ticker -> remove(ticker.key()));
      added.forEach(tick -> update(tick).ticker().changedIn(recovery));
      List<Ticker> changed = new ArrayList<>();
      scan(Scope.ALL, Scope.BEGIN, ticker -> ticker.recovery() != recovery || changed.add(ticker));
      return new Recovery(recovery, nanos.getAsLong(), gone, changed);
    }
  }

  /**
   * The latest ticks in a scope, as many as a frame takes. Those of whole exchanges are kept for
   * who asks for the same.
   */
  Page page(Scope scope, TickerKey from) {
    return scope.isWhole()
        ? pages.get(scope, from, page -> page.isOf(shape), () -> make(scope, from))
        : make(scope, from);
  }

  private Page make(Scope scope, TickerKey from) {
    Page page = new Page(shape);
    scan(scope, from, page::add);
    return page;
  }

  /** Shows the tickers from there on until one is refused. */
  private void scan(Scope scope, TickerKey from, Predicate<Ticker> takes) {
    Map<String, NavigableMap<String, Ticker>> all = exchanges.tailMap(from.exchange(), true);
    if (!scope.exchange().equals(Names.ANY)) {
      NavigableMap<String, Ticker> one = exchanges.get(scope.exchange());
      all = one == null ? Map.of() : Map.of(scope.exchange(), one);
    }
    for (Map.Entry<String, NavigableMap<String, Ticker>> exchange : all.entrySet()) {
      String first = exchange.getKey().equals(from.exchange()) ? from.symbol() : "";
      if (!scope.scan(exchange.getValue(), first, takes)) {
        return;
      }
    }
  }
}
