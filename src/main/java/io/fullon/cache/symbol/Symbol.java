package io.fullon.cache.symbol;

import com.fasterxml.jackson.core.JsonGenerator;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Names;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What can be traded on an exchange. Immutable; every instance is valid.
 *
 * @param symbol the market's name, such as {@code BTC/USDT}
 * @param exchange the exchange's name
 * @param base the currency that is traded, such as {@code BTC}; may be null
 * @param quote the currency that it is paid in, such as {@code USDT}; may be null
 * @param precision how many places prices are displayed with, 0 to 64; may be null
 * @param tickSize the smallest step between two prices; null or 0 when there is none
 * @param margin whether it can be traded on margin; may be null
 * @param leverage the highest leverage; may be null
 * @param contractSize how much of the base one contract is; may be null
 * @param description free text; may be null
 */
public record Symbol(
    String symbol,
    String exchange,
    String base,
    String quote,
    Integer precision,
    BigDecimal tickSize,
    Boolean margin,
    BigDecimal leverage,
    BigDecimal contractSize,
    String description)
    implements JsonValue {

  private static final int MAX_CURRENCY = 128;
  private static final int MAX_DESCRIPTION = 4_096;
  private static final int MAX_PRECISION = Decimals.MAX_LENGTH;

  /**
   * @throws InvalidValueException naming the field that does not fit
   */
  public Symbol {
    Names.symbol("symbol", symbol);
    Names.exchange("exchange", exchange);
    Names.optionalText("base", base, MAX_CURRENCY);
    Names.optionalText("quote", quote, MAX_CURRENCY);
    Names.optionalText("description", description, MAX_DESCRIPTION);
    if (precision != null && (precision < 0 || precision > MAX_PRECISION)) {
      throw new InvalidValueException("precision", "must be from 0 to " + MAX_PRECISION, precision);
    }
    tickSize = notNegative("tick_size", tickSize);
    leverage = notNegative("leverage", leverage);
    contractSize = notNegative("contract_size", contractSize);
  }

  private static BigDecimal notNegative(String field, BigDecimal decimal) {
    if (decimal != null && decimal.signum() < 0) {
      throw new InvalidValueException(field, "must not be negative", decimal);
    }
    return decimal == null ? null : Decimals.check(field, decimal);
  }

  /** A symbol of which only the steps of its prices are known. */
  public static Symbol of(String exchange, String symbol, Integer precision, BigDecimal tickSize) {
    return new Symbol(symbol, exchange, null, null, precision, tickSize, null, null, null, null);
  }

  /** A symbol to which more can be added. */
  public static Builder builder(String exchange, String symbol) {
    return new Builder(exchange, symbol);
  }

  /**
   * Reads a symbol from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Symbol read(Fields fields) {
    return read(fields, fields.exchange("exchange"), fields.symbol("symbol"));
  }

  /** Reads a symbol whose exchange and name are known from elsewhere. */
  static Symbol read(Fields fields, String exchange, String symbol) {
    return new Symbol(
        symbol,
        exchange,
        fields.textOrNull("base", MAX_CURRENCY),
        fields.textOrNull("quote", MAX_CURRENCY),
        fields.has("precision")
            ? (Integer) (int) fields.integer("precision", 0, MAX_PRECISION)
            : null,
        notNegative(fields, "tick_size"),
        fields.flagOrNull("margin"),
        notNegative(fields, "leverage"),
        notNegative(fields, "contract_size"),
        fields.textOrNull("description", MAX_DESCRIPTION));
  }

  /** Checked here already, where the path of the field is known. */
  private static BigDecimal notNegative(Fields fields, String key) {
    return notNegative(fields.name(key), fields.decimalOrNull(key));
  }

  /** Reads a symbol from event-bus JSON: the inverse of {@link #toJson}. */
  public static Symbol fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("symbol", symbol)
        .put("exchange", exchange)
        .put("base", base)
        .put("quote", quote)
        .put("precision", precision)
        .put("tick_size", tickSize)
        .put("margin", margin)
        .put("leverage", leverage)
        .put("contract_size", contractSize)
        .put("description", description)
        .json();
  }

  /** JSON text with every digit, decimals as numbers: what is in Redis. */
  String encode() {
    return Json.write(this::write);
  }

  private void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("symbol", symbol);
    json.writeStringField("exchange", exchange);
    if (base != null) {
      json.writeStringField("base", base);
    }
    if (quote != null) {
      json.writeStringField("quote", quote);
    }
    if (precision != null) {
      json.writeNumberField("precision", precision);
    }
    Json.decimal(json, "tick_size", tickSize);
    if (margin != null) {
      json.writeBooleanField("margin", margin);
    }
    Json.decimal(json, "leverage", leverage);
    Json.decimal(json, "contract_size", contractSize);
    if (description != null) {
      json.writeStringField("description", description);
    }
    json.writeEndObject();
  }

  /**
   * Whether the price is a multiple of the tick size; always when there is none.
   *
   * @throws InvalidValueException when the price is null or longer than {@link Decimals#MAX_LENGTH}
   */
  public boolean isOnTickSize(BigDecimal price) {
    Decimals.check("price", price);
    return !hasTickSize() || price.remainder(tickSize).signum() == 0;
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
    BigDecimal doubled = price.multiply(two).add(tickSize);
    BigDecimal[] parts = doubled.divideAndRemainder(tickSize.multiply(two));
    BigDecimal steps = parts[1].signum() < 0 ? parts[0].subtract(BigDecimal.ONE) : parts[0];
    return steps.setScale(0).multiply(tickSize);
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
        precision == null ? checked : checked.setScale(precision, RoundingMode.HALF_UP));
  }

  private boolean hasTickSize() {
    return tickSize != null && tickSize.signum() > 0;
  }

  /** Collects a symbol's fields; what is not set is null. */
  public static final class Builder {

    private final String exchange;
    private final String symbol;
    private String base;
    private String quote;
    private Integer precision;
    private BigDecimal tickSize;
    private Boolean margin;
    private BigDecimal leverage;
    private BigDecimal contractSize;
    private String description;

    private Builder(String exchange, String symbol) {
      this.exchange = exchange;
      this.symbol = symbol;
    }

    public Builder base(String value) {
      base = value;
      return this;
    }

    public Builder quote(String value) {
      quote = value;
      return this;
    }

    public Builder precision(Integer value) {
      precision = value;
      return this;
    }

    public Builder tickSize(BigDecimal value) {
      tickSize = value;
      return this;
    }

    public Builder margin(Boolean value) {
      margin = value;
      return this;
    }

    public Builder leverage(BigDecimal value) {
      leverage = value;
      return this;
    }

    public Builder contractSize(BigDecimal value) {
      contractSize = value;
      return this;
    }

    public Builder description(String value) {
      description = value;
      return this;
    }

    /**
     * @throws InvalidValueException naming the field that does not fit
     */
    public Symbol build() {
      return new Symbol(
          symbol,
          exchange,
          base,
          quote,
          precision,
          tickSize,
          margin,
          leverage,
          contractSize,
          description);
    }
  }
}
