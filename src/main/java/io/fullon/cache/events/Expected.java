package io.fullon.cache.events;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What messages tell that are on their way. May be called on any thread. */
final class Expected {

  /** How long all messages may be; more than is on its way at once. What was not kept is read. */
  static final int MAX_LENGTH = 4 << 20;

  private final Map<Key, List<News>> messages = new LinkedHashMap<>();
  private long length;

  /** A message. To hash all of it, which may be long, would cost as much as to make it. */
  private record Key(String message) {

    private static final int HASHED = 64;

    @Override
    public int hashCode() {
      int end = message.length();
      return 31 * end + message.substring(Math.max(0, end - HASHED)).hashCode();
    }
  }

  synchronized void add(String message, List<News> news) {
    if (messages.put(new Key(message), news) == null) {
      length += message.length();
    }
    Iterator<Key> eldest = messages.keySet().iterator();
    while (length > MAX_LENGTH) {
      length -= eldest.next().message.length();
      eldest.remove();
    }
  }

  /** Null when it is not there; nor is it the next time. */
  synchronized List<News> take(String message) {
    List<News> news = messages.remove(new Key(message));
    if (news != null) {
      length -= message.length();
    }
    return news;
  }
}
