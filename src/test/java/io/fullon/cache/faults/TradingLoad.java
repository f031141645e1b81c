package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/**
 * Callers of all kinds on keys in many slots, who go on whatever happens, and keep account of what
 * was acknowledged.
 */
final class TradingLoad {

  private static final int LANES = 8;
  private static final int MORE = 50;
  private static final int FIELDS = 10;
  private static final String BOT = "bot ";
  private static final long LEASE_MS = 60_000;
  private static final long PACE_MS = 1;
  private static final long POP_MS = 200;
  private static final String POP = "pop ";
  private static final long PAUSE_MS = 20;
  private static final String SYMBOL = "BTC/USDT";

  private final Vertx vertx;
  private final OrdersCache orders;
  private final AccountCache accounts;
  private final BotCache bots;
  private final TickCache ticks;
  private final TradesCache trades;
  private final SymbolCache symbols;
  private final FeedClient feed;

  private final Set<String> pushed = ConcurrentHashMap.newKeySet();
  private final List<Set<String>> filled = new ArrayList<>();
  private final List<AtomicLong> fills = new ArrayList<>();
  private final Set<String> traded = ConcurrentHashMap.newKeySet();
  private final Set<String> offered = ConcurrentHashMap.newKeySet();
  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final AtomicInteger takenAgain = new AtomicInteger();
  private final Set<String> merged = ConcurrentHashMap.newKeySet();
  private final Map<String, Long> tokens = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> blocksLost = new ConcurrentHashMap<>();
  private final Map<String, JsonObject> shown = new HashMap<>();
  private final Map<Integer, AtomicLong> failures = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<Throwable> surprises = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicLong> successes = new ConcurrentHashMap<>();
  private final AtomicLong longestNanos = new AtomicLong();
  private final List<Future<?>> lanes = new ArrayList<>();
  private final List<Future<?>> tickLanes = new ArrayList<>();
  private final Map<String, AtomicLong> unlucky = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> unknown = new ConcurrentHashMap<>();

  /** When each caller had the first success after the fault, as nanoTime. */
  private final Map<String, Long> recovered = new ConcurrentHashMap<>();

  private volatile Set<Integer> expected = Set.of(503, 504);
  private volatile long healed;
  private volatile boolean over;
  private volatile boolean ticksOver;

  TradingLoad(Vertx vertx) {
    this(vertx, null);
  }

  /**
   * @param feed a new client of the gateway, or null; it is closed with this
   */
  TradingLoad(Vertx vertx, FeedClient feed) {
    this.vertx = vertx;
    this.feed = feed;
    if (feed != null) {
      feed.next("welcome");
      feed.subscribe("*", "*");
    }
    orders = OrdersCache.proxy(vertx);
    accounts = AccountCache.proxy(vertx);
    bots = BotCache.proxy(vertx);
    ticks = TickCache.proxy(vertx);
    trades = TradesCache.proxy(vertx);
    symbols = SymbolCache.proxy(vertx);
    for (int i = 0; i < LANES; i++) {
      filled.add(ConcurrentHashMap.newKeySet());
      fills.add(new AtomicLong());
    }
  }

  private static String queue(int lane) {
    return "queue " + lane;
  }

  private static String offers(int lane) {
    return "offers " + lane;
  }

  private static String exchange(int lane) {
    return "exchange-" + lane;
  }

  private static Trade fill(String id) {
    return Trade.builder(id, SYMBOL, Side.BUY).volume(BigDecimal.ONE).price(BigDecimal.TEN).build();
  }

  TradingLoad start() {
    for (int i = 0; i < LANES; i++) {
      int lane = i;
      lanes.add(goOn("push " + lane, n -> push(lane, n)));
      lanes.add(goOn("fill " + lane, n -> fill(lane)));
      lanes.add(goOn("order " + lane, n -> merge(lane, n)));
      lanes.add(goOn(BOT + lane, n -> hold(lane, n)));
      lanes.add(goOn("trade " + lane, n -> trade(lane, n)));
      lanes.add(goOn("symbol " + lane, n -> symbols.putSymbol(symbol(lane))));
      lanes.add(goOn("offer " + lane, n -> offer(lane, n)));
      lanes.add(goOn(POP + lane, n -> pop(lane)));
      tickLanes.add(goOn("tick " + lane, n -> tick(lane, n)));
    }
    return this;
  }

  private interface Call {
    Future<?> call(long turn);
  }

  private Future<?> goOn(String lane, Call call) {
    AtomicLong turns = new AtomicLong();
    AtomicLong done = new AtomicLong();
    AtomicLong bad = new AtomicLong();
    AtomicLong unsure = new AtomicLong();
    successes.put(lane, done);
    unlucky.put(lane, bad);
    unknown.put(lane, unsure);
    return Callers.until(
        () -> over || (ticksOver && lane.startsWith("tick")),
        () -> {
          long start = System.nanoTime();
          return call.call(turns.getAndIncrement())
              .onComplete(v -> longestNanos.accumulateAndGet(System.nanoTime() - start, Math::max))
              .onSuccess(
                  given -> {
                    // A pop that finds nothing served nobody.
                    if (given != null || !lane.startsWith(POP)) {
                      done.incrementAndGet();
                      recovered.merge(
                          lane, System.nanoTime(), (old, now) -> old > healed ? old : now);
                    }
                  })
              .onFailure(
                  cause -> {
                    bad.incrementAndGet();
                    if (code(cause) != 503) {
                      unsure.incrementAndGet();
                    }
                  })
              .transform(result -> pause(result.succeeded() ? PACE_MS : failed(result.cause())));
        });
  }

  private Future<?> pause(long ms) {
    return vertx.timer(ms, TimeUnit.MILLISECONDS);
  }

  /** Keeps account; gives how long the caller takes a breath, so as not only to count failures. */
  private long failed(Throwable cause) {
    int code = code(cause);
    failures.computeIfAbsent(code, c -> new AtomicLong()).incrementAndGet();
    if (!expected.contains(code)) {
      surprises.add(cause);
    }
    return PAUSE_MS;
  }

  private static int code(Throwable cause) {
    return cause instanceof ServiceException failure ? failure.failureCode() : -1;
  }

  /** From now on calls may fail with these codes only: 503 and 504 unless this is called. */
  void expect(Integer... codes) {
    expected = Set.of(codes);
  }

  /** The fault is about to end: from here on it is measured how long the callers need. */
  void heal() {
    healed = System.nanoTime();
  }

  private Future<?> push(int lane, long turn) {
    String id = lane + "." + turn;
    return orders.pushOpenOrder(id, queue(lane)).onSuccess(v -> pushed.add(id));
  }

  private Future<?> fill(int lane) {
    String id = "t" + fills.get(lane).incrementAndGet();
    return accounts.applyFill(lane, fill(id)).onSuccess(v -> filled.get(lane).add(id));
  }

  private Future<?> trade(int lane, long turn) {
    String id = lane + "." + turn;
    return trades
        .pushTradeList(SYMBOL, exchange(lane), fill(id))
        .onSuccess(length -> traded.add(id));
  }

  private static Symbol symbol(int lane) {
    return Symbol.of(exchange(lane), SYMBOL, 2, new BigDecimal("0.01"));
  }

  /** For those who pop meanwhile. */
  private Future<?> offer(int lane, long turn) {
    String id = lane + "." + turn;
    return orders.pushOpenOrder(id, offers(lane)).onSuccess(length -> offered.add(id));
  }

  private Future<?> pop(int lane) {
    return orders.popOpenOrder(offers(lane), POP_MS).onSuccess(this::popped);
  }

  private void popped(String id) {
    if (id != null && !taken.add(id)) {
      takenAgain.incrementAndGet();
    }
  }

  /** A field of an order at a time, never one twice. */
  private Future<?> merge(int lane, long turn) {
    JsonObject data = new JsonObject().put(field(turn), turn);
    return orders
        .saveOrderData(exchange(lane), order(turn), data)
        .onSuccess(order -> merged.add(lane + "." + turn));
  }

  private static String order(long turn) {
    return "order " + turn / FIELDS;
  }

  private static String field(long turn) {
    return "field " + turn % FIELDS;
  }

  /** Takes the block and renews it, in turn. */
  private Future<?> hold(int lane, long turn) {
    String market = "market-" + lane;
    Long token = tokens.get(market);
    if (token == null || turn % 2 == 0) {
      return acquire(market);
    }
    return bots.renewBlock(market, SYMBOL, "bot", token, LEASE_MS)
        .onSuccess(
            renewed -> {
              if (!renewed) {
                blocksLost.computeIfAbsent(BOT + lane, key -> new AtomicLong()).incrementAndGet();
              }
            });
  }

  private Future<?> acquire(String market) {
    return bots.acquireBlock(market, SYMBOL, "bot", LEASE_MS)
        .onSuccess(
            block -> {
              Long last = tokens.put(market, block.token());
              if (last != null && last >= block.token()) {
                surprises.add(new AssertionError("token went from " + last + " to " + block));
              }
            });
  }

  private Future<?> tick(int lane, long turn) {
    String exchange = exchange(lane);
    Tick tick = Tick.of(exchange, SYMBOL, BigDecimal.valueOf(turn), Instant.now());
    return ticks.updateTicker(exchange, tick);
  }

  /** Waits until every caller has had more success. */
  void awaitProgress() {
    awaitProgress(MORE);
  }

  /** Waits until every caller has had so many successes more. */
  void awaitProgress(int more) {
    Map<String, Long> wanted = new HashMap<>();
    successes.forEach((lane, count) -> wanted.put(lane, count.get() + more));
    Patience.await(
        "successes of " + wanted.keySet(),
        () -> {
          wanted.entrySet().removeIf(lane -> successes.get(lane.getKey()).get() >= lane.getValue());
          return wanted.isEmpty();
        },
        // Of those who have not had enough: the others go on whatever happens.
        () -> counts(successes, wanted.keySet()));
  }

  /** Waits until every caller who writes has failed again. */
  void awaitFailures() {
    Map<String, Long> before = new HashMap<>();
    unlucky.forEach((lane, count) -> before.put(lane, count.get()));
    // A pop that finds nothing writes nothing, which a full server allows.
    before.keySet().removeIf(lane -> lane.startsWith(POP));
    Patience.await(
        "failures of " + before.keySet(),
        () -> {
          before.entrySet().removeIf(lane -> unlucky.get(lane.getKey()).get() > lane.getValue());
          return before.isEmpty();
        },
        () -> Set.copyOf(before.keySet()));
  }

  private static Map<String, Long> counts(Map<String, AtomicLong> of, Set<String> lanes) {
    Map<String, Long> counts = new TreeMap<>();
    lanes.forEach(lane -> counts.put(lane, of.get(lane).get()));
    return counts;
  }

  /** How many calls failed, by code. */
  Map<Integer, Long> failures() {
    Map<Integer, Long> counts = new TreeMap<>();
    failures.forEach((code, count) -> counts.put(code, count.get()));
    return counts;
  }

  /** The longest that a call took until now. */
  Duration longestCall() {
    return Duration.ofNanos(longestNanos.get());
  }

  /** Reads what the feed sends until it tells this state. */
  void awaitFeed(String state) {
    readUntil("the state " + state, frame -> state.equals(frame.getString("state")));
  }

  private void readUntil(String what, Predicate<JsonObject> wanted) {
    long deadline = System.nanoTime() + Patience.LONG.toNanos();
    JsonObject frame;
    do {
      // Heartbeats too: while Redis is away there is nothing else.
      String text = feed.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      assertThat(text).as(what).isNotNull();
      frame = new JsonObject(text);
      show(frame);
    } while (!wanted.test(frame));
  }

  private void show(JsonObject frame) {
    JsonArray ticks = frame.getJsonArray("ticks", new JsonArray());
    for (int i = 0; i < ticks.size(); i++) {
      JsonObject tick = ticks.getJsonObject(i);
      JsonObject before = shown.put(tick.getString("exchange"), tick);
      if (before != null && before.getLong("seq") > tick.getLong("seq")) {
        surprises.add(new AssertionError("the feed went from " + before + " to " + tick));
      }
    }
  }

  /** Ends the ticks, and reads what the feed sends until it has shown the last of each. */
  void awaitLatestTicks() {
    ticksOver = true;
    get(Future.join(tickLanes));
    for (int lane = 0; lane < LANES; lane++) {
      String exchange = exchange(lane);
      JsonObject last = get(ticks.getTicker(SYMBOL, exchange)).toJson();
      if (!last.equals(shown.get(exchange))) {
        readUntil("the last tick " + last, frame -> last.equals(shown.get(exchange)));
      }
    }
    feed.close();
  }

  /** Ends it; gives how many acknowledged writes are not there, by kind. */
  Lost stop(String fault) {
    over = true;
    get(Future.join(lanes));
    get(Future.join(tickLanes));
    assertThat(surprises).isEmpty();
    Lost lost =
        new Lost(
            lostPushes(),
            lostFills(),
            lostTrades(),
            lostOffers(),
            takenAgain.get(),
            lostMerges(),
            lostBlocks());
    System.out.printf(
        "%s: %d successes, failures %s, longest call %d ms, %slost %s%n",
        fault,
        successes.values().stream().mapToLong(AtomicLong::get).sum(),
        failures,
        longestCall().toMillis(),
        recovery(),
        lost);
    return lost;
  }

  private String recovery() {
    if (healed == 0) {
      return "";
    }
    LongSummaryStatistics ms =
        recovered.values().stream()
            .mapToLong(first -> TimeUnit.NANOSECONDS.toMillis(first - healed))
            .summaryStatistics();
    return "first success " + ms.getMin() + " ms after it, of all " + ms.getMax() + " ms, ";
  }

  /** Acknowledged writes that are not there, and pops that are not: the id was popped again. */
  record Lost(int pushes, int fills, int trades, int offers, int pops, int merges, int blocks) {

    static final Lost NOTHING = new Lost(0, 0, 0, 0, 0, 0, 0);
  }

  private static void audit(IntFunction<Future<?>> ofLane) {
    Callers.await(List.of(Callers.each(LANES, ofLane)));
  }

  private int lostTrades() {
    Set<String> missing = ConcurrentHashMap.newKeySet();
    missing.addAll(traded);
    audit(
        lane -> {
          AtomicBoolean empty = new AtomicBoolean();
          return Callers.until(
              empty::get,
              () ->
                  trades
                      .drainTradesList(SYMBOL, exchange(lane), TradesCache.MAX_MAX)
                      .onSuccess(
                          page -> {
                            empty.set(page.isEmpty());
                            page.forEach(trade -> missing.remove(trade.tradeId()));
                          }));
        });
    for (int lane = 0; lane < LANES; lane++) {
      assertThat(get(symbols.getSymbol(SYMBOL, exchange(lane)))).isEqualTo(symbol(lane));
    }
    return missing.size();
  }

  private Future<?> popAll(String queue, Consumer<String> id) {
    AtomicBoolean empty = new AtomicBoolean();
    return Callers.until(
        empty::get,
        () ->
            orders
                .popOpenOrder(queue, 0)
                .onSuccess(
                    popped -> {
                      empty.set(popped == null);
                      if (popped != null) {
                        id.accept(popped);
                      }
                    }));
  }

  /** A pop whose outcome is unknown may have taken one; one that got 503 must not. */
  private int lostOffers() {
    audit(lane -> popAll(offers(lane), this::popped));
    int lost = 0;
    Set<String> missing = new HashSet<>(offered);
    missing.removeAll(taken);
    for (int lane = 0; lane < LANES; lane++) {
      String ofLane = lane + ".";
      long missed = missing.stream().filter(id -> id.startsWith(ofLane)).count();
      lost += (int) Math.max(0, missed - unknown.get(POP + lane).get());
    }
    return lost;
  }

  private int lostPushes() {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Set<String> twice = ConcurrentHashMap.newKeySet();
    audit(
        lane ->
            popAll(
                queue(lane),
                id -> {
                  if (!seen.add(id)) {
                    twice.add(id);
                  }
                }));
    assertThat(twice).as("popped twice").isEmpty();
    Set<String> missing = new HashSet<>(pushed);
    missing.removeAll(seen);
    return missing.size();
  }

  private int lostFills() {
    AtomicInteger lost = new AtomicInteger();
    audit(
        lane ->
            Callers.inTurn(
                fills.get(lane).intValue(),
                n -> {
                  String id = "t" + (n + 1);
                  return accounts
                      .applyFill(lane, fill(id))
                      .onSuccess(
                          fill -> {
                            if (fill.counted() && filled.get(lane).contains(id)) {
                              lost.incrementAndGet();
                            }
                          });
                }));
    // All that were ever tried are in it now, each once.
    for (int lane = 0; lane < LANES; lane++) {
      assertThat(get(accounts.getPosition(SYMBOL, lane)).size())
          .isEqualByComparingTo(BigDecimal.valueOf(fills.get(lane).get()));
    }
    return lost.get();
  }

  private int lostMerges() {
    Set<String> missing = ConcurrentHashMap.newKeySet();
    missing.addAll(merged);
    audit(
        lane ->
            orders
                .getOrders(exchange(lane))
                .onSuccess(
                    saved ->
                        saved.forEach(
                            order ->
                                order
                                    .more()
                                    .forEach(
                                        field -> missing.remove(lane + "." + field.getValue())))));
    return missing.size();
  }

  /** An acquisition whose outcome is unknown may have ended the token before it. */
  private int lostBlocks() {
    return blocksLost.entrySet().stream()
        .mapToInt(
            lost -> (int) Math.max(0, lost.getValue().get() - unknown.get(lost.getKey()).get()))
        .sum();
  }
}
