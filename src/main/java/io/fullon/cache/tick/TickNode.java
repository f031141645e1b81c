package io.fullon.cache.tick;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.bus.Repeats;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Starting;
import io.fullon.cache.redis.Subscription;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place per node (Vert.x instance) that listens to Redis for ticks: it keeps the table that
 * all reads come from, and publishes every tick on the local bus. All verticles of the node share
 * it; it closes with the last of them.
 */
final class TickNode implements Shareable {

  private static final Logger LOG = LoggerFactory.getLogger(TickNode.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);
  private static final String SHARED = "fullon.tick.node";
  private static final long NOT_STALE = -1;

  /** In characters; what the script that deletes publishes is always shorter. */
  private static final int MAX_REMOVAL = 1 << 17;

  /** How many removals of unknown tickers are kept; the next comparison makes good for the rest. */
  private static final int MAX_UNKNOWN_REMOVED = 100_000;

  /** Stands for what is no tick: it is no news, neither of a price nor of a deletion. */
  private static final Tick GARBAGE = Tick.of("-", "-", BigDecimal.ZERO, Instant.EPOCH);

  private final Vertx vertx;
  private final TickOptions options;
  private final RedisLinkOptions linkOptions;
  private final Context context;
  private final TickKeys keys;
  private final TickTable table = new TickTable();
  private final DeliveryOptions ticks;
  private final DeliveryOptions removals;
  private final DeliveryOptions snapshots;
  private final DeliveryOptions states = new DeliveryOptions().setLocalOnly(true);
  private final Counter garbage =
      Counter.builder("fullon.cache.ticks.garbage")
          .description("Ticks in Redis that are none, skipped")
          .register(Metrics.globalRegistry);

  /** By exchange and symbol the hash code of what is no tick: what stays there counts once. */
  private final Map<String, Map<String, Integer>> garbageOf = new HashMap<>();

  /**
   * Tickers that were not known when they were removed, during a comparison: what it reads of them
   * may be older.
   */
  private final Set<Name> unknownRemoved = new HashSet<>();

  private int comparisons;
  private int users;
  private Future<TickNode> opened;
  private RedisLink link;
  private Subscription subscription;
  private MessageConsumer<Object> snapshotRequests;
  private long compareTimer = -1;
  private boolean closing;

  /** Counts the subscription's lives, so that a comparison from an earlier one is recognized. */
  private int epoch;

  /** The subscription's when it was looked at last. */
  private long reach;

  private volatile long staleSince = System.nanoTime();

  private record Name(String exchange, String symbol) implements Comparable<Name> {

    // Without an order, equal hash codes would hold up a table.
    @Override
    public int compareTo(Name other) {
      int order = exchange.compareTo(other.exchange);
      return order == 0 ? symbol.compareTo(other.symbol) : order;
    }
  }

  private TickNode(Vertx vertx, TickOptions options, RedisLinkOptions linkOptions) {
    this.vertx = vertx;
    this.options = options;
    this.linkOptions = linkOptions;
    // Not that of the verticle which happens to come first: the node may outlive it.
    this.context = ((VertxInternal) vertx).createEventLoopContext();
    this.keys = new TickKeys(linkOptions.prefix());
    this.ticks = LocalCodec.register(vertx, Tick.class);
    this.removals = LocalCodec.register(vertx, TickRemoval.class);
    this.snapshots = LocalCodec.register(vertx, TickSnapshot.class);
  }

  /**
   * The node's own, opened by whoever comes first; everyone who acquires it must release it, also
   * when it failed to open.
   */
  static Acquired acquire(Vertx vertx, TickOptions options, RedisLinkOptions linkOptions) {
    TickNode node =
        nodes(vertx)
            .compute(
                SHARED,
                (key, present) -> {
                  TickNode shared =
                      present == null ? new TickNode(vertx, options, linkOptions) : present;
                  if (shared.users++ == 0) {
                    shared.opened = shared.open();
                  }
                  return shared;
                });
    return new Acquired(node, node.opened);
  }

  /** A user's hold on the node, and whether it is ready. */
  record Acquired(TickNode node, Future<TickNode> ready) {

    /** Gives the hold back; the last one closes the node. */
    Future<Void> release() {
      TickNode left =
          nodes(node.vertx)
              .computeIfPresent(SHARED, (key, shared) -> --shared.users == 0 ? null : shared);
      return left == null ? ready.transform(result -> node.close()) : Future.succeededFuture();
    }
  }

  private static LocalMap<String, TickNode> nodes(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SHARED);
  }

  TickTable table() {
    return table;
  }

  TickKeys keys() {
    return keys;
  }

  /**
   * Whether reads may be answered.
   *
   * @return a failed future when Redis is out of reach for too long
   */
  Future<Void> readable() {
    long since = staleSince;
    if (since == NOT_STALE
        || System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(options.staleReadsMs())) {
      return Future.succeededFuture();
    }
    return Failure.UNAVAILABLE.future("Redis is out of reach and the known ticks are too old");
  }

  private Future<TickNode> open() {
    Promise<TickNode> promise = Promise.promise();
    context.runOnContext(
        v ->
            RedisLink.open(vertx, linkOptions, "ticks of the node")
                .compose(
                    opened -> {
                      link = opened;
                      return Subscription.open(
                          vertx,
                          link,
                          List.of(TickKeys.ALL_CHANNELS, keys.removals()),
                          new Listener());
                    })
                .onSuccess(
                    opened -> {
                      subscription = opened;
                      reach = opened.reach();
                    })
                .compose(opened -> Starting.attempts(vertx, linkOptions, this::compare))
                .onSuccess(done -> afterOpened())
                .map(this)
                .onComplete(promise));
    return promise.future();
  }

  private void afterOpened() {
    snapshotRequests = vertx.eventBus().localConsumer(TickSnapshot.ADDRESS);
    snapshotRequests.handler(
        request ->
            request.reply(
                new TickSnapshot(staleSince == NOT_STALE, table.published().toList()), snapshots));
    compareLater();
  }

  private Future<Void> close() {
    Promise<Void> closed = Promise.promise();
    context.runOnContext(
        v -> {
          closing = true;
          vertx.cancelTimer(compareTimer);
          epoch++;
          List<Future<?>> all = new ArrayList<>();
          if (snapshotRequests != null) {
            all.add(snapshotRequests.unregister());
          }
          if (subscription != null) {
            all.add(subscription.close());
          }
          if (link != null) {
            all.add(link.close());
          }
          Future.join(all).<Void>mapEmpty().onComplete(closed);
        });
    return closed.future();
  }

  // What the subscription brings

  private final class Listener implements Subscription.Listener {

    @Override
    public void reachChanged() {
      long now = subscription == null ? 0 : subscription.reach();
      if (now == reach) {
        return;
      }
      reach = now;
      epoch++;
      becomeStale();
      if (now != 0) {
        table.forEachKey(
            (exchange, symbol) -> table.change(exchange, symbol, TickState::unnumbered));
        compareUntilDone();
      }
    }

    @Override
    public void message(String channel, String text) {
      if (channel.equals(keys.removals())) {
        try {
          removed(text);
        } catch (InvalidValueException e) {
          skip(channel, "", e);
        }
      } else {
        List<String> names = TickKeys.exchangeAndSymbol(channel);
        try {
          received(parse(names.get(0), names.get(1), text));
        } catch (InvalidValueException e) {
          skip(names.get(0), names.get(1), e);
        }
      }
    }
  }

  private void becomeStale() {
    if (staleSince == NOT_STALE) {
      staleSince = System.nanoTime();
      if (!closing) {
        vertx.eventBus().publish(TickCache.STATE, TickCache.STALE, states);
      }
    }
  }

  private void received(Tick tick) {
    apply(
        tick.exchange(),
        tick.symbol(),
        state ->
            tick.seq() == null ? state.receivedForeign(tick) : state.received(tick, tick.seq()));
  }

  private void removed(String text) {
    if (text.length() > MAX_REMOVAL) {
      throw new InvalidValueException(
          "removal", "must be at most " + MAX_REMOVAL + " characters", text);
    }
    Fields removal = Json.parse("removal", text);
    String exchange = removal.exchange("exchange");
    Fields symbols = removal.section("symbols");
    Map<String, Long> known = new HashMap<>();
    for (String symbol : symbols.keys()) {
      if (table.knows(exchange, symbol)) {
        known.put(symbol, symbols.decimal(symbol).longValue());
      } else if (comparisons > 0 && unknownRemoved.size() < MAX_UNKNOWN_REMOVED) {
        unknownRemoved.add(new Name(exchange, symbol));
      }
    }
    List<String> gone = new ArrayList<>();
    known.forEach(
        (symbol, number) -> {
          if (table.change(exchange, symbol, state -> state.received(null, number)).isPublished()) {
            gone.add(symbol);
          }
        });
    publishRemoval(exchange, gone);
  }

  private void apply(String exchange, String symbol, UnaryOperator<TickState> news) {
    TickTable.Change change = table.change(exchange, symbol, news);
    if (change.isPublished()) {
      publish(change.after().published());
    }
  }

  private void publish(Tick tick) {
    vertx.eventBus().publish(TickCache.UPDATES, tick, ticks);
    vertx.eventBus().publish(TickCache.updates(tick.exchange(), tick.symbol()), tick, ticks);
  }

  private void publishRemoval(String exchange, List<String> symbols) {
    if (!symbols.isEmpty()) {
      vertx.eventBus().publish(TickCache.REMOVED, new TickRemoval(exchange, symbols), removals);
    }
  }

  /** Reads a tick that any program may have written. */
  private Tick parse(String exchange, String symbol, String text) {
    Names.exchange("exchange", exchange);
    Names.symbol("symbol", symbol);
    Tick ours = TickText.read(text, exchange, symbol);
    Tick tick = ours == null ? Tick.read(Json.parseForeign("", text), exchange, symbol) : ours;
    checkNotAhead("time", tick);
    return tick;
  }

  /**
   * @throws InvalidValueException when the tick's time is too far ahead of now, or before 1970
   */
  void checkNotAhead(String field, Tick tick) {
    Times.check(field, tick.time());
    Instant now = Instant.now();
    if (tick.time().isAfter(now.plusMillis(options.maxAheadMs()))) {
      throw new InvalidValueException(
          field,
          "must not be more than "
              + Duration.ofMillis(options.maxAheadMs()).toSeconds()
              + " s ahead of now",
          tick.time());
    }
  }

  /**
   * @param symbol may be empty, where all of the exchange is meant
   */
  private void skip(String exchange, String symbol, InvalidValueException reason) {
    garbage.increment();
    String name =
        InvalidValueException.shorten(symbol.isEmpty() ? exchange : exchange + " " + symbol);
    SKIPPED
        .add(name + " " + reason.problem())
        .ifPresent(
            leftOut ->
                LOG.warn("Skipped what is no tick: {}: {}{}", name, reason.getMessage(), leftOut));
  }

  // The comparison with Redis

  /** One at a time, however long it takes. */
  private void compareLater() {
    compareTimer =
        vertx.setTimer(
            options.compareIntervalMs(),
            timer ->
                compareAgain()
                    .onComplete(
                        done -> {
                          if (!closing) {
                            compareLater();
                          }
                        }));
  }

  private Future<Void> compareAgain() {
    if (staleSince != NOT_STALE) {
      return Future.succeededFuture();
    }
    return compare().onFailure(e -> LOG.warn("Comparing the ticks with Redis: {}", e.getMessage()));
  }

  /** After a gap nothing is known until a comparison succeeded. */
  private void compareUntilDone() {
    int begun = epoch;
    compare()
        .onFailure(
            e -> {
              LOG.warn("Reading the ticks again: {}", e.getMessage());
              vertx.setTimer(
                  linkOptions.reconnectMaxMs(),
                  timer -> {
                    if (begun == epoch) {
                      compareUntilDone();
                    }
                  });
            });
  }

  /** Reads all ticks and takes over what differs from what is known, unless there is news since. */
  private Future<Void> compare() {
    comparisons++;
    return compareNow()
        .onComplete(
            done -> {
              comparisons--;
              if (comparisons == 0) {
                unknownRemoved.clear();
              }
            });
  }

  private Future<Void> compareNow() {
    int begun = epoch;
    Map<String, Map<String, TickState>> known = new HashMap<>();
    for (String exchange : table.exchanges()) {
      known.put(exchange, table.snapshot(exchange));
    }
    Map<String, Map<String, Tick>> stored = new HashMap<>();
    known.keySet().forEach(exchange -> stored.put(exchange, new HashMap<>()));
    return Scans.keys(
            link,
            TickKeys.ALL_TICKS,
            key -> stored.putIfAbsent(TickKeys.exchange(key), new HashMap<>()))
        .compose(
            v -> {
              Future<Void> all = Future.succeededFuture();
              for (Map.Entry<String, Map<String, Tick>> exchange : stored.entrySet()) {
                all = all.compose(done -> read(exchange.getKey(), exchange.getValue()));
              }
              return all;
            })
        // Else a tick that was read here would hide those before it that are still on their way.
        .compose(v -> subscription.caughtUp())
        .compose(
            v -> {
              if (begun != epoch) {
                return Failure.UNAVAILABLE.future("the connection was lost meanwhile");
              }
              garbageOf.keySet().retainAll(stored.keySet());
              stored.forEach(
                  (exchange, there) ->
                      adopt(exchange, known.getOrDefault(exchange, Map.of()), there));
              becomeLive();
              return Future.succeededFuture();
            });
  }

  private Future<Void> read(String exchange, Map<String, Tick> into) {
    String key = TickKeys.ticks(exchange);
    Map<String, Integer> before = garbageOf.getOrDefault(exchange, Map.of());
    Map<String, Integer> now = new HashMap<>();
    return Scans.foreignHash(
            link,
            key,
            () -> {
              into.clear();
              now.clear();
              return fields(exchange, into, before, now);
            })
        .onSuccess(v -> garbageOf.put(exchange, now))
        .<Void>mapEmpty()
        .recover(
            cause -> {
              if (Scans.isWrongType(cause)) {
                // Not a hash: another program's, under a name that looks like ours.
                skip(exchange, "", new InvalidValueException(key, cause.getMessage()));
                return Future.succeededFuture();
              }
              return Future.failedFuture(cause);
            });
  }

  private Scans.ForeignFields fields(
      String exchange,
      Map<String, Tick> into,
      Map<String, Integer> before,
      Map<String, Integer> now) {
    return new Scans.ForeignFields() {
      @Override
      public void field(String symbol, String text) {
        try {
          into.put(symbol, parse(exchange, symbol, text));
        } catch (InvalidValueException e) {
          garbage(symbol, text.hashCode(), e);
        }
      }

      @Override
      public void tooLong(String symbol, long bytes) {
        garbage(symbol, Long.hashCode(bytes), Json.tooLongForeign(bytes));
      }

      private void garbage(String symbol, Integer hash, InvalidValueException reason) {
        into.put(symbol, GARBAGE);
        if (!hash.equals(now.put(symbol, hash)) && !hash.equals(before.get(symbol))) {
          skip(exchange, symbol, reason);
        }
      }
    };
  }

  private void becomeLive() {
    if (staleSince != NOT_STALE) {
      staleSince = NOT_STALE;
      vertx.eventBus().publish(TickCache.STATE, TickCache.LIVE, states);
    }
  }

  private void adopt(String exchange, Map<String, TickState> known, Map<String, Tick> stored) {
    List<String> gone = new ArrayList<>();
    List<Tick> changed = new ArrayList<>();
    known.forEach(
        (symbol, before) -> {
          Tick there = stored.get(symbol);
          if (GARBAGE.equals(there)) {
            return;
          }
          TickTable.Change change =
              table.change(
                  exchange, symbol, state -> state.equals(before) ? state.compared(there) : state);
          if (change.isPublished()) {
            Tick published = change.before().published();
            if (there == null || (published != null && there.precedes(published))) {
              gone.add(symbol);
            }
            if (there != null) {
              changed.add(there);
            }
          } else if (there == null && before.equals(change.after())) {
            table.forget(exchange, symbol, change.after());
          }
        });
    stored.forEach(
        (symbol, there) -> {
          if (!there.equals(GARBAGE)
              && !known.containsKey(symbol)
              && !unknownRemoved.contains(new Name(exchange, symbol))) {
            TickTable.Change change =
                table.change(
                    exchange,
                    symbol,
                    state -> state.equals(TickState.UNKNOWN) ? state.compared(there) : state);
            if (change.isPublished()) {
              changed.add(there);
            }
          }
        });
    publishRemoval(exchange, gone);
    changed.forEach(this::publish);
  }
}
