package io.fullon.cache.feed;

import java.util.HashSet;
import java.util.Set;

/** Those to whom the ticks of one topic go. */
final class Audience {

  private static final FeedGroup[] NOBODY = {};

  private final Topic topic;
  private final Set<FeedGroup> groups = new HashSet<>(2);

  /** The same for who goes through them with each tick. Made anew when it is asked for. */
  private FeedGroup[] inRow = NOBODY;

  private boolean changed;

  Audience(Topic topic) {
    this.topic = topic;
  }

  Topic topic() {
    return topic;
  }

  void enter(FeedGroup group) {
    changed |= groups.add(group);
  }

  void leave(FeedGroup group) {
    changed |= groups.remove(group);
  }

  boolean isEmpty() {
    return groups.isEmpty();
  }

  /** Not to be changed. */
  FeedGroup[] groups() {
    if (changed) {
      inRow = groups.toArray(NOBODY);
      changed = false;
    }
    return inRow;
  }
}
