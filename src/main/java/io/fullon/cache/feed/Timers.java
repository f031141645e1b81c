package io.fullon.cache.feed;

/** What runs later on the feed's event loop. */
interface Timers {

  /** Runs it behind what waits to be done already. */
  void later(Runnable task);

  /**
   * Runs it soon, for one of many who have much to do: each has a turn after the other, and the
   * event loop's other work, sockets and timers too, is not held up by all of them.
   */
  void inTurn(Runnable task);

  /** Runs it then, unless it is cancelled before; gives what to cancel it by. */
  long after(long delayMs, Runnable task);

  void cancel(long timer);
}
