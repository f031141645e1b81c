package io.fullon.cache.ohlcv;

import static io.fullon.cache.value.FieldType.DECIMAL;
import static io.fullon.cache.value.FieldType.FLAG;
import static io.fullon.cache.value.FieldType.NOT_NEGATIVE;
import static io.fullon.cache.value.FieldType.integer;

import io.fullon.cache.value.Field;
import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Table;
import io.fullon.cache.value.Times;
import io.fullon.cache.value.Value;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;

/** What the price of a market did in a stretch of time. Immutable; every instance is valid. */
public final class Bar extends Value<Bar> {

  public static final Table<Bar> FIELDS = new Table<>();

  public static final Field<Bar, String> EXCHANGE = FIELDS.required("exchange", FieldType.EXCHANGE);
  public static final Field<Bar, String> SYMBOL = FIELDS.required("symbol", FieldType.SYMBOL);
  public static final Field<Bar, Timeframe> TIMEFRAME =
      FIELDS.required("timeframe", Timeframe.TYPE);
  public static final Field<Bar, Instant> TIME = FIELDS.required("time", FieldType.TIME);
  public static final Field<Bar, BigDecimal> OPEN = FIELDS.required("open", DECIMAL);
  public static final Field<Bar, BigDecimal> HIGH = FIELDS.required("high", DECIMAL);
  public static final Field<Bar, BigDecimal> LOW = FIELDS.required("low", DECIMAL);
  public static final Field<Bar, BigDecimal> CLOSE = FIELDS.required("close", DECIMAL);
  public static final Field<Bar, BigDecimal> VOLUME = FIELDS.optional("volume", NOT_NEGATIVE);
  public static final Field<Bar, Integer> TICKS =
      FIELDS.optional("ticks", integer(0, Integer.MAX_VALUE));
  public static final Field<Bar, Boolean> FINAL = FIELDS.optional("final", FLAG);
  public static final Field<Bar, Boolean> CORRECTED = FIELDS.optional("corrected", FLAG);

  private Bar(Builder builder) {
    super(builder);
    if (Times.micros(time()) % (timeframe().seconds() * 1_000_000L) != 0) {
      throw new InvalidValueException(
          "time",
          "must be when a bar of "
              + timeframe()
              + " begins, a multiple of "
              + timeframe().seconds(),
          toJson().getValue("time"));
    }
  }

  /** A bar to which prices and more are to be added. */
  public static Builder builder(String exchange, String symbol, Timeframe timeframe, Instant time) {
    return of(exchange, symbol, timeframe).set(TIME, time);
  }

  private static Builder of(String exchange, String symbol, Timeframe timeframe) {
    return new Builder().set(EXCHANGE, exchange).set(SYMBOL, symbol).set(TIMEFRAME, timeframe);
  }

  /**
   * Reads a bar from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Bar read(Fields fields) {
    return new Builder().read(fields);
  }

  /**
   * Reads a bar of a market and timeframe that are known from elsewhere, and need not be there.
   *
   * @throws InvalidValueException naming the field that does not fit, or is another one
   */
  static Bar read(Fields fields, String exchange, String symbol, Timeframe timeframe) {
    same(fields, EXCHANGE, exchange);
    same(fields, SYMBOL, symbol);
    same(fields, TIMEFRAME, timeframe);
    return of(exchange, symbol, timeframe).read(fields);
  }

  private static <T> void same(Fields fields, Field<Bar, T> field, T known) {
    if (fields.has(field.name())) {
      String name = fields.name(field.name());
      T given = field.type().read(name, fields.raw(field.name()));
      if (!given.equals(known)) {
        throw new InvalidValueException(
            name, "must be that of the call, " + known, fields.raw(field.name()));
      }
    }
  }

  /** Reads a bar from event-bus JSON: the inverse of {@link #toJson}. */
  public static Bar fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  /** JSON text with every digit, decimals as strings: what clients of the feed get. */
  public String encode() {
    return encode(DecimalStyle.STRING);
  }

  /** The exchange's name. */
  public String exchange() {
    return get(EXCHANGE);
  }

  /** The market's name, such as {@code BTC/USDT}. */
  public String symbol() {
    return get(SYMBOL);
  }

  /** How long it is. */
  public Timeframe timeframe() {
    return get(TIMEFRAME);
  }

  /** When it begins. */
  public Instant time() {
    return get(TIME);
  }

  /** The first price. */
  public BigDecimal open() {
    return get(OPEN);
  }

  /** The highest price. */
  public BigDecimal high() {
    return get(HIGH);
  }

  /** The lowest price. */
  public BigDecimal low() {
    return get(LOW);
  }

  /** The last price. */
  public BigDecimal close() {
    return get(CLOSE);
  }

  /** How much was traded, in the base currency; null where it was made of ticks. */
  public BigDecimal volume() {
    return get(VOLUME);
  }

  /** Of how many ticks it was made; may be null where it was brought. */
  public Integer ticks() {
    return get(TICKS);
  }

  /** Whether it is over: only a correction changes it. The cache says so of every bar. */
  public Boolean isFinal() {
    return get(FINAL);
  }

  /** True if it was final and has changed since, else null. */
  public Boolean corrected() {
    return get(CORRECTED);
  }

  /** Collects a bar's fields; what is not set is null. */
  public static final class Builder extends Value.Builder<Bar, Builder> {

    private Builder() {
      super(FIELDS);
    }

    /** The four prices, in the order of the name. */
    public Builder prices(BigDecimal open, BigDecimal high, BigDecimal low, BigDecimal close) {
      return set(OPEN, open).set(HIGH, high).set(LOW, low).set(CLOSE, close);
    }

    public Builder volume(BigDecimal value) {
      return set(VOLUME, value);
    }

    public Builder ticks(Integer value) {
      return set(TICKS, value);
    }

    /**
     * @param value null: when its end has passed
     */
    public Builder isFinal(Boolean value) {
      return set(FINAL, value);
    }

    public Builder corrected(Boolean value) {
      return set(CORRECTED, value);
    }

    @Override
    public Bar build() {
      return new Bar(this);
    }
  }
}
