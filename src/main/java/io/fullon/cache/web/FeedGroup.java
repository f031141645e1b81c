package io.fullon.cache.web;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Connections with the same subscriptions: they get the same frames, made once. */
final class FeedGroup {

  private final Subscriptions subscriptions;
  private final boolean wantsEveryTick;
  private final Set<FeedSession> sessions = new HashSet<>(2);
  private List<Shown> fresh = new ArrayList<>();

  FeedGroup(Subscriptions subscriptions) {
    this.subscriptions = subscriptions;
    this.wantsEveryTick = subscriptions.wantsEveryTick();
  }

  Set<FeedSession> sessions() {
    return sessions;
  }

  /**
   * Adds a tick for the next frame.
   *
   * @return whether it is the first
   */
  boolean add(Shown tick) {
    int size = fresh.size();
    if (size > 0 && fresh.get(size - 1) == tick) {
      return false; // matched by another interest already
    }
    fresh.add(tick);
    return size == 0;
  }

  /** Sends what was added to everyone who can take it now as it is, and leaves it to the others. */
  void flush() {
    List<Shown> ticks = fresh;
    fresh = new ArrayList<>();
    int from = 0;
    while (from < ticks.size()) {
      int to = Frames.endOfPiece(ticks, from);
      sendPiece(ticks.subList(from, to));
      from = to;
    }
  }

  private void sendPiece(List<Shown> ticks) {
    ByteBuf frame = null;
    for (FeedSession session : sessions) {
      Outbox outbox = session.outbox();
      if (!wantsEveryTick || !outbox.takesSharedFrames()) {
        outbox.offer(ticks, subscriptions);
        continue;
      }
      if (frame == null) {
        frame = Frames.updateOfAll(ticks);
      }
      outbox.send(frame, ticks.size());
    }
    if (frame != null) {
      frame.release();
    }
  }
}
