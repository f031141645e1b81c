package io.fullon.cache.redis;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

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

  /** Of each slot the address where they are under way to. */
  private final String[] servers;

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
    this.servers = new String[slots];
    this.mostWaiting = mostWaiting;
  }

  /**
   * Sends it when it is its turn, which mostly is at once.
   *
   * @param server the address of the slot's owner
   * @param send must be followed by {@link #ended}, or one of the others
   * @return false when too many wait already
   */
  boolean begin(int slot, String server, Runnable send) {
    Line line = lines.isEmpty() ? null : lines.get(slot);
    if (line == null && (underWay[slot] == 0 || Objects.equals(server, servers[slot]))) {
      underWay[slot]++;
      send.run();
      return true;
    }
    if (line == null) {
      // What is under way elsewhere may come back.
      line = new Line();
      lines.put(slot, line);
    }
    return line.waiting.size() < mostWaiting && line.waiting.add(send);
  }

  /**
   * Where it goes now: after those that are under way, though the slot may have got another owner,
   * which anybody may learn at any moment.
   *
   * @param owner the address of the slot's owner
   */
  String target(int slot, String owner) {
    return underWay[slot] > 1 ? servers[slot] : owner;
  }

  /** It goes to that server. */
  void sentTo(int slot, String server) {
    servers[slot] = server;
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

  /** First what was sent before; the rest when that was done, wherever it went. */
  private void proceed(int slot) {
    Line line = lines.get(slot);
    if (line == null || line.sending || line.pauses > 0 || underWay[slot] > 0) {
      return;
    }
    ArrayDeque<Runnable> next = line.again.isEmpty() ? line.waiting : line.again;
    line.sending = true;
    while (!next.isEmpty()) {
      underWay[slot]++;
      next.poll().run();
    }
    line.sending = false;
    if (next == line.waiting) {
      lines.remove(slot);
    } else {
      proceed(slot);
    }
  }
}
