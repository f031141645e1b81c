package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A listing in pages, complete or failed. A cursor means nothing to another server, nor to the same
 * one after a restart: when the slot moves, or the connection is lost, all begins again.
 *
 * @param <T> what collects the entries of one attempt
 */
final class Scan<T> {

  /** The cursor that begins a scan, and that ends it. */
  private static final String FIRST = "0";

  /** Each may take a command deadline to get through, and then as long as it has pages. */
  private static final int MAX_ATTEMPTS = 20;

  private static final long PAUSE_MS = 20;

  private final long patienceNanos;
  private final Function<Call, Future<Pinned>> pin;
  private final Function<String, Call> page;
  private final Supplier<T> collector;
  private final BiFunction<T, Response, Future<?>> collect;

  // Not a chain of futures: completing one that is thousands long overflows the stack.
  private final Promise<T> done = Promise.promise();

  private T collected;
  private int attempts;

  /** When the present attempt must have its first page; none for the first attempt. */
  private long deadline;

  /**
   * @param pin sends the first page to the server that has the key
   * @param page gives what asks for the page at a cursor
   * @param collector gives what collects the entries of an attempt
   * @param collect adds a page to that; the next one is read when it is done
   */
  Scan(
      RedisLinkOptions options,
      Function<Call, Future<Pinned>> pin,
      Function<String, Call> page,
      Supplier<T> collector,
      BiFunction<T, Response, Future<?>> collect) {
    this.patienceNanos = TimeUnit.MILLISECONDS.toNanos(options.commandTimeoutMs());
    this.pin = pin;
    this.page = page;
    this.collector = collector;
    this.collect = collect;
  }

  Future<T> begin() {
    collected = collector.get();
    pin.apply(page.apply(FIRST))
        .onSuccess(pinned -> take(pinned, pinned.first()))
        .onFailure(
            cause -> {
              if (attempts > 0 && RedisFailures.canPass(cause) && System.nanoTime() < deadline) {
                beginLater();
              } else {
                fail(cause);
              }
            });
    return done.future();
  }

  private void take(Pinned pinned, Response answer) {
    Future.succeededFuture(answer.get(1))
        .compose(entries -> collect.apply(collected, entries)) // what it throws is a failure too
        .onFailure(done::fail)
        .onSuccess(v -> next(pinned, answer.get(0).toString()));
  }

  private void next(Pinned pinned, String cursor) {
    if (cursor.equals(FIRST)) {
      done.complete(collected);
      return;
    }
    pinned
        .read(page.apply(cursor))
        .onSuccess(next -> take(pinned, next))
        .onFailure(
            cause -> {
              if (RedisFailures.canPass(cause) && ++attempts < MAX_ATTEMPTS) {
                deadline = System.nanoTime() + patienceNanos;
                beginLater();
              } else {
                fail(cause);
              }
            });
  }

  private void beginLater() {
    Vertx.currentContext().owner().setTimer(PAUSE_MS, timer -> begin());
  }

  private void fail(Throwable cause) {
    if (RedisFailures.isRedirection(cause)) {
      done.fail(Failure.UNAVAILABLE.exception("Redis moves what is listed: " + cause.getMessage()));
    } else {
      RedisFailures.<T>future(cause).onComplete(done);
    }
  }
}
