package io.fullon.cache.bench;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Keeps a number of calls in flight for a while. Each answer causes the next call, on the thread
 * that brought the answer, so that the measured client decides itself how it batches.
 */
final class InFlight {

  /** An asynchronous call, whoever makes it. */
  interface Call {
    /** Calls, and runs one of the two when the answer is there. */
    void start(Runnable answered, Runnable failed);
  }

  private final Call call;
  private final long end;
  private final long[] latencies;
  private final CompletableFuture<Void> finished = new CompletableFuture<>();
  private long done;
  private int running;
  private Thread calling;
  private boolean callAgain;

  private InFlight(Call call, int inFlight, long millis, boolean latencies) {
    this.call = call;
    this.running = inFlight;
    this.end = System.nanoTime() + millis * 1_000_000;
    this.latencies = latencies ? new long[4_000_000] : new long[0];
  }

  /**
   * Calls a second.
   *
   * @param first where the first calls are made; all answers must come on one thread
   */
  static double rate(Executor first, int inFlight, long millis, Supplier<Call> call) {
    return run(first, inFlight, millis, call, false).perSecond();
  }

  /** One call after the other; microseconds at the median and at the 99th percentile. */
  static double[] sequential(Executor first, long millis, Supplier<Call> call) {
    InFlight run = run(first, 1, millis, call, true);
    int count = (int) Math.min(run.done, run.latencies.length);
    long[] sorted = Arrays.copyOf(run.latencies, count);
    Arrays.sort(sorted);
    return new double[] {sorted[count / 2] / 1e3, sorted[(int) (count * 0.99)] / 1e3};
  }

  private long started;
  private long ended;

  private double perSecond() {
    return done * 1e9 / (ended - started);
  }

  private static InFlight run(
      Executor first, int inFlight, long millis, Supplier<Call> call, boolean latencies) {
    InFlight run = new InFlight(call.get(), inFlight, millis, latencies);
    first.execute(
        () -> {
          run.started = System.nanoTime();
          for (int i = 0; i < inFlight; i++) {
            run.next();
          }
        });
    try {
      run.finished.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return run;
  }

  /** Calls until an answer is waited for: one that is there at once must not call from within. */
  private void next() {
    if (calling == Thread.currentThread()) {
      callAgain = true;
      return;
    }
    calling = Thread.currentThread();
    do {
      callAgain = false;
      long start = System.nanoTime();
      call.start(() -> answered(start), () -> finished.completeExceptionally(new AssertionError()));
    } while (callAgain);
    calling = null;
  }

  private void answered(long start) {
    long now = System.nanoTime();
    if (done < latencies.length) {
      latencies[(int) done] = now - start;
    }
    done++;
    if (now < end) {
      next();
    } else if (--running == 0) {
      ended = now;
      finished.complete(null);
    }
  }
}
