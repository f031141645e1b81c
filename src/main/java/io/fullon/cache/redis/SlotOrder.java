package io.fullon.cache.redis;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps what is done with a slot in the order in which it came, also while the slot moves: what a
 * server does not do is done again when nothing that came before is under way any more, and what
 * comes meanwhile after that. Belongs to one event loop.
 */
final class SlotOrder {

  /** Whoever holds up a slot would hold up any number of callers. */
  private final int mostWaiting;

  /** Of each slot how many commands are under way. */
  private final int[] underWay;

  private final Map<Integer, Line> lines = new HashMap<>();

  /** Those of one slot that are to be sent; first the ones that were sent before. */
  private static final class Line {

    private final ArrayDeque<Runnable> again = new ArrayDeque<>();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int pauses;
    private boolean sending;
  }

  SlotOrder(int slots, int mostWaiting) {
    this.underWay = new int[slots];
    this.mostWaiting = mostWaiting;
  }

  /**
   * Sends it when it is its turn, which mostly is at once.
   *
   * @param send must be followed by {@link #ended}, or one of the others
   * @return false when too many wait already
   */
  boolean begin(int slot, Runnable send) {
    Line line = lines.isEmpty() ? null : lines.get(slot);
    if (line == null) {
      underWay[slot]++;
      send.run();
      return true;
    }
    return line.waiting.size() < mostWaiting && line.waiting.add(send);
  }

  /** It was done, or has failed. */
  void ended(int slot) {
    underWay[slot]--;
    if (!lines.isEmpty()) {
      proceed(slot);
    }
  }

  /** It was not done, and must be sent again. */
  void again(int slot, Runnable send) {
    lines.computeIfAbsent(slot, key -> new Line()).again.add(send);
    ended(slot);
  }

  /** Like {@link #again}, not before {@link #resume}. */
  void againLater(int slot, Runnable send) {
    lines.computeIfAbsent(slot, key -> new Line()).pauses++;
    again(slot, send);
  }

  void resume(int slot) {
    lines.get(slot).pauses--;
    proceed(slot);
  }

  private void proceed(int slot) {
    Line line = lines.get(slot);
    if (line == null || line.sending || line.pauses > 0 || underWay[slot] > 0) {
      return;
    }
    line.sending = true;
    while (!(line.again.isEmpty() && line.waiting.isEmpty())) {
      Runnable next = line.again.isEmpty() ? line.waiting.poll() : line.again.poll();
      underWay[slot]++;
      next.run();
    }
    lines.remove(slot);
  }
}
