package io.fullon.cache.flow;

import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.process.Heartbeat;
import io.fullon.cache.process.ProcessType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bot's work on one symbol of an exchange under a block: acquires a lease, marks that a position
 * is being opened, runs the body, and always unmarks and releases. Meanwhile it renews the lease;
 * when the lease is lost all the same, the body is told. While it runs, the bot is among the {@link
 * io.fullon.cache.process.ProcessCache processes}.
 *
 * <pre>{@code
 * BotSession.run(vertx, "binance", "BTC/USDT", "arbitrage_bot_1", Duration.ofSeconds(30),
 *     session -> ticks.getPrice("BTC/USDT", "binance")
 *         .compose(price -> session.step(() -> placeOrder(price, session.token())))
 *         .compose(order -> session.orders().saveOrder("binance", order)));
 * }</pre>
 */
public final class BotSession {

  private static final Logger LOG = LoggerFactory.getLogger(BotSession.class);

  /** A lease is renewed so many times before it would end. */
  private static final int RENEWALS = 3;

  private static final long RELEASE_AGAIN_MS = 250;

  /** So long it is waited at the end until the registry knows of it. */
  private static final long STOP_MS = 1_000;

  /** By bot and market, the processes of sessions that have ended on this node. */
  private static final String ENDED = "fullon.flow.ended";

  private final Vertx vertx;
  private final BotCache bots;
  private final Block block;
  private final long ttlMs;
  private final Promise<Void> lost = Promise.promise();
  private volatile long endNanos;
  private volatile boolean ended;
  private long renewal = -1;
  private long end = -1;
  private Heartbeat heartbeat;

  private BotSession(Vertx vertx, BotCache bots, Block block, long ttlMs, long acquiredNanos) {
    this.vertx = vertx;
    this.bots = bots;
    this.block = block;
    this.ttlMs = ttlMs;
    this.endNanos = endOf(acquiredNanos);
  }

  /**
   * Runs a body under a block.
   *
   * @param botId whose block it is. One that this bot has already, also by another session, becomes
   *     this session's, and the other one loses it
   * @param ttl how long the lease lasts when this process dies: at least a millisecond; it must be
   *     long enough for three calls of a service
   * @param body begins the work; what it throws is its failure, and so is a null instead of a
   *     future. It must not block its thread, on which the lease is renewed
   * @return what the body gives, after the block was released. Fails with {@link Failure#CONFLICT}
   *     when another bot has the block or the mark, and then the body does not run; also, at once,
   *     when the lease is lost while it runs, and when it turns out to be lost at the end
   */
  public static <T> Future<T> run(
      Vertx vertx,
      String exchange,
      String symbol,
      String botId,
      Duration ttl,
      Function<BotSession, Future<T>> body) {
    BotCache bots = BotCache.proxy(vertx);
    long begun = System.nanoTime();
    return bots.acquireBlock(exchange, symbol, botId, ttl.toMillis())
        .compose(
            block ->
                block == null
                    ? Failure.CONFLICT.future(
                        symbol + " on " + exchange + " is blocked by another bot")
                    : new BotSession(vertx, bots, block, ttl.toMillis(), begun).run(body));
  }

  /** The block as it was acquired; renewals do not show in its {@code expiresAt}. */
  public Block block() {
    return block;
  }

  /** The fencing token: goes with everything that must not be done by two bots. */
  public long token() {
    return block.token();
  }

  /**
   * The orders, for what this session writes: each write carries its token, and is refused with
   * {@link Failure#CONFLICT} when the block is not held with it any more; what it pushes into a
   * queue is given out only while it is. They must be orders of the block's exchange and symbol.
   */
  public OrdersCache orders() {
    return new SessionOrders(OrdersCache.proxy(vertx), block);
  }

  /** Whether the block is still this session's, as far as is known here. */
  public boolean isHeld() {
    return !ended && System.nanoTime() - endNanos < 0;
  }

  /** Completes when the block is lost while the body runs, and never otherwise. */
  public Future<Void> lost() {
    return lost.future();
  }

  /**
   * Does one step of the body, unless the block is lost.
   *
   * @param step what it throws is its failure, and so is a null instead of a future
   * @return what the step gives; fails with {@link Failure#CONFLICT}, and does nothing, when the
   *     block is not held any more
   */
  public <T> Future<T> step(Supplier<Future<T>> step) {
    if (!isHeld()) {
      return Future.failedFuture(lostFailure());
    }
    try {
      return Objects.requireNonNull(step.get(), "null where a future was expected");
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private <T> Future<T> run(Function<BotSession, Future<T>> body) {
    renewal = vertx.setPeriodic(Math.max(1, ttlMs / RENEWALS), id -> renew());
    watch();
    heartbeat = beat();
    Future<T> work = untilLost(mark().compose(marked -> step(() -> body.apply(this))));
    return work.transform(done -> release())
        .compose(held -> held || work.failed() ? work : Future.failedFuture(lostFailure()));
  }

  /** The bot's process on this market: a bot that opens sessions all the time has one. */
  private Heartbeat beat() {
    JsonObject params =
        new JsonObject().put("exchange", block.exchange()).put("symbol", block.symbol());
    return Heartbeat.resume(
        vertx, ProcessType.BOT, block.botId(), params, ended().remove(nameOfProcess()));
  }

  private LocalMap<String, String> ended() {
    return vertx.sharedData().getLocalMap(ENDED);
  }

  private String nameOfProcess() {
    return block.exchange() + " " + block.symbol() + " " + block.botId();
  }

  private Future<Void> stopBeating() {
    return heartbeat
        .stop()
        .onSuccess(
            v -> {
              if (heartbeat.id() != null) {
                ended().put(nameOfProcess(), heartbeat.id());
              }
            });
  }

  private Future<Void> mark() {
    return bots.markOpeningPosition(block.exchange(), block.symbol(), block.botId(), block.token())
        .compose(
            marked ->
                marked
                    ? Future.succeededFuture()
                    : Failure.CONFLICT.future(
                        "Another bot is opening a position in "
                            + block.symbol()
                            + " on "
                            + block.exchange()
                            + ", or has taken the block"));
  }

  private <T> Future<T> untilLost(Future<T> work) {
    Promise<T> result = Promise.promise();
    lost.future().onComplete(v -> result.tryFail(lostFailure()));
    work.onComplete(result::tryComplete, result::tryFail);
    return result.future();
  }

  private void renew() {
    long begun = System.nanoTime();
    bots.renewBlock(block.exchange(), block.symbol(), block.botId(), block.token(), ttlMs)
        .onSuccess(
            renewed -> {
              if (renewed) {
                extend(endOf(begun));
              } else {
                lose("it was released, or another bot has it");
              }
            })
        // As long as the lease lasts there is time for the next attempt.
        .onFailure(e -> LOG.debug("Renewing the block of {}: {}", block.botId(), e.getMessage()));
  }

  /** By our own clock, from before it was asked for: the lease cannot end before that. */
  private long endOf(long begunNanos) {
    return begunNanos + TimeUnit.MILLISECONDS.toNanos(ttlMs);
  }

  /** The answers to two renewals may come in the other order. */
  private void extend(long untilNanos) {
    if (untilNanos - endNanos > 0) {
      endNanos = untilNanos;
    }
  }

  private void watch() {
    long leftMs = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
    end =
        vertx.setTimer(
            Math.max(1, leftMs),
            id -> {
              if (System.nanoTime() - endNanos >= 0) {
                lose("it could not be renewed in time");
              } else {
                watch();
              }
            });
  }

  private void lose(String reason) {
    if (!ended) {
      ended = true;
      LOG.warn(
          "{} lost its block of {} on {}: {}",
          block.botId(),
          block.symbol(),
          block.exchange(),
          reason);
      lost.tryComplete();
    }
  }

  private Throwable lostFailure() {
    return Failure.CONFLICT.exception(
        block.botId() + " lost its block of " + block.symbol() + " on " + block.exchange());
  }

  /**
   * Gives the block back, and the mark with it: by its token, so that nobody else's is touched,
   * also not that of a later session of this bot.
   *
   * @return whether the block was this session's to the end
   */
  private Future<Boolean> release() {
    vertx.cancelTimer(renewal);
    vertx.cancelTimer(end);
    boolean held = isHeld();
    ended = true;
    Future<Boolean> released = unblock();
    Future<Void> stopped = stopBeating();
    // Where it is lost by our clock, a late renewal may have kept it in Redis: nobody waits for
    // that.
    return held
        ? released
            .recover(cause -> releaseAgain())
            .compose(
                wasHeld ->
                    stopped.timeout(STOP_MS, TimeUnit.MILLISECONDS).otherwiseEmpty().map(wasHeld))
        : Future.succeededFuture(false);
  }

  private Future<Boolean> unblock() {
    return bots.unblockExchange(block.exchange(), block.symbol(), block.botId(), block.token());
  }

  /** Until it worked, perhaps the first time already, or the block has ended by itself. */
  private Future<Boolean> releaseAgain() {
    if (System.nanoTime() - endNanos >= 0) {
      return Future.succeededFuture(true);
    }
    Promise<Boolean> again = Promise.promise();
    vertx.setTimer(
        RELEASE_AGAIN_MS,
        id -> unblock().map(true).recover(cause -> releaseAgain()).onComplete(again));
    return again.future();
  }
}
