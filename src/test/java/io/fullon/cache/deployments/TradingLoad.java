package io.fullon.cache.deployments;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Callers of all kinds on keys in many slots, who go on whatever happens, and keep account of what
 * was acknowledged.
 */
final class TradingLoad {

  private static final int LANES = 8;
  private static final int MORE = 50;
  private static final long PACE_MS = 1;
  private static final long PAUSE_MS = 20;
  private static final String SYMBOL = "BTC/USDT";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Vertx vertx;
  private final OrdersCache orders;
  private final AccountCache accounts;
  private final BotCache bots;
  private final TickCache ticks;

  private final Set<String> pushed = ConcurrentHashMap.newKeySet();
  private final List<Set<String>> filled = new ArrayList<>();
  private final List<AtomicLong> fills = new ArrayList<>();
  private final Map<String, Long> tokens = new ConcurrentHashMap<>();
  private final Map<String, Tick> lastTicks = new ConcurrentHashMap<>();
  private final Map<Integer, AtomicLong> failures = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<Throwable> surprises = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicLong> successes = new ConcurrentHashMap<>();
  private final AtomicLong longestNanos = new AtomicLong();
  private final List<Future<?>> lanes = new ArrayList<>();
  private volatile boolean over;

  TradingLoad(Vertx vertx) {
    this.vertx = vertx;
    orders = OrdersCache.proxy(vertx);
    accounts = AccountCache.proxy(vertx);
    bots = BotCache.proxy(vertx);
    ticks = TickCache.proxy(vertx);
    for (int i = 0; i < LANES; i++) {
      filled.add(ConcurrentHashMap.newKeySet());
      fills.add(new AtomicLong());
    }
  }

  private static String queue(int lane) {
    return "queue " + lane;
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
      lanes.add(goOn("tick " + lane, n -> tick(lane, n)));
    }
    return this;
  }

  private interface Call {
    Future<?> call(long turn);
  }

  private Future<?> goOn(String lane, Call call) {
    AtomicLong turns = new AtomicLong();
    AtomicLong done = new AtomicLong();
    successes.put(lane, done);
    return Callers.until(
        () -> over,
        () -> {
          long start = System.nanoTime();
          return call.call(turns.getAndIncrement())
              .onComplete(v -> longestNanos.accumulateAndGet(System.nanoTime() - start, Math::max))
              .onSuccess(v -> done.incrementAndGet())
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
    String exchange = "exchange-" + lane;
    Tick tick = Tick.of(exchange, SYMBOL, BigDecimal.valueOf(turn), Instant.now());
    return ticks.updateTicker(exchange, tick).onSuccess(stored -> lastTicks.put(exchange, tick));
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

  /** Ends it; gives how many acknowledged writes are not there, by kind. */
  Lost stop(String fault) {
    over = true;
    get(Future.join(lanes));
    assertThat(surprises).isEmpty();
    Lost lost = new Lost(lostPushes(), lostFills());
    System.out.printf(
        "%s: %d successes, failures %s, longest call %d ms, lost %s%n",
        fault,
        successes.values().stream().mapToLong(AtomicLong::get).sum(),
        failures,
        TimeUnit.NANOSECONDS.toMillis(longestNanos.get()),
        lost);
    return lost;
  }

  /** Acknowledged writes that are not there. */
  record Lost(int pushes, int fills) {}

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
