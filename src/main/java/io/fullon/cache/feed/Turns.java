package io.fullon.cache.feed;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tasks of many who have much to do, each of which has a turn after the other. What the event loop
 * is given again and again it does for up to a second before it looks at its sockets and timers
 * (Netty's {@code io.netty.eventLoop.maxTaskProcessingQuantumNanos}), so there are pauses.
 */
final class Turns {

  /** How long they may keep the loop from its sockets. */
  static final long AT_ONCE_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

  private static final long PAUSE_MS = 1;

  private final Timers timers;
  private final LongSupplier nanos;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private boolean goesOn;
  private long began;

  Turns(Timers timers, LongSupplier nanos) {
    this.timers = timers;
    this.nanos = nanos;
  }

  void add(Runnable task) {
    tasks.add(task);
    if (!goesOn) {
      goesOn = true;
      began = nanos.getAsLong();
      timers.later(this::take);
    }
  }

  /** Those that are added meanwhile come behind what the loop has to do besides. */
  private void take() {
    try {
      for (int i = tasks.size(); i > 0 && !isLong(); i--) {
        tasks.remove().run();
      }
    } finally {
      goesOn = !tasks.isEmpty();
      if (goesOn && isLong()) {
        timers.after(PAUSE_MS, this::begin);
      } else if (goesOn) {
        timers.later(this::take);
      }
    }
  }

  private void begin() {
    began = nanos.getAsLong();
    take();
  }

  private boolean isLong() {
    return nanos.getAsLong() - began >= AT_ONCE_NANOS;
  }
}
