package io.fullon.cache.testing;

import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Callers at the same time, each of whom waits for an answer before the next call. */
public final class Callers {

  private static final long SECONDS = 110;

  private Callers() {}

  /** All of them at once. */
  public static Future<?> each(int count, IntFunction<Future<?>> caller) {
    return Future.all(IntStream.range(0, count).mapToObj(caller).toList());
  }

  /** Calls that many times. */
  public static Future<?> inTurn(int times, IntFunction<Future<?>> call) {
    return from(0, times, call);
  }

  private static Future<?> from(int turn, int times, IntFunction<Future<?>> call) {
    return turn == times
        ? Future.succeededFuture()
        : call.apply(turn).compose(v -> from(turn + 1, times, call));
  }

  /** Calls until it is over. */
  public static Future<?> until(BooleanSupplier over, Supplier<Future<?>> call) {
    return over.getAsBoolean()
        ? Future.succeededFuture()
        : call.get().compose(v -> until(over, call));
  }

  /** Waits for all of them, for longer than a single call may take. */
  public static void await(List<? extends Future<?>> callers) {
    try {
      Future.all(callers).await(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("Not done within " + SECONDS + " s", e);
    }
  }
}
