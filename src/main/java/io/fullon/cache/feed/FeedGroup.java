package io.fullon.cache.feed;

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
    Piece piece = new Piece(ticks);
    try {
      sessions.forEach(session -> session.run(() -> send(piece, session.outbox())));
    } finally {
      piece.release();
    }
  }

  private void send(Piece piece, Outbox outbox) {
    if (wantsEveryTick && outbox.takesSharedFrames()) {
      outbox.send(piece.frame(), piece.ticks.size());
    } else {
      outbox.offer(piece.ticks, subscriptions);
    }
  }

  /** Ticks for one frame, which is made when the first asks for it. */
  private static final class Piece {

    private final List<Shown> ticks;
    private ByteBuf frame;

    Piece(List<Shown> ticks) {
      this.ticks = ticks;
    }

    ByteBuf frame() {
      if (frame == null) {
        frame = Frames.updateOfAll(ticks);
      }
      return frame;
    }

    void release() {
      if (frame != null) {
        frame.release();
      }
    }
  }
}
