package io.fullon.cache.events;

import java.util.LinkedHashMap;
import java.util.Map;

/** Values by the texts in which they are on their way. May be called on any thread. */
final class Expected {

  /** More than some steps store. What was not kept is read. */
  private static final int MAX = 2_000;

  private final Map<String, Object> values =
      new LinkedHashMap<>() {

        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Object> eldest) {
          return size() > MAX;
        }
      };

  synchronized void addAll(Map<String, ?> more) {
    values.putAll(more);
  }

  /** Null when it is not there; nor is it the next time. */
  synchronized Object take(String text) {
    return values.remove(text);
  }
}
