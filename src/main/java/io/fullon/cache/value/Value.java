package io.fullon.cache.value;

import io.fullon.cache.value.Json.DecimalStyle;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;

/**
 * A value whose {@link Table} of fields says how it is read, checked, written and built. Immutable;
 * every instance is valid. Its class has the rows, and an accessor for each.
 *
 * @param <V> its own type
 */
public abstract class Value<V extends Value<V>> implements JsonValue {

  /** What most values need as text. */
  private static final int TEXT = 512;

  private final Table<V> table;

  /** By the fields' indexes. */
  private final Object[] values;

  /**
   * @throws InvalidValueException naming the field that is missing or does not fit
   */
  protected Value(Builder<V, ?> builder) {
    table = builder.table;
    values = builder.values.clone();
    for (Field<V, ?> field : table.fields) {
      int i = field.index;
      if (values[i] == null || values[i] != builder.checked[i]) {
        values[i] = field.check(values[i]);
      }
    }
  }

  /** The field, or null if absent. */
  @SuppressWarnings("unchecked") // a builder takes no other
  public final <T> T get(Field<V, T> field) {
    return (T) values[field.index];
  }

  /**
   * For constructors only: sets what follows from other fields.
   *
   * @throws InvalidValueException naming the field where that does not fit
   */
  protected final <T> void derive(Field<V, T> field, T value) {
    values[field.index] = field.check(value);
  }

  @Override
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    for (Field<V, ?> field : table.fields) {
      Object value = values[field.index];
      if (value != null) {
        json.put(field.name(), Json.ofBus(value));
      }
    }
    return json;
  }

  /** JSON text with every digit, decimals as told. */
  protected final String encode(DecimalStyle style) {
    StringBuilder json = new StringBuilder(TEXT).append('{');
    for (Field<V, ?> field : table.fields) {
      Object value = values[field.index];
      if (value != null) {
        json.append(json.length() == 1 ? "\"" : ",\"").append(field.name()).append("\":");
        Json.append(json, value, style);
      }
    }
    return json.append('}').toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Value<?> value
        && value.table == table
        && Arrays.equals(values, value.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  /** Its name and its JSON. */
  @Override
  public String toString() {
    return getClass().getSimpleName() + toJson().encode();
  }

  /**
   * Collects the fields of a value; what is not set is null.
   *
   * @param <V> the type of the value
   * @param <B> its own type
   */
  public abstract static class Builder<V extends Value<V>, B extends Builder<V, B>> {

    private final Table<V> table;
    private final Object[] values;

    /** What is known to fit, and is not checked again as long as it is the same. */
    private final Object[] checked;

    protected Builder(Table<V> table) {
      this.table = table;
      this.values = new Object[table.fields.size()];
      this.checked = new Object[values.length];
    }

    /** One that begins with the fields of a value. */
    protected Builder(Value<V> value) {
      this.table = value.table;
      this.values = value.values.clone();
      this.checked = value.values.clone();
    }

    /** Sets any field; null for none. */
    @SuppressWarnings("unchecked") // see B
    public final <T> B set(Field<V, T> field, T value) {
      values[field.index] = value;
      return (B) this;
    }

    /**
     * Reads all fields that are not set yet, and builds.
     *
     * @throws InvalidValueException naming the field, with its path, that is missing or does not
     *     fit
     */
    public final V read(Fields fields) {
      try {
        for (Field<V, ?> field : table.fields) {
          int i = field.index;
          if (values[i] == null) {
            values[i] = field.read(fields);
            checked[i] = values[i];
          }
        }
        return build();
      } catch (InvalidValueException e) {
        throw e.in(fields);
      }
    }

    /**
     * @throws InvalidValueException naming the field that is missing or does not fit
     */
    public abstract V build();
  }
}
