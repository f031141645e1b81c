package io.fullon.cache.redis;

import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Tries at the start what time can heal, because after a reboot everything starts at once: a server
 * that is not there yet, has no name yet, loads its data, or has no master yet. What Redis refuses
 * it refuses again.
 *
 * @param <T> what the attempts give
 */
public final class Starting<T> {

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final Outages outages;
  private final Supplier<Future<T>> attempt;
  private final Promise<T> done = Promise.promise();
  private final long deadline;
  private long pauseMs;

  private Starting(Vertx vertx, RedisLinkOptions options, Supplier<Future<T>> attempt) {
    this.vertx = vertx;
    this.options = options;
    this.outages = Outages.of(vertx);
    this.attempt = attempt;
    this.deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.startWithinMs());
    this.pauseMs = options.reconnectMinMs();
  }

  /**
   * Tries on the current event loop, for {@link RedisLinkOptions#startWithinMs()} at most.
   *
   * @return the first success; else the last failure, or the first that time does not heal
   */
  public static <T> Future<T> attempts(
      Vertx vertx, RedisLinkOptions options, Supplier<Future<T>> attempt) {
    Starting<T> starting = new Starting<>(vertx, options, attempt);
    starting.next();
    return starting.done.future();
  }

  private void next() {
    attempt
        .get()
        .onSuccess(
            result -> {
              outages.ended(this);
              done.complete(result);
            })
        .onFailure(
            cause -> {
              if (RedisFailures.isRefusal(cause) || System.nanoTime() > deadline) {
                outages.forget(this);
                done.fail(
                    new IllegalStateException(
                        "Redis at " + options.address() + ": " + Reasons.of(cause), cause));
              } else {
                outages.began(options.address(), this, Reasons.of(cause));
                later();
              }
            });
  }

  private void later() {
    long delay = pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs / 2 + 1);
    pauseMs = Math.min(2 * pauseMs, options.reconnectMaxMs());
    vertx.setTimer(Math.max(1, delay), timer -> next());
  }
}
