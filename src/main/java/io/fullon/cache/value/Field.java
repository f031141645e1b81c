package io.fullon.cache.value;

/**
 * A field of a type of values: a row in its {@link Table}.
 *
 * @param <V> the type of the values
 * @param <T> the type of the field in Java
 */
@SuppressWarnings("UnusedTypeParameter") // V keeps the rows of other tables out
public final class Field<V, T> {

  final int index;
  private final String name;
  private final FieldType<T> type;
  private final boolean required;

  Field(int index, String name, FieldType<T> type, boolean required) {
    this.index = index;
    this.name = name;
    this.type = type;
    this.required = required;
  }

  /** Its name in JSON. */
  public String name() {
    return name;
  }

  public FieldType<T> type() {
    return type;
  }

  /** Whether every value has it. */
  public boolean isRequired() {
    return required;
  }

  /** Null if absent: JSON's null, and what another program wrote that is no such value. */
  T read(Fields fields) {
    Object json = fields.given(name);
    return json == null || (fields.isForeign() && !required && type.isAbsent(json))
        ? null
        : type.read(name, json);
  }

  /** As it is kept. */
  T check(Object value) {
    T checked = value == null ? null : type.check(name, value);
    if (checked == null && required) {
      throw new InvalidValueException(name, "is missing");
    }
    return checked;
  }

  @Override
  public String toString() {
    return name;
  }
}
