package io.fullon.cache.feed;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Connections with the same subscriptions: they get the same ticks at the same time, in frames that
 * are made once.
 */
final class FeedGroup {

  private static final long NO_TIMER = -1;

  private final Subscriptions subscriptions;
  private final LongSupplier nanos;
  private final Timers timers;
  private final Set<Follower> followers = new LinkedHashSet<>(2);
  private final Throttle throttle = new Throttle();

  private List<Update> unsent = new ArrayList<>();
  private long flushes;
  private long timer = NO_TIMER;

  FeedGroup(Subscriptions subscriptions, LongSupplier nanos, Timers timers) {
    this.subscriptions = subscriptions;
    this.nanos = nanos;
    this.timers = timers;
  }

  Subscriptions subscriptions() {
    return subscriptions;
  }

  Set<Follower> followers() {
    return followers;
  }

  Throttle throttle() {
    return throttle;
  }

  boolean isAlone() {
    return followers.size() == 1;
  }

  /** What its next flush sends. */
  List<Update> unsent() {
    return unsent;
  }

  /** How often it has been flushed. */
  long flushes() {
    return flushes;
  }

  /**
   * Adds a tick for the next flush, or holds it back.
   *
   * @return whether it is the first for it
   */
  boolean add(Update update) {
    int size = unsent.size();
    if (size > 0 && unsent.get(size - 1).tick() == update.tick()) {
      return false; // matched by another topic already
    }
    if (subscriptions.isPaced() && !isDue(update.ticker())) {
      return false;
    }
    unsent.add(update);
    return size == 0;
  }

  private boolean isDue(Ticker ticker) {
    int intervalMs = subscriptions.interval(ticker);
    boolean due = intervalMs == 0 || throttle.offer(ticker, intervalMs, nanos.getAsLong());
    planRelease();
    return due;
  }

  /** Sends what was added to everyone who can take it now as it is, and leaves it to the others. */
  void flush() {
    if (unsent.isEmpty()) {
      return;
    }
    List<Update> updates = unsent;
    unsent = new ArrayList<>();
    if (subscriptions.isPaced()) {
      long now = nanos.getAsLong();
      updates.forEach(one -> throttle.sent(one.ticker(), one.tick().number(), now));
    }
    send(updates);
    flushes++;
  }

  private void send(List<Update> updates) {
    int from = 0;
    while (from < updates.size()) {
      int to = Frames.endOfPiece(updates, from);
      boolean isWhole = to - from == updates.size();
      Piece piece = new Piece(from, isWhole ? updates : updates.subList(from, to));
      try {
        for (Follower one : followers) {
          one.take(piece);
        }
      } finally {
        piece.release();
      }
      from = to;
    }
  }

  /** Looks in time for what is held back. */
  void planRelease() {
    if (throttle.isHolding() && timer == NO_TIMER) {
      timer = timers.after(throttle.delayMs(nanos.getAsLong()), this::release);
    }
  }

  private void release() {
    timer = NO_TIMER;
    flush(); // which may have an earlier one
    send(throttle.due(nanos.getAsLong()));
    planRelease();
  }

  /** Its tickers are gone. */
  void removed(Collection<Ticker> gone) {
    if (throttle.size() > 0) {
      gone.forEach(throttle::forget);
    }
  }

  /** Everyone is sent what an outage has changed: what was held is no more. */
  void recovered(Recovery recovery) {
    flush();
    removed(recovery.gone());
    long now = nanos.getAsLong();
    for (Throttle.Rest rest : throttle.all()) {
      if (recovery.hasChanged(rest.ticker())) {
        throttle.rest(rest.ticker(), rest.intervalMs(), now, rest.ticker().number());
      }
    }
  }

  /** To be called when nobody is left in it. */
  void close() {
    timers.cancel(timer);
  }

  /** Ticks for one frame, which is made when the first asks for it. */
  static final class Piece {

    private final int from;
    private final List<Update> updates;
    private final List<Update> ofAll;
    private final long skipped;
    private ByteBuf frame;

    /**
     * @param from how many there are before in the same flush
     */
    Piece(int from, List<Update> updates) {
      this.from = from;
      this.updates = updates;
      // Some are only for who had another one last.
      this.ofAll = areNew(updates) ? updates : updates.stream().filter(Update::isNew).toList();
      this.skipped = Update.skipped(ofAll);
    }

    private static boolean areNew(List<Update> updates) {
      for (int i = 0; i < updates.size(); i++) {
        if (!updates.get(i).isNew()) {
          return false;
        }
      }
      return true;
    }

    int from() {
      return from;
    }

    List<Update> updates() {
      return updates;
    }

    /** Those for who has had what the others had. */
    List<Update> ofAll() {
      return ofAll;
    }

    /** How many were left out of those. */
    long skipped() {
      return skipped;
    }

    ByteBuf frame() {
      if (frame == null) {
        frame = Frames.bytes(Frames.UPDATE, ofAll, Frames.END);
      }
      return frame;
    }

    private void release() {
      if (frame != null) {
        frame.release();
      }
    }
  }
}
