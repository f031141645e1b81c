package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.FeedClient;
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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Callers of all kinds on keys in many slots, who go on whatever happens, and keep account of what
 * was acknowledged.
 */
final class TradingLoad {

  private static final int LANES = 8;
  private static final int MORE = 50;
  private static final long PACE_MS = 1;
  private static final long POP_MS = 200;
  private static final String POP = "pop ";
  private static final long PAUSE_MS = 20;
  private static final String SYMBOL = "BTC/USDT";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

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
  private final Map<String, Long> tokens = new ConcurrentHashMap<>();
  private final Map<String, String> shown = new HashMap<>();
  private final Map<Integer, AtomicLong> failures = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<Throwable> surprises = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicLong> successes = new ConcurrentHashMap<>();
  private final AtomicLong longestNanos = new AtomicLong();
  private final List<Future<?>> lanes = new ArrayList<>();
  private final List<Future<?>> tickLanes = new ArrayList<>();
  private final Map<String, AtomicLong> unlucky = new ConcurrentHashMap<>();
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
      lanes.add(goOn("bot " + lane, n -> acquire(lane)));
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
    successes.put(lane, done);
    unlucky.put(lane, bad);
    return Callers.until(
        () -> over || (ticksOver && lane.startsWith("tick")),
        () -> {
          long start = System.nanoTime();
          return call.call(turns.getAndIncrement())
              .onComplete(v -> longestNanos.accumulateAndGet(System.nanoTime() - start, Math::max))
              .onSuccess(v -> done.incrementAndGet())
              .onFailure(v -> bad.incrementAndGet())
              .transform(result -> pause(result.succeeded() ? PACE_MS : failed(result.cause())));
        });
  }

  private Future<?> pause(long ms) {
    return vertx.timer(ms, TimeUnit.MILLISECONDS);
  }

  /** Keeps account; gives how long the caller takes a breath, so as not only to count failures. */
  private long failed(Throwable cause) {
    int code = cause instanceof ServiceException failure ? failure.failureCode() : -1;
    failures.computeIfAbsent(code, c -> new AtomicLong()).incrementAndGet();
    if (code != 503 && code != 504) {
      surprises.add(cause);
    }
    return PAUSE_MS;
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

  private Future<?> acquire(int lane) {
    String market = "market-" + lane;
    return bots.acquireBlock(market, SYMBOL, "bot", 60_000)
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
    Map<String, Long> wanted = new HashMap<>();
    successes.forEach((lane, count) -> wanted.put(lane, count.get() + MORE));
    await("progress of every caller")
        .atMost(PATIENCE)
        .until(
            () ->
                wanted.entrySet().stream()
                    .allMatch(entry -> successes.get(entry.getKey()).get() >= entry.getValue()));
  }

  /** Waits until every caller who writes has failed again. */
  void awaitFailures() {
    Map<String, Long> before = new HashMap<>();
    unlucky.forEach((lane, count) -> before.put(lane, count.get()));
    // A pop that finds nothing writes nothing, which a full server allows.
    before.keySet().removeIf(lane -> lane.startsWith(POP));
    await("a failure of every caller")
        .atMost(PATIENCE)
        .until(
            () ->
                before.entrySet().stream()
                    .allMatch(entry -> unlucky.get(entry.getKey()).get() > entry.getValue()));
  }

  /** How many calls failed, by code. */
  Map<Integer, Long> failures() {
    Map<Integer, Long> counts = new TreeMap<>();
    failures.forEach((code, count) -> counts.put(code, count.get()));
    return counts;
  }

  /** Reads what the feed sends until it tells this state. */
  void awaitFeed(String state) {
    while (!state.equals(read().getString("state"))) {
      // Ticks above all.
    }
  }

  private JsonObject read() {
    JsonObject frame = feed.next();
    JsonArray ticks = frame.getJsonArray("ticks", new JsonArray());
    for (int i = 0; i < ticks.size(); i++) {
      JsonObject tick = ticks.getJsonObject(i);
      shown.put(tick.getString("exchange"), tick.getString("price"));
    }
    return frame;
  }

  /** Ends the ticks, and reads what the feed sends until it has shown the last of each. */
  void awaitLatestTicks() {
    ticksOver = true;
    get(Future.join(tickLanes));
    for (int lane = 0; lane < LANES; lane++) {
      String exchange = exchange(lane);
      String last = get(ticks.getPrice(SYMBOL, exchange)).toPlainString();
      while (!last.equals(shown.get(exchange))) {
        read();
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
    Lost lost = new Lost(lostPushes(), lostFills(), lostTrades(), lostOffers(), takenAgain.get());
    System.out.printf(
        "%s: %d successes, failures %s, longest call %d ms, lost %s%n",
        fault,
        successes.values().stream().mapToLong(AtomicLong::get).sum(),
        failures,
        TimeUnit.NANOSECONDS.toMillis(longestNanos.get()),
        lost);
    return lost;
  }

  /** Acknowledged writes that are not there, and pops that are not: the id was popped again. */
  record Lost(int pushes, int fills, int trades, int offers, int pops) {

    static final Lost NOTHING = new Lost(0, 0, 0, 0, 0);
  }

  private int lostTrades() {
    Set<String> missing = new HashSet<>(traded);
    for (int lane = 0; lane < LANES; lane++) {
      assertThat(get(symbols.getSymbol(SYMBOL, exchange(lane)))).isEqualTo(symbol(lane));
      List<Trade> page;
      do {
        page = get(trades.drainTradesList(SYMBOL, exchange(lane), TradesCache.MAX_MAX));
        page.forEach(trade -> missing.remove(trade.tradeId()));
      } while (!page.isEmpty());
    }
    return missing.size();
  }

  /** A pop whose answer is missing may have taken one: that is what it says. */
  private int lostOffers() {
    long unanswered = 0;
    for (int lane = 0; lane < LANES; lane++) {
      String id;
      while ((id = get(orders.popOpenOrder(offers(lane), 0L))) != null) {
        popped(id);
      }
      unanswered += unlucky.get(POP + lane).get();
    }
    Set<String> missing = new HashSet<>(offered);
    missing.removeAll(taken);
    return (int) Math.max(0, missing.size() - unanswered);
  }

  private int lostPushes() {
    Set<String> missing = ConcurrentHashMap.newKeySet();
    missing.addAll(pushed);
    Set<String> seen = ConcurrentHashMap.newKeySet();
    for (int lane = 0; lane < LANES; lane++) {
      String queue = queue(lane);
      String id;
      while ((id = get(orders.popOpenOrder(queue, 0L))) != null) {
        assertThat(seen.add(id)).as("popped once: " + id).isTrue();
        missing.remove(id);
      }
    }
    return missing.size();
  }

  private int lostFills() {
    int lost = 0;
    for (int lane = 0; lane < LANES; lane++) {
      int exId = lane;
      long last = fills.get(lane).get();
      for (long n = 1; n <= last; n++) {
        String id = "t" + n;
        boolean before = get(accounts.recordFill(exId, fill(id))).before();
        if (!before && filled.get(lane).contains(id)) {
          lost++;
        }
      }
      assertThat(get(accounts.getPosition(SYMBOL, exId)).size())
          .isEqualByComparingTo(BigDecimal.valueOf(last));
    }
    return lost;
  }
}
