package io.fullon.cache.bench.feed;

import io.fullon.cache.tick.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Sends ticks at a given rate, evenly: each when it is due, those due within half a ms together.
 */
final class Pacer {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long SHORTEST_PAUSE = TimeUnit.MICROSECONDS.toNanos(500);

  /** One that is late catches up in steps of this many. */
  private static final int LARGEST_BATCH = 500;

  /** Of a rate. */
  private record Plan(Ticks ticks, int symbols, long perSecond, long since) {}

  private final Consumer<List<Tick>> sender;
  private volatile Plan plan = new Plan(new Ticks(1), 1, 0, 0);

  Pacer(Consumer<List<Tick>> sender) {
    this.sender = sender;
    Thread thread = new Thread(this::run, "pacer");
    thread.setDaemon(true);
    thread.start();
  }

  /** From now on. */
  void rate(int symbols, int perSecond) {
    Ticks ticks = symbols == plan.symbols ? plan.ticks : new Ticks(symbols);
    plan = new Plan(ticks, symbols, perSecond, System.nanoTime());
  }

  private void run() {
    Plan current = plan;
    long sent = 0;
    while (true) {
      if (!current.equals(plan)) {
        current = plan;
        sent = 0;
      }
      long elapsed = System.nanoTime() - current.since;
      long due = Math.min(elapsed * current.perSecond / SECOND - sent, LARGEST_BATCH);
      if (due > 0) {
        List<Tick> batch = new ArrayList<>();
        for (int i = 0; i < due; i++) {
          batch.add(current.ticks.next());
        }
        sender.accept(batch);
        sent += due;
      }
      LockSupport.parkNanos(SHORTEST_PAUSE);
    }
  }
}
