package io.fullon.cache.redis;

import io.fullon.cache.value.Reasons;
import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Tries at the start what time can heal, because after a reboot everything starts at once: a server
 * that is not there yet, has no name yet, loads its data, or has no master yet. What Redis refuses
 * it refuses again.
 *
 * <p>Only the inside of Vert.x tells it when the verticle or Vert.x closes.
 *
 * @param <T> what the attempts give
 */
public final class Starting<T> implements Closeable {

  private final VertxInternal vertx;
  private final ContextInternal context;
  private final RedisLinkOptions options;
  private final Outages outages;
  private final Supplier<Future<T>> attempt;
  private final Promise<T> done = Promise.promise();
  private final Backoff backoff;
  private final long begun = System.nanoTime();
  private final long withinNanos;

  private Starting(
      Vertx vertx, RedisLinkOptions options, long withinMs, Supplier<Future<T>> attempt) {
    this.vertx = (VertxInternal) vertx;
    this.context = this.vertx.getOrCreateContext();
    this.options = options;
    this.outages = Outages.of(vertx);
    this.attempt = attempt;
    this.backoff = new Backoff(options);
    this.withinNanos = TimeUnit.MILLISECONDS.toNanos(withinMs);
  }

  /**
   * Tries on the current event loop, for {@link RedisLinkOptions#startWithinMs()} at most.
   *
   * @return the first success; else the last failure, or the first that time does not heal; fails
   *     too when the verticle or Vert.x is closed meanwhile
   */
  public static <T> Future<T> attempts(
      Vertx vertx, RedisLinkOptions options, Supplier<Future<T>> attempt) {
    return attempts(vertx, options, options.startWithinMs(), attempt);
  }

  /** The same for that long. */
  static <T> Future<T> attempts(
      Vertx vertx, RedisLinkOptions options, long withinMs, Supplier<Future<T>> attempt) {
    Starting<T> starting = new Starting<>(vertx, options, withinMs, attempt);
    // The next attempt's timer goes with the context, and nobody else would tell whoever waits.
    starting.context.addCloseHook(starting);
    starting.vertx.addCloseHook(starting);
    starting.next();
    return starting.done.future();
  }

  /** Gives up, with the verticle or with Vert.x. */
  @Override
  public void close(Completable<Void> completion) {
    context.runOnContext(
        v -> {
          end(Future.failedFuture("closed"));
          completion.succeed();
        });
  }

  private void next() {
    attempt
        .get()
        .onComplete(result -> tried(result.succeeded() ? result.result() : null, result.cause()));
  }

  private void tried(T result, Throwable cause) {
    long triedNanos = System.nanoTime() - begun;
    if (cause == null) {
      outages.ended(this);
      end(Future.succeededFuture(result));
    } else if (RedisFailures.isRefusal(cause)) {
      fail(cause, "");
    } else if (triedNanos > withinNanos) {
      fail(cause, withinNanos == 0 ? "" : limit(TimeUnit.NANOSECONDS.toSeconds(triedNanos)));
    } else if (!done.future().isComplete()) {
      outages.began(options.address(), this, Reasons.of(cause));
      vertx.setTimer(backoff.nextMs(), timer -> next());
    }
  }

  private static String limit(long seconds) {
    return "; tried for " + seconds + " s (redis.start_within_ms)";
  }

  private void fail(Throwable cause, String limit) {
    end(
        Future.failedFuture(
            new IllegalStateException(
                "Redis at " + options.address() + ": " + Reasons.of(cause) + limit, cause)));
  }

  private void end(Future<T> result) {
    context.removeCloseHook(this);
    vertx.removeCloseHook(this);
    outages.forget(this);
    if (!done.future().isComplete()) {
      result.onComplete(done);
    }
  }
}
