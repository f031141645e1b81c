package io.fullon.cache.value;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a field of a {@link Value} may be: how it is read from JSON, and checked in Java.
 *
 * @param <T> the type in Java, immutable
 */
public final class FieldType<T> {

  /** Makes a field's value of what is there. */
  @FunctionalInterface
  public interface Reader<T> {

    /**
     * @param field the field's name for the error
     * @param value what is there; never null
     * @throws InvalidValueException when it does not fit
     */
    T read(String field, Object value);
  }

  /** How many currencies fees may be in. */
  public static final int MAX_CURRENCIES = 1_000;

  private static final int MAX_CURRENCY = 128;

  public static final FieldType<String> EXCHANGE = of("exchange", Names::exchange);
  public static final FieldType<String> SYMBOL = of("symbol", Names::symbol);

  /** The id of an order, a trade, a bot, a user; an integer is its text. */
  public static final FieldType<String> ID = of("id", Names::id);

  public static final FieldType<BigDecimal> DECIMAL = decimal(Decimals::decode);

  /** A decimal that may be one of our own computing, such as a sum. */
  public static final FieldType<BigDecimal> COMPUTED = decimal(Decimals::decodeComputed);

  public static final FieldType<BigDecimal> NOT_NEGATIVE = decimal(FieldType::notNegative);
  public static final FieldType<BigDecimal> POSITIVE = decimal(FieldType::positive);

  public static final FieldType<Instant> TIME =
      new FieldType<>(
          "time",
          Times::decode,
          (field, value) -> Times.check(field, (Instant) value),
          FieldType::isUnusable);

  public static final FieldType<Boolean> FLAG = of("boolean", Fields::flag);

  private final String name;
  private final Reader<T> reader;
  private final Reader<T> checker;
  private final Predicate<Object> unusable;

  private FieldType(String name, Reader<T> reader, Reader<T> checker, Predicate<Object> unusable) {
    this.name = name;
    this.reader = reader;
    this.checker = checker;
    this.unusable = unusable;
  }

  /**
   * A type of which a value in Java is read as one in JSON is.
   *
   * @param name as the documentation calls it
   */
  public static <T> FieldType<T> of(String name, Reader<T> reader) {
    return new FieldType<>(name, reader, reader, FieldType::isUnusable);
  }

  /** The same of decimals: one that another program wrote may be no usable one. */
  public static FieldType<BigDecimal> decimal(Reader<BigDecimal> reader) {
    return new FieldType<>("decimal", reader, reader, Decimals::isUnusable);
  }

  /** A text of at most {@code max} characters. */
  public static FieldType<String> text(int max) {
    return of("text", (field, value) -> Fields.text(field, value, max));
  }

  /** An integer from {@code min} to {@code max}. */
  public static FieldType<Integer> integer(int min, int max) {
    return of("int", (field, value) -> (int) Fields.integer(field, value, min, max));
  }

  /** An integer that is not negative. */
  public static FieldType<Long> count() {
    return of("int", (field, value) -> Fields.integer(field, value, 0, Long.MAX_VALUE));
  }

  /**
   * One of these, each of which is in JSON what its {@code toString} gives.
   *
   * @param name as the documentation calls the type
   */
  public static <T> FieldType<T> oneOf(String name, Class<T> type, T[] values) {
    Map<Object, T> byText = Arrays.stream(values).collect(Collectors.toMap(T::toString, v -> v));
    String texts = Arrays.stream(values).map(T::toString).collect(Collectors.joining(", "));
    String expected = "must be " + texts.replaceFirst(", ([^,]*)$", " or $1");
    return new FieldType<>(
        name,
        (field, value) -> {
          T read = byText.get(value);
          if (read == null) {
            throw new InvalidValueException(field, expected, value);
          }
          return read;
        },
        (field, value) -> type.cast(value),
        value -> !byText.containsKey(value));
  }

  /** Amounts by currency, in the order of the currencies; none is null. */
  public static FieldType<Map<String, BigDecimal>> amounts(FieldType<BigDecimal> amount) {
    return of("amounts", (field, value) -> amounts(field, value, amount));
  }

  private static Map<String, BigDecimal> amounts(
      String field, Object value, FieldType<BigDecimal> type) {
    Map<String, BigDecimal> amounts = new TreeMap<>(Names.ORDER);
    Fields fields = Fields.of(field, value);
    if (fields.keys().size() > MAX_CURRENCIES) {
      throw new InvalidValueException(
          field, "must have at most " + MAX_CURRENCIES + " currencies", fields.keys().size());
    }
    for (String currency : fields.keys()) {
      if (fields.raw(currency) != null) {
        amounts.put(
            currency(field, currency), type.read(field + "." + currency, fields.raw(currency)));
      }
    }
    return amounts.isEmpty() ? null : Collections.unmodifiableMap(amounts);
  }

  private static String currency(String field, String currency) {
    if (currency.isEmpty() || currency.length() > MAX_CURRENCY) {
      throw new InvalidValueException(
          field, "must have currencies of 1 to " + MAX_CURRENCY + " characters", currency);
    }
    return currency;
  }

  private static BigDecimal notNegative(String field, Object value) {
    BigDecimal decimal = Decimals.decode(field, value);
    if (decimal.signum() < 0) {
      throw new InvalidValueException(field, "must not be negative", value);
    }
    return decimal;
  }

  private static BigDecimal positive(String field, Object value) {
    BigDecimal decimal = Decimals.decode(field, value);
    if (decimal.signum() <= 0) {
      throw new InvalidValueException(field, "must be above zero", value);
    }
    return decimal;
  }

  private static boolean isUnusable(Object value) {
    return !(value instanceof String) && Decimals.isUnusable(value);
  }

  /** As the documentation calls it. */
  public String name() {
    return name;
  }

  /**
   * Reads it from JSON.
   *
   * @return null where it is the same as absent
   * @throws InvalidValueException when it does not fit
   */
  public T read(String field, Object json) {
    return reader.read(field, json);
  }

  /**
   * Checks what came from Java.
   *
   * @return as it is kept; null where it is the same as absent
   * @throws InvalidValueException when it does not fit
   */
  T check(String field, Object value) {
    return checker.read(field, value);
  }

  /** Whether an optional field of another program counts as absent with this value. */
  boolean isAbsent(Object json) {
    return unusable.test(json);
  }
}
