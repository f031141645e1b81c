package io.fullon.cache.fence;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Bots that are paused around each step, on two nodes with two verticles each, with leases that are
 * shorter than some pauses. What a token was answered before goes for all that begins afterwards:
 * nothing is written with an older one.
 */
class FencedRacesIT {

  private static final String EXCHANGE = "exchange";
  private static final int MARKETS = 8;

  /** Of each market; two of them are processes of the same bot. */
  private static final int BOTS = 4;

  private static final int PAUSES = 10_000;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final List<CacheNode> nodes = List.of(node(), node());

  private final AtomicInteger pauses = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger given = new AtomicInteger();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

  private static CacheNode node() {
    return redis.node(
        new JsonObject()
            .put("web", new JsonObject().put("enabled", false))
            .put("bot", new JsonObject().put("instances", 2))
            .put("orders", new JsonObject().put("instances", 2).put("visibility_timeout_ms", 50)));
  }

  private static Vertx anyNode() {
    return nodes.get(ThreadLocalRandom.current().nextInt(nodes.size())).vertx();
  }

  private static OrdersCache orders() {
    return OrdersCache.proxy(anyNode());
  }

  private static BotCache bots() {
    return BotCache.proxy(anyNode());
  }

  private static long random(long below) {
    return ThreadLocalRandom.current().nextLong(below);
  }

  private boolean over() {
    return pauses.get() >= PAUSES;
  }

  /** Now and then longer than a lease. */
  private Future<Void> pause() {
    return pause(random(8) == 0 ? 120 : 4);
  }

  private Future<Void> pause(long atMostMs) {
    pauses.incrementAndGet();
    return anyNode().timer(1 + random(atMostMs), TimeUnit.MILLISECONDS);
  }

  private final class Market {

    private final String symbol;
    private final String order;
    private final String queue;

    /** The largest token that was answered, or that is known to be none any more. */
    private final AtomicLong newest = new AtomicLong();

    /** Which version the order had after the token was answered. */
    private final Queue<long[]> seen = new ConcurrentLinkedQueue<>();

    /** Which version a write with the token made. */
    private final Queue<long[]> written = new ConcurrentLinkedQueue<>();

    Market(int number) {
      symbol = "S" + number;
      order = "O" + number;
      queue = "queue-" + number;
    }

    void open() {
      get(orders().saveOrder(EXCHANGE, whole()));
    }

    private Order whole() {
      return Order.builder().exOrderId(order).symbol(symbol).status("open").build();
    }

    Future<?> bot(int number) {
      String id = "bot " + number / 2;
      return Callers.until(
          FencedRacesIT.this::over,
          () ->
              pause(300)
                  .compose(v -> bots().acquireBlock(EXCHANGE, symbol, id, 20 + random(80)))
                  .compose(block -> block == null ? Future.succeededFuture() : trade(block)));
    }

    private Future<?> trade(Block block) {
      long token = block.token();
      answered(token);
      return orders()
          .getOrderStatus(EXCHANGE, order)
          .onSuccess(known -> seen.add(new long[] {token, known == null ? 0 : known.version()}))
          .compose(v -> Callers.inTurn(5, step -> pause().compose(paused -> write(block))))
          .compose(
              v ->
                  random(2) == 0
                      ? bots()
                          .unblockExchange(EXCHANGE, symbol, block.botId(), token)
                          .onSuccess(
                              released -> {
                                if (released) {
                                  answered(token + 1);
                                }
                              })
                      : Future.succeededFuture());
    }

    private void answered(long token) {
      newest.accumulateAndGet(token, Math::max);
    }

    private Future<?> write(Block block) {
      long token = block.token();
      JsonObject data = new JsonObject().put("symbol", symbol).put("status", "open");
      Fence fence = new Fence(EXCHANGE, symbol, token);
      return switch ((int) random(6)) {
        case 0, 1 ->
            fenced(
                    token,
                    "saveOrderData",
                    orders -> orders.saveOrderData(EXCHANGE, order, data, token))
                .onSuccess(
                    merged -> {
                      if (merged != null) {
                        written.add(new long[] {token, merged.version()});
                      }
                    });
        case 2 -> fenced(token, "saveOrder", orders -> orders.saveOrder(EXCHANGE, whole(), token));
        case 3 ->
            fenced(
                token,
                "bindOrder",
                orders -> orders.bindOrder(EXCHANGE, "c" + order, order, token));
        case 4 ->
            fenced(
                token,
                "pushOpenOrder",
                orders -> orders.pushOpenOrder(token + "." + random(1L << 40), queue, fence));
        default -> {
          long before = newest.get();
          yield bots()
              .markOpeningPosition(EXCHANGE, symbol, block.botId(), token)
              .onSuccess(marked -> check(marked, before, token, "markOpeningPosition"));
        }
      };
    }

    private <T> Future<T> fenced(long token, String write, Function<OrdersCache, Future<T>> call) {
      long before = newest.get();
      return call.apply(orders())
          .onSuccess(v -> check(true, before, token, write))
          .recover(
              cause -> {
                if (!Failure.CONFLICT.matches(cause)) {
                  return Future.failedFuture(cause);
                }
                refused.incrementAndGet();
                return Future.succeededFuture();
              });
    }

    private void check(boolean done, long before, long token, String what) {
      if (done && token < before) {
        wrong.add(what + " with " + token + " after " + before + " was answered");
      }
    }

    Future<?> executor(int number) {
      return Callers.until(
          FencedRacesIT.this::over,
          () -> {
            long before = newest.get();
            return number == 0
                ? orders()
                    .popOpenOrder(queue, random(200))
                    .onSuccess(id -> given(id, before, "popOpenOrder"))
                : orders()
                    .takeOpenOrder(queue, "executor", random(200))
                    .compose(
                        claim -> {
                          if (claim == null) {
                            return Future.succeededFuture();
                          }
                          given(claim.exOrderId(), before, "takeOpenOrder");
                          // One in so many comes back.
                          return random(4) == 0
                              ? Future.succeededFuture()
                              : orders().ackOpenOrder(queue, claim.receipt());
                        });
          });
    }

    private void given(String id, long before, String what) {
      if (id != null) {
        given.incrementAndGet();
        check(true, before, Long.parseLong(id.substring(0, id.indexOf('.'))), what);
      }
    }

    void assertNothingWasWrittenBehindANewerToken() {
      for (long[] write : written) {
        assertThat(seen)
            .filteredOn(acquired -> acquired[0] > write[0])
            .as("order as it was seen under tokens above %s, which wrote %s", write[0], write[1])
            .allMatch(acquired -> acquired[1] >= write[1]);
      }
    }
  }

  @Test
  void nothingIsWrittenOrGivenOutWithATokenThatIsNoneAnyMore() {
    List<Market> markets = IntStream.range(0, MARKETS).mapToObj(Market::new).toList();
    markets.forEach(Market::open);
    List<Future<?>> callers = new ArrayList<>();
    for (Market market : markets) {
      IntStream.range(0, BOTS).forEach(bot -> callers.add(market.bot(bot)));
      IntStream.range(0, 2).forEach(executor -> callers.add(market.executor(executor)));
    }
    Callers.await(callers);

    assertThat(wrong).isEmpty();
    markets.forEach(Market::assertNothingWasWrittenBehindANewerToken);
    assertThat(refused.get()).as("writes that were refused").isPositive();
    assertThat(given.get()).as("ids that were given out").isPositive();
    assertThat(markets.stream().mapToInt(market -> market.written.size()).sum())
        .as("orders that were written")
        .isPositive();
  }
}
