package io.fullon.cache.testing;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Callers at the same time, each of whom waits for an answer before the next call. */
public final class Callers {

  /** How many answers there were, for whichever callers: a busy machine may serve others first. */
  private static final AtomicLong ANSWERS = new AtomicLong();

  private Callers() {}

  /** All of them at once. */
  public static Future<?> each(int count, IntFunction<Future<?>> caller) {
    return Future.all(IntStream.range(0, count).mapToObj(caller).toList());
  }

  /** Calls that many times. */
  public static Future<?> inTurn(int times, IntFunction<Future<?>> call) {
    AtomicInteger turn = new AtomicInteger();
    return until(() -> turn.get() == times, () -> call.apply(turn.getAndIncrement()));
  }

  /** Calls until it is over. */
  public static Future<?> until(BooleanSupplier over, Supplier<Future<?>> call) {
    // Not a chain of futures: completing one that is thousands long overflows the stack.
    Promise<Void> done = Promise.promise();
    next(over, call, done);
    return done.future();
  }

  private static void next(BooleanSupplier over, Supplier<Future<?>> call, Promise<Void> done) {
    if (over.getAsBoolean()) {
      done.complete();
    } else {
      call.get()
          .onFailure(done::fail)
          .onSuccess(
              v -> {
                ANSWERS.incrementAndGet();
                next(over, call, done);
              });
    }
  }

  /** Waits for all of them, as long as there are answers. */
  public static void await(List<? extends Future<?>> callers) {
    callers.forEach(caller -> caller.onComplete(v -> ANSWERS.incrementAndGet()));
    Future<?> all = Future.all(callers);
    Patience.await("all callers", all::isComplete, ANSWERS::get);
    CacheNode.get(all);
  }
}
