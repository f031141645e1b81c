package io.fullon.cache.symbol;

import static io.fullon.cache.value.FieldType.FLAG;
import static io.fullon.cache.value.FieldType.NOT_NEGATIVE;
import static io.fullon.cache.value.FieldType.integer;
import static io.fullon.cache.value.FieldType.text;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Field;
import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Table;
import io.fullon.cache.value.Value;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** What can be traded on an exchange. Immutable; every instance is valid. */
public final class Symbol extends Value<Symbol> {

  public static final Table<Symbol> FIELDS = new Table<>();

  private static final int MAX_CURRENCY = 128;
  private static final int MAX_DESCRIPTION = 4_096;

  public static final Field<Symbol, String> SYMBOL = FIELDS.required("symbol", FieldType.SYMBOL);
  public static final Field<Symbol, String> EXCHANGE =
      FIELDS.required("exchange", FieldType.EXCHANGE);
  public static final Field<Symbol, String> BASE = FIELDS.optional("base", text(MAX_CURRENCY));
  public static final Field<Symbol, String> QUOTE = FIELDS.optional("quote", text(MAX_CURRENCY));
  public static final Field<Symbol, Integer> PRECISION =
      FIELDS.optional("precision", integer(0, Decimals.MAX_LENGTH));
  public static final Field<Symbol, BigDecimal> TICK_SIZE =
      FIELDS.optional("tick_size", NOT_NEGATIVE);
  public static final Field<Symbol, Boolean> MARGIN = FIELDS.optional("margin", FLAG);
  public static final Field<Symbol, BigDecimal> LEVERAGE =
      FIELDS.optional("leverage", NOT_NEGATIVE);
  public static final Field<Symbol, BigDecimal> CONTRACT_SIZE =
      FIELDS.optional("contract_size", NOT_NEGATIVE);
  public static final Field<Symbol, String> DESCRIPTION =
      FIELDS.optional("description", text(MAX_DESCRIPTION));
  public static final Field<Symbol, SymbolType> TYPE = FIELDS.optional("type", SymbolType.TYPE);
  public static final Field<Symbol, String> SETTLE = FIELDS.optional("settle", text(MAX_CURRENCY));
  public static final Field<Symbol, Boolean> INVERSE = FIELDS.optional("inverse", FLAG);
  public static final Field<Symbol, BigDecimal> LOT_SIZE =
      FIELDS.optional("lot_size", NOT_NEGATIVE);
  public static final Field<Symbol, BigDecimal> MIN_VOLUME =
      FIELDS.optional("min_volume", NOT_NEGATIVE);
  public static final Field<Symbol, BigDecimal> MIN_COST =
      FIELDS.optional("min_cost", NOT_NEGATIVE);

  private Symbol(Builder builder) {
    super(builder);
  }

  /** A symbol of which only the steps of its prices are known. */
  public static Symbol of(String exchange, String symbol, Integer precision, BigDecimal tickSize) {
    return builder(exchange, symbol).precision(precision).tickSize(tickSize).build();
  }

  /** A symbol to which more can be added. */
  public static Builder builder(String exchange, String symbol) {
    return new Builder().set(EXCHANGE, exchange).set(SYMBOL, symbol);
  }

  /**
   * Reads a symbol from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Symbol read(Fields fields) {
    return new Builder().read(fields);
  }

  /** Reads a symbol whose exchange and name are known from elsewhere. */
  static Symbol read(Fields fields, String exchange, String symbol) {
    return builder(exchange, symbol).read(fields);
  }

  /** Reads a symbol from event-bus JSON: the inverse of {@link #toJson}. */
  public static Symbol fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  /** JSON text with every digit, decimals as numbers: what is in Redis. */
  String encode() {
    return encode(DecimalStyle.NUMBER);
  }

  /** The market's name, such as {@code BTC/USDT}. */
  public String symbol() {
    return get(SYMBOL);
  }

  /** The exchange's name. */
  public String exchange() {
    return get(EXCHANGE);
  }

  /** The currency that is traded, such as {@code BTC}; may be null. */
  public String base() {
    return get(BASE);
  }

  /** The currency that it is paid in, such as {@code USDT}; may be null. */
  public String quote() {
    return get(QUOTE);
  }

  /** How many places prices are displayed with, 0 to 64; may be null. */
  public Integer precision() {
    return get(PRECISION);
  }

  /** The smallest step between two prices; null or 0 when there is none. */
  public BigDecimal tickSize() {
    return get(TICK_SIZE);
  }

  /** Whether it can be traded on margin; may be null. */
  public Boolean margin() {
    return get(MARGIN);
  }

  /** The highest leverage; may be null. */
  public BigDecimal leverage() {
    return get(LEVERAGE);
  }

  /** How much of the base one contract is; may be null. */
  public BigDecimal contractSize() {
    return get(CONTRACT_SIZE);
  }

  /** Free text; may be null. */
  public String description() {
    return get(DESCRIPTION);
  }

  /** What kind of market it is; may be null. */
  public SymbolType type() {
    return get(TYPE);
  }

  /** The currency that a contract is settled in, such as {@code USDT}; may be null. */
  public String settle() {
    return get(SETTLE);
  }

  /** Whether a contract is settled in its base currency; may be null. */
  public Boolean inverse() {
    return get(INVERSE);
  }

  /** The smallest step between two volumes; null or 0 when there is none. */
  public BigDecimal lotSize() {
    return get(LOT_SIZE);
  }

  /** The smallest volume of an order; null or 0 when there is none. */
  public BigDecimal minVolume() {
    return get(MIN_VOLUME);
  }

  /** The smallest cost of an order; null or 0 when there is none. */
  public BigDecimal minCost() {
    return get(MIN_COST);
  }

  /**
   * Whether the price is a multiple of the tick size; always when there is none.
   *
   * @throws InvalidValueException when the price is null or longer than {@link Decimals#MAX_LENGTH}
   */
  public boolean isOnTickSize(BigDecimal price) {
    Decimals.check("price", price);
    return !isPositive(tickSize()) || price.remainder(tickSize()).signum() == 0;
  }

  /**
   * The nearest price on the tick size, halves up (towards the higher price).
   *
   * @return the price itself, digits unchanged, when it is on the tick size; else with as many
   *     places as the tick size has
   * @throws InvalidValueException when the price is null or longer than {@link Decimals#MAX_LENGTH}
   */
  public BigDecimal align(BigDecimal price) {
    if (isOnTickSize(price)) {
      return price;
    }
    BigDecimal two = BigDecimal.valueOf(2);
    // ⌊price / tick + ½⌋ as ⌊(2 price + tick) / 2 tick⌋: exact, and up at halves below zero too.
    BigDecimal doubled = price.multiply(two).add(tickSize());
    BigDecimal[] parts = doubled.divideAndRemainder(tickSize().multiply(two));
    BigDecimal steps = parts[1].signum() < 0 ? parts[0].subtract(BigDecimal.ONE) : parts[0];
    return steps.setScale(0).multiply(tickSize());
  }

  /**
   * The price as it is displayed: with {@code precision} places, halves up (away from zero).
   *
   * @return plain notation; all digits when there is no precision
   * @throws InvalidValueException when the price is null or longer than {@link Decimals#MAX_LENGTH}
   */
  public String format(BigDecimal price) {
    BigDecimal checked = Decimals.check("price", price);
    return Decimals.plain(
        precision() == null ? checked : checked.setScale(precision(), RoundingMode.HALF_UP));
  }

  /**
   * The largest volume on the lot size that is not more than this one: towards zero.
   *
   * @return the volume itself, digits unchanged, when it is on the lot size; else with as many
   *     places as the lot size has
   * @throws InvalidValueException when the volume is null or longer than {@link
   *     Decimals#MAX_LENGTH}
   */
  public BigDecimal alignVolume(BigDecimal volume) {
    Decimals.check("volume", volume);
    return isOnLotSize(volume)
        ? volume
        : volume.divideToIntegralValue(lotSize()).setScale(0).multiply(lotSize());
  }

  /**
   * Checks the size of an order: whether the volume is on the lot size, and volume and cost are not
   * below the smallest. The cost is volume × contract size × price, of an inverse contract volume ×
   * contract size / price.
   *
   * @param price null where it is not known, as that of a market order: then the cost is not
   *     checked
   * @return the volume
   * @throws InvalidValueException naming {@code volume} and what it must be; or {@code price} when
   *     that is longer than {@link Decimals#MAX_LENGTH}
   */
  public BigDecimal checkSize(BigDecimal volume, BigDecimal price) {
    Decimals.check("volume", volume);
    Decimals.checkOptional("price", price);
    if (volume.signum() <= 0) {
      throw new InvalidValueException("volume", "must be above zero", volume);
    }
    if (!isOnLotSize(volume)) {
      throw tooSmall("be a multiple of the lot size", lotSize(), volume);
    }
    if (minVolume() != null && volume.compareTo(minVolume()) < 0) {
      throw tooSmall("not be below the smallest volume", minVolume(), volume);
    }
    if (minCost() != null && price != null && isBelowMinCost(volume, price)) {
      throw tooSmall("not cost less than the smallest cost", minCost(), volume);
    }
    return volume;
  }

  private static InvalidValueException tooSmall(String must, BigDecimal bound, BigDecimal volume) {
    return new InvalidValueException(
        "volume", "must " + must + " " + Decimals.plain(bound), volume);
  }

  /** Multiplied where a division would be rounded. */
  private boolean isBelowMinCost(BigDecimal volume, BigDecimal price) {
    BigDecimal quantity = isPositive(contractSize()) ? volume.multiply(contractSize()) : volume;
    return Boolean.TRUE.equals(inverse())
        ? quantity.compareTo(minCost().multiply(price.abs())) < 0
        : quantity.multiply(price.abs()).compareTo(minCost()) < 0;
  }

  private boolean isOnLotSize(BigDecimal volume) {
    return !isPositive(lotSize()) || volume.remainder(lotSize()).signum() == 0;
  }

  private static boolean isPositive(BigDecimal size) {
    return size != null && size.signum() > 0;
  }

  /** Collects a symbol's fields; what is not set is null. */
  public static final class Builder extends Value.Builder<Symbol, Builder> {

    private Builder() {
      super(FIELDS);
    }

    public Builder base(String value) {
      return set(BASE, value);
    }

    public Builder quote(String value) {
      return set(QUOTE, value);
    }

    public Builder precision(Integer value) {
      return set(PRECISION, value);
    }

    public Builder tickSize(BigDecimal value) {
      return set(TICK_SIZE, value);
    }

    public Builder margin(Boolean value) {
      return set(MARGIN, value);
    }

    public Builder leverage(BigDecimal value) {
      return set(LEVERAGE, value);
    }

    public Builder contractSize(BigDecimal value) {
      return set(CONTRACT_SIZE, value);
    }

    public Builder description(String value) {
      return set(DESCRIPTION, value);
    }

    public Builder type(SymbolType value) {
      return set(TYPE, value);
    }

    public Builder settle(String value) {
      return set(SETTLE, value);
    }

    public Builder inverse(Boolean value) {
      return set(INVERSE, value);
    }

    public Builder lotSize(BigDecimal value) {
      return set(LOT_SIZE, value);
    }

    public Builder minVolume(BigDecimal value) {
      return set(MIN_VOLUME, value);
    }

    public Builder minCost(BigDecimal value) {
      return set(MIN_COST, value);
    }

    @Override
    public Symbol build() {
      return new Symbol(this);
    }
  }
}
