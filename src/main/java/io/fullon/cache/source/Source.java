package io.fullon.cache.source;

import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.source.SourceState.State;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An exchange while this node runs its source: its instruments become symbols, what its connections
 * bring becomes ticks. Lives on one event loop.
 */
final class Source implements VenueConnection.Owner {

  private static final Logger LOG = LoggerFactory.getLogger(Source.class);
  private static final Repeats GARBAGE = new Repeats(System::nanoTime);

  private static final long RETRY_MS = 500;

  /** A ticker has less; a list of all symbols in one frame may have this. */
  private static final int MAX_FRAME = 4 << 20;

  private static final int MAX_CONNECTIONS = 1_000;

  /** So many symbols are named in a reason. */
  private static final int MAX_NAMED = 5;

  private static final String NOT_LISTED = "the exchange does not have it";
  private static final String UNKNOWN = "the list that names it cannot be read yet";

  private final Vertx vertx;
  private final SourceOptions options;
  private final SourceTimes times;
  private final SourceMetrics metrics;
  private final Venue venue;
  private final Runnable changed;
  private final TickWriter ticks;
  private final SymbolWriter symbols;
  private final WebSocketClient client;
  private final Rest rest;
  private final InstrumentList instruments;
  private final Dialer dialer;
  private final Supplier<Pace> paces;
  private final Connections connections;

  /** Null where they are not wanted. */
  private final CandleSource candles;

  /** By name on the wire: those that are wanted and can be had. */
  private final Map<String, Quote> quotes = new HashMap<>();

  /** By symbol: why it cannot be had. */
  private final Map<String, String> missing = new TreeMap<>(Names.ORDER);

  /** By symbol: how often it was refused since its last tick. */
  private final Map<String, Integer> refusals = new HashMap<>();

  /** That these are missing was logged. */
  private final Set<String> named = new HashSet<>();

  private State state = State.CONNECTING;
  private String reason = "starting";
  private Instant since = Instant.now();

  /** Whether a connection has come to anything, were it to its end. */
  private boolean wasConnected;

  /** When the last tick was one, or the source began. */
  private long takenAt = System.nanoTime();

  /** Why for long nothing that came was a tick; empty where one was. */
  private String notTaken = "";

  private long listTimer = -1;

  /** When it goes off. */
  private long listAt;

  private int listAttempts;
  private boolean closed;

  /**
   * @param mayStore whether this node still has the exchange
   * @param clock now, in ms since 1970
   * @param changed called when the state or its reason is another one
   */
  Source(
      Vertx vertx,
      SourceOptions options,
      SourceTimes times,
      long maxAheadMs,
      SourceMetrics metrics,
      BooleanSupplier mayStore,
      LongSupplier clock,
      Runnable changed) {
    this.vertx = vertx;
    this.options = options;
    this.times = times;
    this.metrics = metrics;
    this.venue = options.venue();
    this.changed = changed;
    this.ticks =
        new TickWriter(
            vertx,
            venue.exchange(),
            maxAheadMs,
            times.maxQueued(),
            metrics,
            mayStore,
            this::garbage);
    this.symbols = new SymbolWriter(vertx, venue.exchange(), LOG);
    this.client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setMaxFrameSize(MAX_FRAME)
                .setMaxMessageSize(MAX_FRAME)
                .setMaxConnections(MAX_CONNECTIONS)
                .setTcpNoDelay(true)
                .setClosingTimeout(1));
    this.rest = new Rest(vertx, options.restUrl(), times.connectTimeoutMs());
    this.instruments = new InstrumentList(vertx, venue, rest);
    this.dialer = new Dialer(vertx, venue.limits().connects(), times, System::nanoTime);
    Venue.Rate messages = venue.limits().messages();
    Pace ofAll = new Pace(messages);
    this.paces = venue.limits().isForAll() ? () -> ofAll : () -> new Pace(messages);
    this.connections = new Connections(channel -> connection(channel, this));
    this.candles =
        options.candles()
            ? new CandleSource(
                vertx,
                options,
                times,
                maxAheadMs,
                rest,
                mayStore,
                clock,
                this,
                owner -> channel -> connection(channel, owner))
            : null;
  }

  private VenueConnection connection(Channel channel, VenueConnection.Owner owner) {
    return new VenueConnection(
        vertx, client, venue, channel, times, dialer, paces, System::nanoTime, owner);
  }

  /** How it is; its version is given by Redis. */
  SourceState state() {
    return new SourceState(venue.exchange(), state, since, reason, 0);
  }

  void start() {
    ticks
        .start()
        .onSuccess(stored -> readList())
        .onFailure(
            cause -> {
              if (!closed) {
                tell(State.CONNECTING, "ticks cannot be read: " + Reasons.of(cause));
                later(RETRY_MS, this::start);
              }
            });
  }

  /** Stops it; what has come is stored before. */
  Future<?> close() {
    closed = true;
    vertx.cancelTimer(listTimer);
    connections.close();
    Future<?> bars = candles == null ? Future.succeededFuture() : candles.close();
    dialer.close();
    rest.close();
    symbols.close();
    return ticks.close().eventually(() -> bars).eventually(client::close).otherwiseEmpty();
  }

  private void later(long ms, Runnable step) {
    if (!closed) {
      vertx.setTimer(
          ms,
          timer -> {
            if (!closed) {
              step.run();
            }
          });
    }
  }

  // Instruments

  private void readList() {
    instruments
        .read()
        .onSuccess(
            all -> {
              if (!closed) {
                listAttempts = 0;
                listed(all);
                readListAfter(times.instrumentsMs());
              }
            })
        .onFailure(
            cause -> {
              if (!closed) {
                notListed(cause);
              }
            });
  }

  private void readListAfter(long ms) {
    vertx.cancelTimer(listTimer);
    listAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    listTimer = vertx.setTimer(Math.max(1, ms), timer -> readList());
  }

  /** Unless it is read earlier anyway. */
  private void readListWithin(long ms) {
    if (System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms) - listAt < 0) {
      readListAfter(ms);
    }
  }

  private void listed(List<Instrument> all) {
    Map<String, Instrument> bySymbol = new LinkedHashMap<>();
    all.forEach(one -> bySymbol.putIfAbsent(one.symbol().symbol(), one));
    // What is not traded may be listed for ever. One that somebody wants may be traded again.
    bySymbol
        .values()
        .removeIf(one -> !one.isTraded() && !options.symbols().contains(one.symbol().symbol()));
    symbols.put(bySymbol.values().stream().map(Instrument::symbol).toList());
    want(
        options.isAll() ? bySymbol.keySet() : options.symbols(),
        symbol -> bySymbol.containsKey(symbol) ? bySymbol.get(symbol).name() : null,
        NOT_LISTED);
  }

  /** Ticks need not wait for a list where the names can be told without it. */
  private void notListed(Throwable cause) {
    LOG.warn(
        "{}: the list of its instruments cannot be read, and is tried again: {}",
        venue.exchange(),
        Reasons.of(cause));
    long longest = Math.min(times.instrumentsMs(), TimeUnit.MINUTES.toMillis(5));
    long pause = Math.min(longest, times.reconnectMaxMs() << Math.min(listAttempts++, 10));
    boolean isLimit = false;
    if (cause instanceof Rest.Refused refused) {
      isLimit = refused.isLimit();
      pause = Math.max(pause, refused.retryAfterMs());
    }
    readListAfter(pause);
    if (quotes.isEmpty() && options.isAll()) {
      tell(
          isLimit ? State.LIMITED : State.DOWN,
          "its list of instruments cannot be read: " + Reasons.of(cause));
    } else if (quotes.isEmpty()) {
      want(options.symbols(), venue::name, UNKNOWN);
    }
  }

  /**
   * Has exactly these subscribed.
   *
   * @param why why one cannot be had that has no name
   */
  private void want(Iterable<String> wanted, Function<String, String> nameOf, String why) {
    missing.clear();
    Map<String, Set<String>> names = new LinkedHashMap<>();
    for (String symbol : wanted) {
      String name = nameOf.apply(symbol);
      if (name == null) {
        missing.put(symbol, why);
      } else {
        names.computeIfAbsent(name, key -> new LinkedHashSet<>()).add(symbol);
      }
    }
    quotes.keySet().retainAll(names.keySet());
    connections.retain(names.keySet());
    names.forEach(
        (name, its) -> {
          Quote quote = quotes.computeIfAbsent(name, key -> new Quote());
          quote.symbols().retainAll(its);
          quote.symbols().addAll(its);
          for (int url = 0; url < options.urls().size(); url++) {
            connections.want(name, new Channel.Tickers(venue, url, options.urls().get(url)));
          }
        });
    connections.closeIdle();
    if (candles != null) {
      candles.want(names);
    }
    nameMissing();
    changed();
  }

  private void nameMissing() {
    List<String> fresh = missing.keySet().stream().filter(named::add).toList();
    if (!fresh.isEmpty()) {
      LOG.warn("{}: symbols that cannot be had: {}", venue.exchange(), missing(fresh));
    }
  }

  private String missing(Iterable<String> which) {
    Set<String> all = new LinkedHashSet<>();
    which.forEach(symbol -> all.add(symbol + " (" + missing.get(symbol) + ")"));
    String first = all.stream().limit(MAX_NAMED).collect(Collectors.joining(", "));
    return all.size() <= MAX_NAMED ? first : first + " and " + (all.size() - MAX_NAMED) + " more";
  }

  // Its connections

  @Override
  public void refused(String name, String why) {
    Quote quote = quotes.remove(name);
    if (quote != null) {
      quote.symbols().forEach(symbol -> missing.put(symbol, why));
      nameMissing();
      // After which it is asked for again: the reason may be gone.
      String symbol = quote.symbols().iterator().next();
      readListWithin(pauseMs(refusals.merge(symbol, 1, Integer::sum)));
    }
    vertx.runOnContext(
        v -> {
          if (!closed) {
            connections.unwant(name);
            connections.closeIdle();
            changed();
          }
        });
  }

  private long pauseMs(int refused) {
    return Math.min(times.renewMs(), times.reconnectMaxMs() << Math.min(refused - 1, 20));
  }

  @Override
  public Quote quote(String name) {
    return quotes.get(name);
  }

  @Override
  public void frame() {
    metrics.frames.increment();
  }

  @Override
  public void lost(Set<String> names) {
    metrics.lost.increment();
  }

  @Override
  public void garbage(String why) {
    metrics.garbage.increment();
    GARBAGE
        .add(venue.exchange())
        .ifPresent(
            leftOut -> LOG.warn("{}: a frame is skipped: {}{}", venue.exchange(), why, leftOut));
  }

  /** It is as its worst connection is. */
  @Override
  public void changed() {
    if (closed) {
      return;
    }
    String absent = missing.isEmpty() ? "" : missing(missing.keySet());
    if (connections.isEmpty()) {
      wasConnected = !absent.isEmpty() && (wasConnected || !refusals.isEmpty());
      tell(State.DOWN, absent.isEmpty() ? "no symbol is wanted" : absent);
      return;
    }
    VenueConnection worst = connections.worst(one -> true);
    String part = worst.state() == State.LIVE ? "" : connections.part(worst.state());
    String why = joined(worst.reason() + part, notTaken);
    // Another connection alone makes nothing better.
    boolean stays =
        worst.state() == State.CONNECTING
            && wasConnected
            && (state == State.SILENT || state == State.DOWN);
    wasConnected = wasConnected || worst.state() != State.CONNECTING;
    tell(
        stays ? state : worst.state(),
        joined(
            absent.isEmpty() || why.isEmpty() ? why + absent : joined(why, "without " + absent),
            candles == null ? "" : candles.trouble()));
  }

  private static String joined(String one, String other) {
    return one + (one.isEmpty() || other.isEmpty() ? "" : "; ") + other;
  }

  private void tell(State newState, String newReason) {
    if (state == newState && reason.equals(newReason)) {
      return;
    }
    if (state != newState) {
      since = Instant.now();
      LOG.info(
          "{}: {} -> {}{}",
          venue.exchange(),
          state,
          newState,
          newReason.isEmpty() ? "" : ": " + newReason);
    }
    state = newState;
    reason = newReason;
    changed.run();
  }

  // Ticks

  @Override
  public void tick(Quote quote, Instant time) {
    if (!refusals.isEmpty()) {
      refusals.keySet().removeAll(quote.symbols());
    }
    for (String symbol : quote.symbols()) {
      try {
        ticks.add(quote, symbol, time);
        taken();
      } catch (InvalidValueException e) {
        garbage(symbol + ": " + e.getMessage());
        notTaken(symbol + ": " + e.getMessage());
      }
    }
    ticks.store();
  }

  private void taken() {
    takenAt = System.nanoTime();
    if (!notTaken.isEmpty()) {
      notTaken = "";
      changed();
    }
  }

  /** A single frame says little; that none makes a tick for long, as where a clock is off, does. */
  private void notTaken(String why) {
    if (notTaken.isEmpty()
        && System.nanoTime() - takenAt >= TimeUnit.MILLISECONDS.toNanos(times.stalledMs())) {
      notTaken = "what comes makes no ticks: " + why;
      changed();
    }
  }
}
