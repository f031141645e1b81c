package io.fullon.cache.fence;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fence.Deed.What;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A program with bots and executors whose event loops are paused before, in and after the steps of
 * what they do, often for longer than their leases. The services are on the same few loops. It
 * prints what was done, and refused, with which token.
 */
public final class PausedBots {

  static final String EXCHANGE = "exchange";
  static final int MARKETS = 6;
  static final String DONE = "done";

  private static final int BOTS = 2;
  private static final int LOOPS = 4;

  /** Of a lease: at least. */
  private static final long SHORTEST_MS = 20;

  private static final long LONGEST_MS = 100;

  /** There is a pause at one in so many places where there may be one. */
  private static final int PLACES = 10;

  /** One pause in so many is as long as a lease, or longer. */
  private static final int LONG_ONES = 8;

  private final String process;
  private final int pauses;
  private final Random random;
  private final AtomicInteger paused = new AtomicInteger();
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS));

  private PausedBots(String process, int pauses, long seed) {
    this.process = process;
    this.pauses = pauses;
    this.random = new Random(seed);
  }

  /**
   * @param arguments the URI of Redis, what this process is called, how many pauses, the seed
   */
  public static void main(String[] arguments) {
    PausedBots bots =
        new PausedBots(arguments[1], Integer.parseInt(arguments[2]), Long.parseLong(arguments[3]));
    bots.run(arguments[0])
        .onSuccess(v -> System.out.println(DONE))
        .onFailure(
            cause -> {
              cause.printStackTrace();
              System.exit(1);
            });
  }

  private Future<?> run(String redis) {
    JsonObject config =
        CacheNode.config(
            redis,
            new JsonObject()
                .put("web", new JsonObject().put("enabled", false))
                .put("bot", new JsonObject().put("instances", 2))
                .put(
                    "orders",
                    new JsonObject().put("instances", 2).put("visibility_timeout_ms", 50)));
    return vertx
        .deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config))
        .compose(
            id -> {
              List<Worker> workers = new ArrayList<>();
              for (int market = 0; market < MARKETS; market++) {
                for (int bot = 0; bot < BOTS; bot++) {
                  workers.add(new Bot(market, bot));
                }
                workers.add(new Executor(market));
              }
              return Future.all(workers.stream().map(vertx::deployVerticle).toList())
                  .compose(v -> Future.all(workers.stream().map(Worker::work).toList()));
            });
  }

  /** The one of a market that is never deleted. */
  static Order order(int market) {
    return Order.builder().exOrderId("O" + market).symbol("S" + market).status("open").build();
  }

  private static Future<Boolean> refused(Throwable cause) {
    return Failure.CONFLICT.matches(cause)
        ? Future.succeededFuture(false)
        : Future.failedFuture(cause);
  }

  private long random(long below) {
    return random.nextInt((int) below);
  }

  /** The event loop does nothing else meanwhile. */
  private void pause() {
    paused.incrementAndGet();
    long ms = random(LONG_ONES) == 0 ? 1 + random(LONGEST_MS * 3 / 2) : 1 + random(4);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private void maybePause() {
    if (random(PLACES) == 0) {
      pause();
    }
  }

  /** Whoever does one thing after the other to a market. */
  private abstract class Worker extends VerticleBase {

    final int market;
    final String symbol;
    final String order;
    final String queue;

    Worker(int market) {
      this.market = market;
      this.symbol = order(market).symbol();
      this.order = order(market).exOrderId();
      this.queue = "queue-" + market;
    }

    abstract Future<?> turn();

    final Future<?> work() {
      return Callers.until(() -> paused.get() >= pauses, () -> onLoop(this::turn));
    }

    private <T> Future<T> onLoop(Supplier<Future<T>> call) {
      return Future.future(promise -> context.runOnContext(v -> call.get().onComplete(promise)));
    }

    final OrdersCache orders() {
      return OrdersCache.proxy(vertx);
    }

    final BotCache bots() {
      return BotCache.proxy(vertx);
    }

    /** Pauses before the call, somewhere in it, and after its answer. */
    final <T> Future<T> paused(Supplier<Future<T>> call) {
      maybePause();
      if (random(PLACES) == 0) {
        vertx.setTimer(1 + random(3), timer -> pause());
      }
      return call.get().onSuccess(v -> maybePause());
    }

    /** The same with what is to be printed of it. */
    final <T> Future<T> told(Supplier<Future<T>> call, Telling<T> telling) {
      return paused(
          () -> {
            long beganAt = System.currentTimeMillis();
            long began = System.nanoTime();
            return call.get()
                .onSuccess(
                    answer -> {
                      Deed deed = telling.deed(answer, began, System.nanoTime(), beganAt);
                      if (deed != null) {
                        System.out.println(deed.toJson().encode());
                      }
                    });
          });
    }
  }

  private interface Telling<T> {
    Deed deed(T answer, long began, long ended, long beganAt);
  }

  private final class Bot extends Worker {

    private final String id;

    Bot(int market, int number) {
      super(market);
      // One of them has a process of its own here, another one in each.
      this.id = number == 0 ? "bot of both" : "bot of " + process;
    }

    @Override
    Future<?> turn() {
      long ttl = SHORTEST_MS + random(LONGEST_MS - SHORTEST_MS + 1);
      return vertx
          .timer(1 + random(LONGEST_MS), TimeUnit.MILLISECONDS)
          .compose(
              v ->
                  told(
                      () -> bots().acquireBlock(EXCHANGE, symbol, id, ttl),
                      (block, began, ended, at) ->
                          block == null
                              ? null
                              : new Deed(
                                  market,
                                  What.ACQUIRE,
                                  block.token(),
                                  true,
                                  began,
                                  ended,
                                  at,
                                  block.expiresAt().toEpochMilli())))
          .compose(block -> block == null ? Future.succeededFuture() : trade(block));
    }

    private Future<?> trade(Block block) {
      return Callers.inTurn(5, step -> step(block.token()))
          .compose(
              v ->
                  random(2) == 0
                      ? told(
                          What.RELEASE,
                          block.token(),
                          () -> bots().unblockExchange(EXCHANGE, symbol, id, block.token()))
                      : Future.succeededFuture());
    }

    private Future<Boolean> told(What what, long token, Supplier<Future<Boolean>> call) {
      return told(
          call,
          (done, began, ended, at) -> new Deed(market, what, token, done, began, ended, at, 0));
    }

    private Future<Boolean> fenced(What what, long token, Supplier<Future<?>> write) {
      return told(what, token, () -> write.get().map(written -> true).recover(PausedBots::refused));
    }

    private Future<?> step(long token) {
      JsonObject data =
          new JsonObject().put("symbol", symbol).put("status", "open").put("n", random(1 << 30));
      return switch ((int) random(11)) {
        case 0, 1 ->
            fenced(What.MERGE, token, () -> orders().saveOrderData(EXCHANGE, order, data, token));
        case 2 ->
            fenced(
                What.SAVE,
                token,
                () -> orders().saveOrder(EXCHANGE, PausedBots.order(market), token));
        case 3 ->
            fenced(What.BIND, token, () -> orders().bindOrder(EXCHANGE, "c" + order, order, token));
        case 4 ->
            fenced(
                What.MERGE,
                token,
                () -> orders().saveOrderData(EXCHANGE, order + "-" + random(3), data, token));
        case 5 -> delete(token);
        case 6 ->
            told(What.MARK, token, () -> bots().markOpeningPosition(EXCHANGE, symbol, id, token));
        case 7 ->
            told(
                What.UNMARK,
                token,
                () -> bots().unmarkOpeningPosition(EXCHANGE, symbol, id, token));
        case 8 -> renew(token);
        case 9 -> told(What.CHECK, token, () -> bots().checkBlock(EXCHANGE, symbol, token));
        default -> {
          String pushed = token + "." + random(1 << 30);
          Fence fence = new Fence(EXCHANGE, symbol, token);
          yield fenced(What.PUSH, token, () -> orders().pushOpenOrder(pushed, queue, fence));
        }
      };
    }

    /** What is not there is not deleted, whoever has the block. */
    private Future<?> delete(long token) {
      return told(
          What.DELETE,
          token,
          () ->
              orders()
                  .deleteOrder(EXCHANGE, order + "-" + random(3), token)
                  .recover(PausedBots::refused));
    }

    private Future<?> renew(long token) {
      long ttl = SHORTEST_MS + random(LONGEST_MS - SHORTEST_MS + 1);
      return told(
          () -> bots().renewBlock(EXCHANGE, symbol, id, token, ttl),
          (done, began, ended, at) ->
              new Deed(
                  market,
                  What.RENEW,
                  token,
                  done,
                  began,
                  ended,
                  at,
                  System.currentTimeMillis() + ttl));
    }
  }

  private final class Executor extends Worker {

    Executor(int market) {
      super(market);
    }

    private Deed given(What what, String id, long began, long ended, long at) {
      long token = Long.parseLong(id.substring(0, id.indexOf('.')));
      return new Deed(market, what, token, true, began, ended, at, 0);
    }

    @Override
    Future<?> turn() {
      if (random(2) == 0) {
        return told(
            () -> orders().popOpenOrder(queue, random(LONGEST_MS)),
            (id, began, ended, at) -> id == null ? null : given(What.POP, id, began, ended, at));
      }
      return told(
              () -> orders().takeOpenOrder(queue, process, random(LONGEST_MS)),
              (claim, began, ended, at) ->
                  claim == null ? null : given(What.TAKE, claim.exOrderId(), began, ended, at))
          .compose(
              claim ->
                  // One in so many comes back.
                  claim == null || random(4) == 0
                      ? Future.succeededFuture()
                      : paused(() -> orders().ackOpenOrder(queue, claim.receipt())));
    }
  }
}
