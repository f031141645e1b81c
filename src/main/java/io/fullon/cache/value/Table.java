package io.fullon.cache.value;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The fields of a type of values, in the order in which JSON has them. Its rows are constants of
 * the type's class, so that it is complete when the first value is made:
 *
 * <pre>{@code
 * public static final Table<Order> FIELDS = new Table<>();
 * public static final Field<Order, BigDecimal> VOLUME = FIELDS.optional("volume", DECIMAL);
 * }</pre>
 *
 * @param <V> the type of the values
 */
public final class Table<V> {

  final List<Field<V, ?>> fields = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /** Adds a field that every value has. */
  public <T> Field<V, T> required(String name, FieldType<T> type) {
    return add(new Field<>(fields.size(), name, type, true));
  }

  /** Adds a field that may be absent, which is the same as null. */
  public <T> Field<V, T> optional(String name, FieldType<T> type) {
    return add(new Field<>(fields.size(), name, type, false));
  }

  private <T> Field<V, T> add(Field<V, T> field) {
    if (!names.add(field.name())) {
      throw new IllegalArgumentException(field + " is there twice");
    }
    fields.add(field);
    return field;
  }

  public List<Field<V, ?>> fields() {
    return Collections.unmodifiableList(fields);
  }

  /** The names of all fields in JSON. */
  public Set<String> names() {
    return Collections.unmodifiableSet(names);
  }
}
