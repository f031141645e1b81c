package io.fullon.cache.feed;

/** What runs later on the feed's event loop. */
interface Timers {

  /** Runs it behind what waits to be done already. */
  void later(Runnable task);

  /** Runs it then, unless it is cancelled before; gives what to cancel it by. */
  long after(long delayMs, Runnable task);

  void cancel(long timer);
}
