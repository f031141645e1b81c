package io.fullon.cache.candles;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarRemoval;
import io.fullon.cache.ohlcv.BarStore;
import io.fullon.cache.ohlcv.BarStore.Ended;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.OhlcvOptions;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.fullon.cache.tick.TickSnapshot;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes bars of the ticks that the node publishes. Every node counts them; the one that has the
 * lease writes, so that each bar is written once. What is written is put together in Redis with
 * what is there, by the numbers of the ticks: two writers at once do no harm. What nobody hears,
 * because the subscription is away, is counted by the node that has stored it.
 *
 * <p>Ticks are counted in memory, and what has changed is written at most every {@link
 * #INTERVAL_MS}, later where many markets change. A node that dies takes with it what it has not
 * written. Every other node has counted the same ticks, keeps what it has not heard to be written,
 * and writes it when it gets the lease, or after two leases if the one that has it does not: that
 * one may not have heard all ticks. So nothing is missing. If all nodes die at once, what was
 * counted since the last writing is lost; the running bar goes on with what is stored and the
 * latest tick.
 */
public final class CandlesVerticle extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(CandlesVerticle.class);

  /** A market's running bars are written, and so published, at most so often. */
  private static final long INTERVAL_MS = 250;

  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS);

  /** How often it is looked what must be written. */
  private static final long PASS_MS = 50;

  /** How long after a pass that has left something comes the next. */
  private static final long PAUSE_MS = 10;

  /**
   * At most so many markets are written in one pass: each takes Redis a quarter of a millisecond
   * and this node as much, and the ticks of others wait behind that. A running bar that is told
   * more often is not worth it.
   */
  private static final int MARKETS_A_PASS = 2;

  /** Where more have changed than this, there are two: below, each is written every two seconds. */
  private static final int MARKETS_OF_ONE = 200;

  /** So many of which a bar has ended. */
  private static final int ENDED_A_PASS = 5;

  /**
   * So many may be written or read at once, so that little of others waits where Redis falls
   * behind, and a Redis far away still gets what a pass has.
   */
  private static final int MAX_UNANSWERED = 100;

  /** So many of these may be read. */
  private static final int MAX_READING = 50;

  /** So many are left to running bars where many have ended. */
  private static final int LEFT_TO_RUNNING = 30;

  /** So many minutes of a market go into one script. */
  private static final int MINUTES_AT_ONCE = 500;

  /**
   * So many ticks of a market are kept until it is read. Where more come all are counted, since
   * nobody knows for how long it cannot be read.
   */
  private static final int MOST_EARLY = 100;

  /**
   * So many minutes are kept of all markets together that cannot be read or written for long; each
   * takes half a kilobyte.
   */
  private static final int MOST_UNWRITTEN = 100_000;

  private static final long MINUTE_MS = TimeUnit.MINUTES.toMillis(1);

  /** A bar that ends later is no running one: what a program brings may be of any time. */
  private static final long AHEAD_MS = TimeUnit.DAYS.toMillis(2);

  /** For so long ticks are still counted at a stop, if there is so much to write. */
  private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How often it looks for the lease while it lasts. */
  private static final int LOOKS = 3;

  /** After so many leases the node that has it must have written what has changed. */
  private static final int LEASES = 2;

  /** How often it is looked which that have failed are due. */
  private static final long TRY_AGAIN_MS = 1_000;

  /** How often it is looked what can be forgotten. */
  private static final long FORGET_MS = 25;

  /** Each time of one of so many parts of the markets: of each about once a second. */
  private static final int FORGET_PARTS = 40;

  private static final String FAILING = "fullon.cache.ohlcv.failing";
  private static final String FAILING_MEANS =
      "Markets whose bars could not be read or written the last time, and are tried again";

  /** For so long without a ticker a market's ticks are known again. */
  private static final long GONE_MS = TimeUnit.HOURS.toMillis(1);

  private final String node = UUID.randomUUID().toString();
  private final Meters meters = new Meters();
  private final LongAdder counted =
      meters.counter(
          "fullon.cache.ohlcv.ticks", "Ticks, by what became of them", "outcome", "counted");
  private final LongAdder seen =
      meters.counter(
          "fullon.cache.ohlcv.ticks", "Ticks, by what became of them", "outcome", "seen");
  private final LongAdder late =
      meters.counter(
          "fullon.cache.ohlcv.ticks", "Ticks, by what became of them", "outcome", "late");
  private final LongAdder dropped =
      meters.counter(
          "fullon.cache.ohlcv.ticks", "Ticks, by what became of them", "outcome", "dropped");
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();
  private final List<Long> timers = new ArrayList<>();
  private long passTimer;
  private final Map<String, Map<String, Market>> markets = new HashMap<>();

  /**
   * All of them, the one first at which it was not looked for longest whether it can be forgotten.
   */
  private final Deque<Market> all = new ArrayDeque<>();

  /** Those of which ticks wait for what is stored. */
  private final Set<Market> unread = new LinkedHashSet<>();

  /** Those that could not be read. */
  private final Failing unreadable =
      new Failing("read", meters.gauge(FAILING, FAILING_MEANS, "operation", "read"));

  /** Those that could not be written. */
  private final Failing unwritable =
      new Failing("written", meters.gauge(FAILING, FAILING_MEANS, "operation", "write"));

  /** Those that may have something to write, the one that has waited longest first. */
  private final Set<Market> waiting = new LinkedHashSet<>();

  /** Those of which a bar has ended. */
  private final Set<Market> ended = new LinkedHashSet<>();

  /** Those of which another node has not written what it should have. */
  private final Set<Market> overdue = new LinkedHashSet<>();

  /** Bars that are not final yet, by when they are (ms). */
  private final TreeMap<Long, Set<Running>> running = new TreeMap<>();

  private OhlcvOptions options;
  private RedisLink link;
  private BarStore store;
  private long overdueMs;
  private boolean isWriter;
  private long leaseNanos;

  /** When it last asked for the lease. */
  private long askedNanos = System.nanoTime() - TimeUnit.HOURS.toNanos(2);

  private int unanswered;
  private int reading;
  private boolean isStopping;

  /** Completed as soon as nothing is unanswered; or null. */
  private Promise<Void> allAnswered;

  private final LongSupplier clock;

  public CandlesVerticle() {
    this(System::currentTimeMillis);
  }

  /**
   * @param clock now, in ms since 1970
   */
  CandlesVerticle(LongSupplier clock) {
    this.clock = clock;
  }

  private record Running(String exchange, String symbol, Ended bar) {}

  @Override
  public Future<?> start() {
    Fields config = Fields.of("", config());
    options = OhlcvOptions.from(config.section("ohlcv"));
    overdueMs = LEASES * options.leaseMs() + INTERVAL_MS;
    RedisLinkOptions redis = RedisLinkOptions.from(config.section("redis"));
    return RedisLink.open(vertx, redis, "candles")
        .compose(
            opened -> {
              link = opened;
              store = new BarStore(link, options.keep());
              return follow();
            })
        .onSuccess(v -> go())
        .recover(cause -> close().transform(closed -> Future.failedFuture(cause)));
  }

  /** All before the snapshot is asked for, so that it fits what they bring. */
  private Future<?> follow() {
    consume(TickCache.UPDATES, this::ticked);
    consume(TickCache.LOST, this::ticked);
    consume(TickCache.REMOVED, this::gone);
    consume(OhlcvCache.UPDATES, this::told);
    consume(OhlcvCache.REMOVED, this::removed);
    // The latest of each symbol: what was counted is known, and what is stored goes on.
    return TickSnapshot.request(vertx)
        .onSuccess(snapshot -> snapshot.ticks().forEach(this::ticked));
  }

  private <T> void consume(String address, Consumer<T> handler) {
    consumers.add(
        vertx.eventBus().<T>localConsumer(address, message -> handler.accept(message.body())));
  }

  private void go() {
    passIn(PASS_MS);
    every(
        Math.max(1, options.leaseMs() / LOOKS),
        () -> {
          holdOrRelease();
          findOverdue();
        });
    every(FORGET_MS, this::forget);
    every(TRY_AGAIN_MS, this::tryAgain);
  }

  private void passIn(long ms) {
    passTimer =
        vertx.setTimer(
            ms,
            timer -> {
              boolean leaves = false;
              try {
                leaves = pass();
              } finally {
                passIn(leaves ? PAUSE_MS : PASS_MS);
              }
            });
  }

  private void every(long ms, Runnable task) {
    timers.add(vertx.setPeriodic(ms, timer -> task.run()));
  }

  // What is heard

  private void ticked(Tick tick) {
    if (!options.has(tick.symbol())) {
      return;
    }
    Market market = market(tick.exchange(), tick.symbol());
    market.goneMs = Long.MAX_VALUE;
    if (market.calculator == null) {
      wait(market, tick);
      read(market);
    } else {
      count(market, tick);
    }
  }

  private void wait(Market market, Tick tick) {
    if (market.provisional != null) {
      count(market.provisional, tick);
      return;
    }
    market.early.add(tick);
    if (market.early.size() > MOST_EARLY) {
      market.provisional = new Calculator(options.lateMs());
      market.early.forEach(early -> count(market.provisional, early));
      market.early = new ArrayList<>();
    }
  }

  private void gone(TickRemoval removal) {
    for (String symbol : removal.symbols()) {
      Market market = known(removal.exchange(), symbol);
      if (market != null) {
        market.goneMs = clock.getAsLong();
      }
    }
  }

  private Market market(String exchange, String symbol) {
    return markets
        .computeIfAbsent(exchange, name -> new HashMap<>())
        .computeIfAbsent(
            symbol,
            name -> {
              Market market =
                  new Market(exchange, name, System.nanoTime() - INTERVAL_NANOS, clock.getAsLong());
              all.add(market);
              return market;
            });
  }

  private Market known(String exchange, String symbol) {
    return markets.getOrDefault(exchange, Map.of()).get(symbol);
  }

  private void count(Market market, Tick tick) {
    if (count(market.calculator, tick)) {
      waiting.add(market);
    }
  }

  /** Gives whether there may be something to write: of a repeat its number. */
  private boolean count(Calculator calculator, Tick tick) {
    Calculator.Outcome outcome = calculator.add(tick, System.nanoTime());
    switch (outcome) {
      case COUNTED -> counted.increment();
      case SEEN -> seen.increment();
      case LATE -> late.increment();
    }
    return outcome != Calculator.Outcome.LATE;
  }

  /** A bar was stored, by whichever node. */
  private void told(Bar bar) {
    long begin = bar.time().getEpochSecond();
    Running one = new Running(bar.exchange(), bar.symbol(), new Ended(bar.timeframe(), begin));
    if (bar.isFinal()) {
      ended(one);
    } else {
      runs(one);
    }
    Market market = known(bar.exchange(), bar.symbol());
    if (bar.timeframe() == Timeframe.M1 && market != null) {
      market.stored(bar);
    }
  }

  private static long endMs(Ended bar) {
    return (bar.begin() + bar.timeframe().seconds()) * 1_000 + BarStore.FINAL_AFTER_MS;
  }

  private void runs(Running one) {
    long endMs = endMs(one.bar);
    if (endMs - clock.getAsLong() < AHEAD_MS) {
      running.computeIfAbsent(endMs, end -> new HashSet<>()).add(one);
    }
  }

  private void ended(Running one) {
    running.computeIfPresent(
        endMs(one.bar),
        (end, all) -> {
          all.remove(one);
          return all.isEmpty() ? null : all;
        });
  }

  private void removed(BarRemoval removal) {
    Market market = known(removal.exchange(), removal.symbol());
    if (market != null && removal.timeframe() == Timeframe.M1) {
      market.generation++;
      market.calculator = market.isReading ? null : new Calculator(options.lateMs());
      unread.remove(market); // there is nothing to go on with
      unreadable.remove(market);
      market.early.clear();
      market.provisional = null;
    }
  }

  // With what it goes on

  private void read(Market market) {
    if (!market.isReading && !unreadable.has(market)) {
      unread.add(market);
      readNext();
    }
  }

  private void readNext() {
    int most = Math.max(0, Math.min(MAX_READING - reading, MAX_UNANSWERED - unanswered));
    List<Market> next = unread.stream().limit(most).toList();
    next.forEach(unread::remove);
    next.forEach(this::readNow);
  }

  private void readNow(Market market) {
    market.isReading = true;
    unanswered++;
    reading++;
    boolean isLast = isStopping;
    int generation = market.generation;
    store
        .tail(market.exchange, market.symbol)
        .onComplete(
            result -> {
              market.isReading = false;
              unanswered--;
              reading--;
              if (result.failed()) {
                unreadable.failed(market, result.cause(), System.nanoTime());
                if (isStopping && !isLast) {
                  unread.add(market);
                }
              } else {
                unreadable.remove(market);
                goOn(market, result.result(), generation);
                readNext();
              }
              answered();
            });
  }

  private void goOn(Market market, BarStore.Tail stored, int generation) {
    market.calculator = new Calculator(options.lateMs());
    if (generation == market.generation) {
      market.calculator.goOn(stored);
    }
    stored.running().forEach(bar -> runs(new Running(market.exchange, market.symbol, bar)));
    countEarly(market);
  }

  private void countEarly(Market market) {
    if (market.provisional != null) {
      late.add(market.calculator.join(market.provisional));
      market.provisional = null;
      waiting.add(market);
    }
    List<Tick> early = market.early;
    market.early = new ArrayList<>();
    early.forEach(tick -> count(market, tick));
  }

  // Writing

  private boolean hasWork() {
    return !unread.isEmpty() || !waiting.isEmpty() || !ended.isEmpty() || !running.isEmpty();
  }

  /** Who has nothing to write leaves nothing in Redis. */
  private void holdOrRelease() {
    if (hasWork()) {
      hold();
    } else if (isWriter) {
      isWriter = false;
      store.release(node);
    }
  }

  private Future<?> hold() {
    long asked = System.nanoTime();
    askedNanos = asked;
    return store
        .hold(node, options.leaseMs())
        .onSuccess(
            has -> {
              if (has && !isWriter) {
                LOG.debug("This node writes the bars that are made of ticks");
              }
              isWriter = has;
              leaseNanos = asked;
            })
        .otherwiseEmpty();
  }

  /** By this node's clock the lease ends before it does by that of Redis. */
  private boolean mayWrite() {
    return isWriter
        && System.nanoTime() - leaseNanos < TimeUnit.MILLISECONDS.toNanos(options.leaseMs());
  }

  /** Gives whether it has left something that could be written now. */
  private boolean pass() {
    readNext();
    if (!mayWrite()) {
      long pause = TimeUnit.MILLISECONDS.toNanos(options.leaseMs() / LOOKS);
      if (hasWork() && System.nanoTime() - askedNanos >= pause) {
        hold();
      }
      boolean leavesEnded = writeEnded(overdueMs);
      return write(overdue, MARKETS_A_PASS, MAX_UNANSWERED, INTERVAL_NANOS, overdueMs)
          || leavesEnded;
    }
    overdue.clear();
    findEnded(clock.getAsLong());
    boolean leavesEnded = writeEnded(0);
    int most = waiting.size() > MARKETS_OF_ONE ? MARKETS_A_PASS : 1;
    return write(waiting, most, MAX_UNANSWERED, INTERVAL_NANOS, 0) || leavesEnded;
  }

  /**
   * Another node should have written it, and may have missed what this one has heard. Two that
   * write the same do no harm.
   */
  private void findOverdue() {
    if (mayWrite()) {
      return;
    }
    findEnded(clock.getAsLong() - overdueMs);
    long until = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(overdueMs);
    for (Market market : waiting) {
      if (market.calculator != null && market.calculator.hasUnheard(until)) {
        overdue.add(market);
      }
    }
  }

  private void findEnded(long nowMs) {
    while (!running.isEmpty() && running.firstKey() <= nowMs) {
      for (Running one : running.pollFirstEntry().getValue()) {
        Market market = market(one.exchange, one.symbol);
        market.ended.add(one.bar);
        ended.add(market);
      }
    }
  }

  private boolean writeEnded(long agoMs) {
    return write(ended, ENDED_A_PASS, MAX_UNANSWERED - LEFT_TO_RUNNING, 0, agoMs);
  }

  /**
   * @param most how many at once
   * @param mostUnanswered up to how many that are not answered
   * @param agoMs what has changed that long ago, or longer
   * @return whether it has left some that are due
   */
  private boolean write(
      Set<Market> from, int most, int mostUnanswered, long pauseNanos, long agoMs) {
    long now = System.nanoTime();
    List<Market> next = new ArrayList<>();
    Iterator<Market> each = from.iterator();
    boolean leaves = false;
    while (each.hasNext() && !leaves) {
      Market market = each.next();
      if (!market.isWriting
          && now - market.writtenNanos >= pauseNanos
          && !unwritable.rests(market, now)) {
        leaves = next.size() == most || unanswered + next.size() >= mostUnanswered;
        if (!leaves) {
          next.add(market);
          each.remove();
        }
      }
    }
    long until = now - TimeUnit.MILLISECONDS.toNanos(agoMs);
    next.forEach(market -> write(market, now, until));
    return leaves;
  }

  private Future<?> write(Market market, long now, long untilNanos) {
    Calculator calculator = market.calculator;
    List<Minute> changed =
        calculator == null ? List.of() : calculator.takeChanged(MINUTES_AT_ONCE, untilNanos);
    Set<Ended> over = market.ended;
    if (changed.isEmpty() && over.isEmpty()) {
      return Future.succeededFuture();
    }
    boolean isLast = isStopping;
    market.ended = new LinkedHashSet<>();
    market.isWriting = true;
    market.writtenNanos = now;
    unanswered++;
    return store
        .build(
            market.exchange,
            market.symbol,
            changed.stream().map(Minute::built).toList(),
            List.copyOf(over),
            clock.getAsLong())
        .onComplete(
            result -> {
              market.isWriting = false;
              unanswered--;
              if (result.succeeded()) {
                unwritable.remove(market);
              } else {
                unwritable.failed(market, result.cause(), System.nanoTime());
                if (calculator != null) {
                  calculator.giveBack(changed);
                }
                market.ended.addAll(over);
              }
              if (result.succeeded() || !isLast) {
                writeRest(market);
              }
              answered();
            });
  }

  private void writeRest(Market market) {
    if (!market.ended.isEmpty()) {
      ended.add(market);
    }
    if (market.calculator != null && market.calculator.hasChanged()) {
      waiting.add(market);
    }
  }

  private void forget() {
    long untilMs = clock.getAsLong() - GONE_MS;
    long now = System.nanoTime();
    for (int i = (all.size() + FORGET_PARTS - 1) / FORGET_PARTS; i > 0; i--) {
      Market market = all.remove();
      market.forget();
      if (market.isIdleSince(untilMs, now)) {
        forget(market);
      } else {
        all.add(market);
      }
    }
  }

  private void forget(Market market) {
    List.of(waiting, ended, overdue).forEach(some -> some.remove(market));
    unreadable.remove(market);
    unwritable.remove(market);
    markets.computeIfPresent(
        market.exchange,
        (exchange, symbols) -> {
          symbols.remove(market.symbol);
          return symbols.isEmpty() ? null : symbols;
        });
  }

  private void tryAgain() {
    long now = System.nanoTime();
    readAgain(unreadable.due(now));
    drop(now);
    unwritable.removeIf(market -> !market.hasWork());
  }

  /** What cannot be written for long must not take all memory. */
  private void drop(long now) {
    Set<Market> lasting = new HashSet<>(unreadable.lasting(now));
    lasting.addAll(unwritable.lasting(now));
    // Those of each are left that a late tick may be of.
    int least = (int) Math.min(MOST_UNWRITTEN, options.lateMs() / MINUTE_MS + 2);
    int most = Math.max(least, MOST_UNWRITTEN / Math.max(1, lasting.size()));
    lasting.forEach(market -> dropped.add(market.drop(most)));
  }

  private void readAgain(List<Market> markets) {
    markets.stream().filter(market -> !market.isReading).forEach(unread::add);
  }

  // The end

  @Override
  public Future<?> stop() {
    cancelTimers();
    return finish().eventually(this::close);
  }

  /** An orderly stop loses nothing, and another node need not wait. */
  private Future<?> finish() {
    if (store == null) {
      return Future.succeededFuture();
    }
    isStopping = true;
    readAgain(unreadable.all());
    findEnded(clock.getAsLong());
    long end = System.nanoTime() + LAST_NANOS;
    return drain(() -> System.nanoTime() - end >= 0)
        .compose(v -> unregister())
        .transform(v -> drain(() -> false))
        .onComplete(v -> tellLost())
        .transform(v -> store.release(node))
        .otherwiseEmpty();
  }

  /** Reads and writes whatever waits. What fails is not tried again. */
  private Future<Void> drain(BooleanSupplier isOver) {
    readNext();
    writeNext();
    if (unanswered == 0 || isOver.getAsBoolean()) {
      return Future.succeededFuture();
    }
    Promise<Void> answered = Promise.promise();
    allAnswered = answered;
    return answered.future().compose(v -> drain(isOver));
  }

  private void tellLost() {
    long now = System.nanoTime();
    List<Market> left =
        markets.values().stream()
            .flatMap(symbols -> symbols.values().stream())
            .filter(market -> market.hasUnheard(now))
            .toList();
    if (!left.isEmpty()) {
      LOG.warn(
          "This node stops with bars of {} markets that could not be written, such as {} {}",
          left.size(),
          left.get(0).exchange,
          left.get(0).symbol);
    }
  }

  private void writeNext() {
    waiting.addAll(ended);
    ended.clear();
    while (!waiting.isEmpty() && unanswered < MAX_UNANSWERED) {
      Market market = waiting.iterator().next();
      waiting.remove(market);
      long now = System.nanoTime();
      write(market, now, now);
    }
  }

  private void answered() {
    if (unanswered == 0 && allAnswered != null) {
      Promise<Void> answered = allAnswered;
      allAnswered = null;
      answered.complete();
    }
  }

  private void cancelTimers() {
    timers.forEach(vertx::cancelTimer);
    vertx.cancelTimer(passTimer);
  }

  private Future<?> close() {
    cancelTimers();
    return unregister()
        .eventually(() -> link == null ? Future.succeededFuture() : link.close())
        .onComplete(
            done -> {
              unreadable.close();
              unwritable.close();
              meters.close();
            });
  }

  private Future<?> unregister() {
    List<Future<Void>> all = consumers.stream().map(MessageConsumer::unregister).toList();
    consumers.clear();
    return Future.join(all);
  }
}
