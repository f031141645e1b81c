package io.fullon.cache.source;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarStore;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.source.BarQueue.Batch;
import io.fullon.cache.source.BarQueue.Place;
import io.fullon.cache.source.SourceState.State;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The candles of an exchange while this node runs its source: those of its channel, and what is
 * over from its history. A bar of the channel has all that it is made of, so nothing is missing
 * after a connection was lost but what has ended meanwhile, which the history has. Lives on one
 * event loop.
 */
final class CandleSource implements VenueConnection.Owner, CandleHistory.Owner {

  private static final Logger LOG = LoggerFactory.getLogger(CandleSource.class);

  /** See {@link CandleHistory}. */
  private static final List<Timeframe> LONGEST_FIRST =
      Stream.of(Timeframe.values()).sorted(Comparator.reverseOrder()).toList();

  /** So many bars a new installation begins with. */
  private static final int HISTORY = 500;

  /** Bars of so many markets and timeframes are stored at once. */
  private static final int MAX_PLACES = 100;

  private static final long PASS_MS = 50;
  private static final long RETRY_MS = 500;

  /** So many topics are named in a reason. */
  private static final int MAX_NAMED = 3;

  /** Candles of one market and timeframe. */
  private static final class Followed {

    final String name;
    final Timeframe timeframe;
    final Set<String> symbols = new LinkedHashSet<>();

    /**
     * Before which all bars are known, or asked for (s); {@link Long#MIN_VALUE} where none are.
     * Only while it is subscribed what comes adds to it.
     */
    long known = Long.MIN_VALUE;

    boolean isSubscribed;

    /** Whether one has come since. */
    boolean hasBegun;

    /** The latest of which it is not known that it is over; null when there is none. */
    Candle running;

    Followed(String name, Timeframe timeframe) {
      this.name = name;
      this.timeframe = timeframe;
    }
  }

  private final Vertx vertx;
  private final Venue venue;
  private final long maxAheadMs;
  private final BooleanSupplier mayStore;
  private final LongSupplier clock;
  private final VenueConnection.Owner source;
  private final OhlcvCache ohlcv;

  /** Null where there is none. */
  private final Channel channel;

  private final Connections connections;
  private final CandleHistory history;
  private final BarQueue queue = new BarQueue();
  private final Map<String, Followed> followed = new HashMap<>();

  /** By topic: why it cannot be had. */
  private final Map<String, String> missing = new TreeMap<>();

  /** That these are missing was logged. */
  private final Set<String> named = new HashSet<>();

  private Future<?> storing = Future.succeededFuture();
  private boolean isStoring;
  private long timer = -1;
  private boolean wasStored = true;
  private boolean closed;

  /**
   * @param clock now, in ms since 1970
   * @param source hears of frames, and when {@link #trouble} may be another one
   * @param maker makes connections whose owner this is
   */
  CandleSource(
      Vertx vertx,
      SourceOptions options,
      SourceTimes times,
      long maxAheadMs,
      Rest rest,
      BooleanSupplier mayStore,
      LongSupplier clock,
      VenueConnection.Owner source,
      Function<VenueConnection.Owner, Function<Channel, VenueConnection>> maker) {
    this.vertx = vertx;
    this.venue = options.venue();
    this.maxAheadMs = maxAheadMs;
    this.mayStore = mayStore;
    this.clock = clock;
    this.source = source;
    this.ohlcv = OhlcvCache.proxy(vertx);
    this.channel =
        options.candlesUrl() == null ? null : new Channel.Candles(venue, options.candlesUrl());
    this.connections = new Connections(maker.apply(this));
    this.history = new CandleHistory(vertx, venue, rest, times, clock, this);
  }

  /**
   * Has the candles of exactly these, in all timeframes.
   *
   * @param names the symbols that each name on the wire stands for
   */
  void want(Map<String, Set<String>> names) {
    missing.clear();
    Set<String> topics = new LinkedHashSet<>();
    names.forEach((name, symbols) -> topics.addAll(want(name, symbols)));
    followed.keySet().retainAll(topics);
    queue.retain(places());
    history.forget(name -> !names.containsKey(name));
    connections.retain(topics);
    if (channel != null) {
      topics.forEach(topic -> connections.want(topic, channel));
    }
    connections.closeIdle();
  }

  private Set<String> want(String name, Set<String> symbols) {
    Set<String> topics = new LinkedHashSet<>();
    for (Timeframe timeframe : LONGEST_FIRST) {
      String topic = venue.topic(name, timeframe);
      topics.add(topic);
      Followed one = followed.get(topic);
      if (one == null) {
        one = new Followed(name, timeframe);
        followed.put(topic, one);
        if (channel == null) {
          one.symbols.addAll(symbols);
          readHistory(one);
        }
      }
      one.symbols.retainAll(symbols);
      one.symbols.addAll(symbols);
    }
    return topics;
  }

  private Set<Place> places() {
    Set<Place> places = new HashSet<>();
    followed
        .values()
        .forEach(
            one -> one.symbols.forEach(symbol -> places.add(new Place(symbol, one.timeframe))));
    return places;
  }

  /** What makes candles differ from ticks is told; empty when nothing does. */
  String trouble() {
    VenueConnection worst =
        connections.worst(
            one ->
                one.state().compareTo(State.CONNECTING) > 0
                    && (one.state() != State.DOWN || !one.isSubscribed()));
    String why =
        worst == null ? "" : "candles: " + worst.reason() + connections.part(worst.state());
    if (missing.isEmpty()) {
      return why;
    }
    String first =
        missing.entrySet().stream()
            .limit(MAX_NAMED)
            .map(one -> one.getKey() + " (" + one.getValue() + ")")
            .collect(Collectors.joining(", "));
    int more = missing.size() - MAX_NAMED;
    return (why.isEmpty() ? "candles: " : why + ", ")
        + "without "
        + first
        + (more > 0 ? " and " + more + " more" : "");
  }

  /** Stops it; what has come is stored before. */
  Future<?> close() {
    closed = true;
    vertx.cancelTimer(timer);
    connections.close();
    history.close();
    return storing
        .otherwiseEmpty()
        .eventually(
            () ->
                mayStore.getAsBoolean()
                    ? store(queue.take(Integer.MAX_VALUE, System.nanoTime()))
                    : Future.succeededFuture())
        .otherwiseEmpty();
  }

  // Its connections

  @Override
  public void changed() {
    source.changed();
  }

  @Override
  public void subscribed(Set<String> topics) {
    topics.forEach(
        topic -> {
          Followed one = followed.get(topic);
          if (one != null) {
            readHistory(one);
            one.isSubscribed = true;
            one.hasBegun = false;
          }
        });
  }

  /** What has come of a running bar may not be all of it: what is over is read. */
  @Override
  public void lost(Set<String> topics) {
    source.lost(topics);
    topics.forEach(
        topic -> {
          Followed one = followed.get(topic);
          if (one != null) {
            one.isSubscribed = false;
            one.running = null;
            one.symbols.forEach(symbol -> queue.forgetRunning(new Place(symbol, one.timeframe)));
          }
        });
  }

  /** What is over now, and is not known; from here on the channel tells what ends. */
  private void readHistory(Followed one) {
    readHistory(one, one.timeframe.begin(TimeUnit.MILLISECONDS.toSeconds(clock.getAsLong())));
  }

  private void readHistory(Followed one, long to) {
    long seconds = one.timeframe.seconds();
    long from = Math.max(one.known, to - HISTORY * seconds);
    one.known = Math.max(one.known, to);
    if (from < to) {
      history.read(one.name, one.timeframe, one.symbols, from, to);
    }
  }

  @Override
  public void bar(String topic, Candle candle) {
    Followed one = followed.get(topic);
    if (one == null) {
      return;
    }
    try {
      follow(one, checked(candle));
    } catch (InvalidValueException e) {
      garbage(topic + ": " + e.getMessage());
    }
    store();
  }

  private Candle checked(Candle candle) {
    Instant begin = candle.begin();
    if (begin == null) {
      throw new InvalidValueException("time", "is missing");
    }
    if (begin.toEpochMilli() > clock.getAsLong() + maxAheadMs) {
      throw new InvalidValueException(
          "time", "must be at most " + maxAheadMs + " ms ahead of now", begin);
    }
    return candle;
  }

  private void follow(Followed one, Candle candle) {
    long begin = candle.begin().getEpochSecond();
    long end = begin + one.timeframe.seconds();
    if (end + one.timeframe.seconds() <= one.known) {
      return; // some exchanges begin with hundreds of bars, which the history has
    }
    if (one.isSubscribed && !one.hasBegun) {
      one.hasBegun = true;
      readHistory(one, begin); // our clock may be behind
    }
    Candle before = one.running;
    boolean isFirst = before == null || before.begin().getEpochSecond() < begin;
    Boolean isFinal = candle.isFinal();
    if (isFinal == null) {
      // It is over when the next one begins, or a while after its end.
      long now = clock.getAsLong();
      isFinal = now >= TimeUnit.SECONDS.toMillis(end) + BarStore.FINAL_AFTER_MS;
      if (before != null && isFirst) {
        add(one, before.withFinal(true));
      }
      isFinal |= before != null && before.begin().getEpochSecond() > begin;
    }
    add(one, candle.withFinal(isFinal));
    if (isFinal) {
      one.running = isFirst || before.begin().equals(candle.begin()) ? null : before;
    } else {
      one.running = isFirst || before.begin().equals(candle.begin()) ? candle : before;
    }
    if (one.isSubscribed) {
      one.known = Math.max(one.known, isFinal ? end : begin);
    }
  }

  private void add(Followed one, Candle candle) {
    for (String symbol : one.symbols) {
      queue.add(candle.bar(venue.exchange(), symbol, one.timeframe));
    }
  }

  @Override
  public Quote quote(String name) {
    return null;
  }

  @Override
  public void tick(Quote quote, Instant time) {
    // None is subscribed.
  }

  @Override
  public void refused(String topic, String reason) {
    followed.remove(topic);
    missing.put(topic, reason);
    if (named.add(topic)) {
      LOG.warn("{}: candles that cannot be had: {} ({})", venue.exchange(), topic, reason);
    }
    vertx.runOnContext(
        v -> {
          if (!closed) {
            connections.unwant(topic);
            connections.closeIdle();
            changed();
          }
        });
  }

  @Override
  public void frame() {
    source.frame();
  }

  @Override
  public void garbage(String reason) {
    source.garbage(reason);
  }

  // Storing

  /** One flush at a time: what comes meanwhile makes the next one. */
  private void store() {
    if (isStoring || timer != -1 || closed) {
      return;
    }
    if (!mayStore.getAsBoolean()) {
      storeAfter(RETRY_MS);
      return;
    }
    List<Batch> batches = queue.take(MAX_PLACES, System.nanoTime());
    if (batches.isEmpty()) {
      if (!queue.isEmpty()) {
        storeAfter(PASS_MS);
      }
      return;
    }
    isStoring = true;
    storing = store(batches);
    storing.onComplete(
        done -> {
          isStoring = false;
          if (done.succeeded()) {
            wasStored = true;
            store();
          } else {
            notStored(done.cause());
          }
        });
  }

  private void notStored(Throwable cause) {
    if (wasStored && !closed) {
      LOG.warn("{}: its candles cannot be stored: {}", venue.exchange(), Reasons.of(cause));
    }
    wasStored = false;
    storeAfter(RETRY_MS);
  }

  private void storeAfter(long ms) {
    if (!closed) {
      timer =
          vertx.setTimer(
              ms,
              id -> {
                timer = -1;
                store();
              });
    }
  }

  private Future<?> store(List<Batch> batches) {
    return Future.join(batches.stream().map(this::store).toList());
  }

  private Future<?> store(Batch batch) {
    Place place = batch.place();
    return store(place.symbol(), place.timeframe(), batch.bars())
        .onFailure(cause -> queue.putBack(batch));
  }

  /** What is stored already stays: the digits of a list are not always those of the channel. */
  @Override
  public Future<?> read(
      String symbol, Timeframe timeframe, List<Bar> bars, Instant from, Instant to) {
    return ohlcv
        .getOhlcvBars(symbol, venue.exchange(), timeframe, from, to)
        .compose(
            stored -> {
              Map<Instant, Bar> known = new HashMap<>();
              stored.forEach(bar -> known.put(bar.time(), bar));
              List<Bar> news =
                  bars.stream().filter(bar -> !isSame(bar, known.get(bar.time()))).toList();
              return news.isEmpty()
                  ? Future.succeededFuture()
                  : store(symbol, timeframe, news).mapEmpty();
            });
  }

  private static boolean isSame(Bar bar, Bar stored) {
    return stored != null
        && stored.isFinal()
        && isSame(bar.open(), stored.open())
        && isSame(bar.high(), stored.high())
        && isSame(bar.low(), stored.low())
        && isSame(bar.close(), stored.close())
        && isSame(bar.volume(), stored.volume());
  }

  private static boolean isSame(BigDecimal one, BigDecimal other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    return one.compareTo(other) == 0;
  }

  private Future<?> store(String symbol, Timeframe timeframe, List<Bar> bars) {
    if (!mayStore.getAsBoolean()) {
      return Future.failedFuture("this node does not run the source any more");
    }
    return ohlcv
        .updateOhlcvBars(symbol, venue.exchange(), timeframe, bars)
        .recover(
            cause -> {
              // What is wrong with a bar, waiting does not mend.
              if (!Failure.INVALID_ARGUMENT.matches(cause)) {
                return Future.failedFuture(cause);
              }
              garbage(cause.getMessage());
              return Future.succeededFuture(0);
            });
  }
}
