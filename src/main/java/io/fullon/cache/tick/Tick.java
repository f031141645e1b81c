package io.fullon.cache.tick;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * The state of a market at one moment. Immutable; every instance is valid.
 *
 * <p>Its fields are read, checked and written by hand, not by a {@link io.fullon.cache.value.Table}
 * as those of other values: every tick passes here several times, and so it takes a fraction of the
 * time.
 *
 * @param symbol the market, such as {@code BTC/USDT}
 * @param exchange the exchange's name, such as {@code binance}
 * @param price the price, in the quote currency
 * @param time when it was so, by the exchange's clock; kept to the microsecond
 * @param volume traded volume as the exchange reports it, usually of 24 hours; may be null
 * @param bid the best price that somebody buys at; may be null
 * @param ask the best price that somebody sells at; may be null
 * @param last the price of the last trade; may be null
 * @param seq grows by one with each tick stored of this exchange and symbol; given by the cache.
 *     Null before it is stored, and for ticks that another program wrote
 */
public record Tick(
    String symbol,
    String exchange,
    BigDecimal price,
    Instant time,
    BigDecimal volume,
    BigDecimal bid,
    BigDecimal ask,
    BigDecimal last,
    Long seq)
    implements JsonValue {

  /** The largest {@code seq}: JavaScript's largest exact integer. */
  private static final long MAX_SEQ = (1L << 53) - 1;

  /**
   * @throws InvalidValueException naming the field that does not fit
   */
  public Tick {
    Names.symbol("symbol", symbol);
    Names.exchange("exchange", exchange);
    price = Decimals.check("price", price);
    if (time == null) {
      throw new InvalidValueException("time", "is missing");
    }
    time = Times.toMicros(time);
    volume = Decimals.checkOptional("volume", volume);
    bid = Decimals.checkOptional("bid", bid);
    ask = Decimals.checkOptional("ask", ask);
    last = Decimals.checkOptional("last", last);
  }

  /** A tick with a price only. */
  public static Tick of(String exchange, String symbol, BigDecimal price, Instant time) {
    return new Tick(symbol, exchange, price, time, null, null, null, null, null);
  }

  /** A tick to which price, time and more are to be added. */
  public static Builder builder(String exchange, String symbol) {
    return new Builder(exchange, symbol);
  }

  /**
   * Reads a tick from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Tick read(Fields fields) {
    return read(fields, fields.exchange("exchange"), fields.symbol("symbol"));
  }

  /** Reads a tick whose exchange and symbol are known from elsewhere. */
  static Tick read(Fields fields, String exchange, String symbol) {
    return new Tick(
        symbol,
        exchange,
        fields.decimal("price"),
        fields.time("time"),
        fields.decimalOrNull("volume"),
        fields.decimalOrNull("bid"),
        fields.decimalOrNull("ask"),
        fields.decimalOrNull("last"),
        fields.has("seq") ? (Long) fields.integer("seq", 0, MAX_SEQ) : null);
  }

  /** Reads a tick from event-bus JSON: the inverse of {@link #toJson}. */
  public static Tick fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  /** The same tick with another number. */
  public Tick withSeq(Long number) {
    return new Tick(symbol, exchange, price, time, volume, bid, ask, last, number);
  }

  /**
   * Whether it was stored before the other one, or tells of an earlier time: then the ticker must
   * have been deleted in between, if the other one was known first.
   */
  public boolean precedes(Tick other) {
    return time.isBefore(other.time) || (seq != null && other.seq != null && seq < other.seq);
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("symbol", symbol)
        .put("exchange", exchange)
        .put("price", price)
        .put("volume", volume)
        .put("time", time)
        .put("bid", bid)
        .put("ask", ask)
        .put("last", last)
        .put("seq", seq)
        .json();
  }

  /** JSON text with every digit, decimals as told. */
  public String encode(DecimalStyle style) {
    StringBuilder json = unnumbered(style);
    if (seq != null) {
      json.append(",\"seq\":").append(seq);
    }
    return json.append('}').toString();
  }

  /** The same without {@code seq} and without the closing brace, for who numbers it. */
  String encodeUnnumbered(DecimalStyle style) {
    return unnumbered(style).toString();
  }

  // By hand, because it is done several times for every tick: a JSON generator takes five times as
  // long. Nothing that a symbol may consist of needs to be escaped.
  private StringBuilder unnumbered(DecimalStyle style) {
    String quote = style == DecimalStyle.STRING ? "\"" : "";
    StringBuilder json = new StringBuilder(256);
    json.append("{\"symbol\":\"")
        .append(symbol)
        .append("\",\"exchange\":\"")
        .append(exchange)
        .append('"');
    decimal(json, "price", price, quote);
    decimal(json, "volume", volume, quote);
    decimal(json, "bid", bid, quote);
    decimal(json, "ask", ask, quote);
    decimal(json, "last", last, quote);
    json.append(",\"time\":"); // at the end, where the script that stores it looks for it
    Times.append(json, time);
    return json;
  }

  private static void decimal(StringBuilder json, String name, BigDecimal decimal, String quote) {
    if (decimal != null) {
      json.append(",\"").append(name).append("\":").append(quote);
      json.append(Decimals.plain(decimal)).append(quote);
    }
  }

  /** Collects a tick's fields; what is not set is null. */
  public static final class Builder {

    private final String exchange;
    private final String symbol;
    private BigDecimal price;
    private Instant time;
    private BigDecimal volume;
    private BigDecimal bid;
    private BigDecimal ask;
    private BigDecimal last;

    private Builder(String exchange, String symbol) {
      this.exchange = exchange;
      this.symbol = symbol;
    }

    public Builder price(BigDecimal value) {
      price = value;
      return this;
    }

    public Builder time(Instant value) {
      time = value;
      return this;
    }

    public Builder volume(BigDecimal value) {
      volume = value;
      return this;
    }

    public Builder bid(BigDecimal value) {
      bid = value;
      return this;
    }

    public Builder ask(BigDecimal value) {
      ask = value;
      return this;
    }

    public Builder last(BigDecimal value) {
      last = value;
      return this;
    }

    /**
     * @throws InvalidValueException naming the field that is missing or does not fit
     */
    public Tick build() {
      return new Tick(symbol, exchange, price, time, volume, bid, ask, last, null);
    }
  }
}
