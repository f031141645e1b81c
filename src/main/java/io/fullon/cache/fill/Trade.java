package io.fullon.cache.fill;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * A trade: an order, or a part of it, was filled. Immutable; every instance is valid.
 *
 * @param tradeId the exchange's number of it, unique for the symbol; or {@link #OF_ORDER} and the
 *     order's id
 * @param symbol the market, such as {@code BTC/USDT}
 * @param side which way it went
 * @param volume how much was traded, in the base currency or in contracts
 * @param price at which price
 * @param cost what it cost, in the quote currency; may be null
 * @param fee what the exchange took, not contained in {@code cost}; may be null
 * @param exOrderId the exchange's id of the order; may be null
 * @param exId the exchange or the account there; may be null
 * @param orderType such as {@code limit} or {@code market}; may be null
 * @param uid whose it is; may be null
 * @param time when it happened, kept to the microsecond; may be null
 */
public record Trade(
    String tradeId,
    String symbol,
    Side side,
    BigDecimal volume,
    BigDecimal price,
    BigDecimal cost,
    BigDecimal fee,
    String exOrderId,
    String exId,
    String orderType,
    String uid,
    Instant time)
    implements JsonValue {

  /** Begins the trade id that settling makes of an order's id, where the order names no trade. */
  public static final String OF_ORDER = "TRD_";

  private static final int MAX_TEXT = 128;

  /**
   * @throws InvalidValueException naming the field that does not fit
   */
  public Trade {
    checkTradeId("trade_id", tradeId);
    Names.symbol("symbol", symbol);
    if (side == null) {
      throw new InvalidValueException("side", "is missing");
    }
    volume = Decimals.check("volume", volume);
    price = Decimals.check("price", price);
    cost = Decimals.checkOptional("cost", cost);
    fee = Decimals.checkOptional("fee", fee);
    Names.optionalId("ex_order_id", exOrderId);
    Names.optionalId("ex_id", exId);
    Names.optionalText("order_type", orderType, MAX_TEXT);
    Names.optionalId("uid", uid);
    time = time == null ? null : Times.toMicros(time);
  }

  private static String readTradeId(Fields fields) {
    return isOfOrder(fields.raw("trade_id"))
        ? checkTradeId(fields.name("trade_id"), (String) fields.raw("trade_id"))
        : fields.id("trade_id");
  }

  /** What is made of an order's id is longer than an id may be, if that is as long as it may be. */
  private static String checkTradeId(String field, String tradeId) {
    Names.id(field, isOfOrder(tradeId) ? tradeId.substring(OF_ORDER.length()) : tradeId);
    return tradeId;
  }

  private static boolean isOfOrder(Object tradeId) {
    return tradeId instanceof String text
        && text.startsWith(OF_ORDER)
        && text.length() > OF_ORDER.length();
  }

  /** A trade to which more can be added. */
  public static Builder builder(String tradeId, String symbol, Side side) {
    return new Builder(tradeId, symbol, side);
  }

  /**
   * Reads a trade from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Trade read(Fields fields) {
    return new Trade(
        readTradeId(fields),
        fields.symbol("symbol"),
        Side.read(fields, "side"),
        fields.decimal("volume"),
        fields.decimal("price"),
        fields.decimalOrNull("cost"),
        fields.decimalOrNull("fee"),
        fields.idOrNull("ex_order_id"),
        fields.idOrNull("ex_id"),
        fields.textOrNull("order_type", MAX_TEXT),
        fields.idOrNull("uid"),
        fields.timeOrNull("time"));
  }

  /** Reads a trade from event-bus JSON: the inverse of {@link #toJson}. */
  public static Trade fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("trade_id", tradeId)
        .put("symbol", symbol)
        .put("side", side.toString())
        .put("volume", volume)
        .put("price", price)
        .put("cost", cost)
        .put("fee", fee)
        .put("ex_order_id", exOrderId)
        .put("ex_id", exId)
        .put("order_type", orderType)
        .put("uid", uid)
        .put("time", time)
        .json();
  }

  /** Collects a trade's fields; what is not set is null. */
  public static final class Builder {

    private final String tradeId;
    private final String symbol;
    private final Side side;
    private BigDecimal volume;
    private BigDecimal price;
    private BigDecimal cost;
    private BigDecimal fee;
    private String exOrderId;
    private String exId;
    private String orderType;
    private String uid;
    private Instant time;

    private Builder(String tradeId, String symbol, Side side) {
      this.tradeId = tradeId;
      this.symbol = symbol;
      this.side = side;
    }

    public Builder volume(BigDecimal value) {
      volume = value;
      return this;
    }

    public Builder price(BigDecimal value) {
      price = value;
      return this;
    }

    public Builder cost(BigDecimal value) {
      cost = value;
      return this;
    }

    public Builder fee(BigDecimal value) {
      fee = value;
      return this;
    }

    public Builder exOrderId(String value) {
      exOrderId = value;
      return this;
    }

    public Builder exId(String value) {
      exId = value;
      return this;
    }

    public Builder orderType(String value) {
      orderType = value;
      return this;
    }

    public Builder uid(String value) {
      uid = value;
      return this;
    }

    public Builder time(Instant value) {
      time = value;
      return this;
    }

    /**
     * @throws InvalidValueException naming the field that is missing or does not fit
     */
    public Trade build() {
      return new Trade(
          tradeId, symbol, side, volume, price, cost, fee, exOrderId, exId, orderType, uid, time);
    }
  }
}
