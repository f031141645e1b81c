package io.fullon.cache.web;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Connections with the same interests: they get the same frames, made once. */
final class FeedGroup {

  private final Set<Interest> interests;
  private final Set<FeedSession> sessions = new HashSet<>();
  private List<Shown> fresh = new ArrayList<>();

  FeedGroup(Set<Interest> interests) {
    this.interests = interests;
  }

  Set<Interest> interests() {
    return interests;
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

  /** Sends what was added to everyone, or leaves it with those who cannot take it now. */
  void flush() {
    List<Shown> ticks = fresh;
    fresh = new ArrayList<>();
    String frame = null;
    for (FeedSession session : sessions) {
      if (session.isBehind()) {
        session.conflate(ticks);
      } else {
        if (frame == null) {
          frame = Frames.update(ticks.stream().map(Shown::json).toList());
        }
        session.send(frame);
      }
    }
  }
}
