package io.fullon.cache.events;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What messages tell that are on their way. May be called on any thread. */
final class Expected {

  /** How long all messages may be; more than is on its way at once. What was not kept is read. */
  static final int MAX_LENGTH = 4 << 20;

  private final Map<String, List<News>> messages = new LinkedHashMap<>();
  private long length;

  synchronized void add(String message, List<News> news) {
    if (messages.put(message, news) == null) {
      length += message.length();
    }
    Iterator<String> eldest = messages.keySet().iterator();
    while (length > MAX_LENGTH) {
      length -= eldest.next().length();
      eldest.remove();
    }
  }

  /** Null when it is not there; nor is it the next time. */
  synchronized List<News> take(String message) {
    List<News> news = messages.remove(message);
    if (news != null) {
      length -= message.length();
    }
    return news;
  }
}
