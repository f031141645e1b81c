package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.vertx.serviceproxy.ServiceException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Values under names, as texts in Redis and as changes have made them since. A text is read when it
 * is needed, so that one that cannot be read stops only the change that needs it.
 */
final class Entries<T> {

  private final String what;
  private final Function<String, T> reader;
  private final Function<T, String> writer;
  private final Map<String, String> unread = new HashMap<>();
  private final Map<String, T> values = new HashMap<>();
  private final Set<String> changed = new LinkedHashSet<>();

  /**
   * @param what such as {@code position}, for failures
   */
  Entries(String what, Function<String, T> reader, Function<T, String> writer) {
    this.what = what;
    this.reader = reader;
    this.writer = writer;
  }

  /** Redis has this. */
  void found(String name, String text) {
    unread.put(name, text);
  }

  /**
   * @return null when there is none
   * @throws io.vertx.serviceproxy.ServiceException when what Redis has cannot be read
   */
  T get(String name) {
    String text = unread.get(name);
    if (text != null) {
      values.put(name, read(name, text));
      unread.remove(name);
    }
    return values.get(name);
  }

  private T read(String name, String text) {
    try {
      return reader.apply(text);
    } catch (RuntimeException e) {
      throw Failure.INTERNAL.exception(
          "The " + what + " of " + name + " in Redis cannot be read: " + e.getMessage());
    }
  }

  boolean isReadable(String name) {
    try {
      get(name);
      return true;
    } catch (ServiceException e) {
      return false;
    }
  }

  Set<String> names() {
    Set<String> names = new HashSet<>(unread.keySet());
    names.addAll(values.keySet());
    return names;
  }

  boolean has(String name) {
    return unread.containsKey(name) || values.containsKey(name);
  }

  void put(String name, T value) {
    unread.remove(name);
    values.put(name, value);
    changed.add(name);
  }

  /** Does nothing when there is none. */
  void remove(String name) {
    if (has(name)) {
      unread.remove(name);
      values.remove(name);
      changed.add(name);
    }
  }

  Set<String> changed() {
    return changed;
  }

  /** What Redis is to have; null for nothing. */
  String text(String name) {
    T value = values.get(name);
    return value == null ? null : writer.apply(value);
  }
}
