package io.fullon.cache.bus;

import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A call of a service on the same node: the parameters by name, their values as they are, which are
 * immutable or nobody else's. Interceptors of the event bus see it as the message's body.
 */
public final class NearCall extends AbstractMap<String, Object> {

  private final String action;
  private final List<String> names;
  private final Object[] values;

  NearCall(String action, List<String> names, Object[] values) {
    this.action = action;
    this.names = names;
    this.values = values;
  }

  /** The method that is called. */
  public String action() {
    return action;
  }

  /** A handful of comparisons: cheaper than to hash each call's parameters. */
  @Override
  public Object get(Object name) {
    int index = names.indexOf(name);
    return index < 0 ? null : values[index];
  }

  @Override
  public Set<Map.Entry<String, Object>> entrySet() {
    List<Map.Entry<String, Object>> entries = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      entries.add(new SimpleImmutableEntry<>(names.get(i), values[i]));
    }
    return entries.stream().collect(Collectors.toUnmodifiableSet());
  }
}
