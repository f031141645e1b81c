package io.fullon.cache.orders;

import io.fullon.cache.fill.Side;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * An order and what became of it. Immutable; every instance is valid. Every field may be null.
 *
 * @param exOrderId the exchange's id of it
 * @param exId where it is: the exchange, or the account there
 * @param tradeId the exchange's number of the trade that filled it
 * @param symbol the market, such as {@code BTC/USDT}
 * @param side which way it goes
 * @param orderType such as {@code limit} or {@code market}
 * @param status such as {@code open}; see {@link #isFinal}
 * @param volume how much was ordered
 * @param price the limit, or the price expected
 * @param cost what it costs, in the quote currency
 * @param fee what the exchange takes
 * @param finalVolume how much was filled
 * @param fillPrice at which price, on average
 * @param leverage borrowed funds multiply the own ones by this
 * @param uid whose it is
 * @param botId which bot made it
 * @param reason why it was made, or why it ended
 * @param timestamp when it was made, or last changed, kept to the microsecond
 * @param more what a program sent besides, as it was; never null
 */
public record Order(
    String exOrderId,
    String exId,
    String tradeId,
    String symbol,
    Side side,
    String orderType,
    String status,
    BigDecimal volume,
    BigDecimal price,
    BigDecimal cost,
    BigDecimal fee,
    BigDecimal finalVolume,
    BigDecimal fillPrice,
    BigDecimal leverage,
    String uid,
    String botId,
    String reason,
    Instant timestamp,
    JsonObject more)
    implements JsonValue {

  private static final Set<String> FINAL =
      Set.of("filled", "closed", "canceled", "cancelled", "rejected", "expired");

  /** Those that have a component of their own. */
  private static final Set<String> FIELDS =
      Set.of(
          "ex_order_id",
          "ex_id",
          "trade_id",
          "symbol",
          "side",
          "order_type",
          "status",
          "volume",
          "price",
          "cost",
          "fee",
          "final_volume",
          "fill_price",
          "leverage",
          "uid",
          "bot_id",
          "reason",
          "timestamp");

  /** How deep objects and lists may be nested in a program's own fields; JSON is read to 32. */
  private static final int MAX_DEPTH = 24;

  private static final int MAX_TEXT = 128;
  private static final int MAX_REASON = 4_096;

  /**
   * @throws InvalidValueException naming the field that does not fit
   */
  public Order {
    Names.optionalId("ex_order_id", exOrderId);
    Names.optionalId("ex_id", exId);
    Names.optionalId("trade_id", tradeId);
    if (symbol != null) {
      Names.symbol("symbol", symbol);
    }
    Names.optionalText("order_type", orderType, MAX_TEXT);
    Names.optionalText("status", status, MAX_TEXT);
    volume = Decimals.checkOptional("volume", volume);
    price = Decimals.checkOptional("price", price);
    cost = Decimals.checkOptional("cost", cost);
    fee = Decimals.checkOptional("fee", fee);
    finalVolume = Decimals.checkOptional("final_volume", finalVolume);
    fillPrice = Decimals.checkOptional("fill_price", fillPrice);
    leverage = Decimals.checkOptional("leverage", leverage);
    Names.optionalId("uid", uid);
    Names.optionalId("bot_id", botId);
    Names.optionalText("reason", reason, MAX_REASON);
    timestamp = timestamp == null ? null : Times.toMicros(timestamp);
    more = more == null ? new JsonObject() : checkMore(UnaryOperator.identity(), more).copy();
  }

  private static JsonObject checkMore(UnaryOperator<String> name, JsonObject more) {
    more.getMap()
        .forEach(
            (field, value) -> {
              if (FIELDS.contains(field)) {
                throw new InvalidValueException(
                    name.apply(field), "is not one of a program's own fields");
              }
              checkDepth(name.apply(field), value, 0);
            });
    return more;
  }

  private static void checkDepth(String field, Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new InvalidValueException(field, "must not be nested deeper than " + MAX_DEPTH);
    }
    if (value instanceof JsonObject object) {
      checkDepth(field, object.getMap(), depth);
    } else if (value instanceof JsonArray array) {
      checkDepth(field, array.getList(), depth);
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(element -> checkDepth(field, element, depth + 1));
    } else if (value instanceof List<?> list) {
      list.forEach(element -> checkDepth(field, element, depth + 1));
    }
  }

  @Override
  public JsonObject more() {
    return more.copy();
  }

  /** Whether the order has come to its end: no late message makes it open again. */
  public boolean isFinal() {
    return status != null && FINAL.contains(status);
  }

  /** An order to which fields are added. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Reads an order from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Order read(Fields fields) {
    return new Order(
        fields.idOrNull("ex_order_id"),
        fields.idOrNull("ex_id"),
        fields.idOrNull("trade_id"),
        fields.has("symbol") ? fields.symbol("symbol") : null,
        Side.readOrNull(fields, "side"),
        fields.textOrNull("order_type", MAX_TEXT),
        fields.textOrNull("status", MAX_TEXT),
        fields.decimalOrNull("volume"),
        fields.decimalOrNull("price"),
        fields.decimalOrNull("cost"),
        fields.decimalOrNull("fee"),
        fields.decimalOrNull("final_volume"),
        fields.decimalOrNull("fill_price"),
        fields.decimalOrNull("leverage"),
        fields.idOrNull("uid"),
        fields.idOrNull("bot_id"),
        fields.textOrNull("reason", MAX_REASON),
        fields.timeOrNull("timestamp"),
        checkMore(fields::name, fields.unread()));
  }

  /** Reads an order from event-bus JSON: the inverse of {@link #toJson}. */
  public static Order fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  @Override
  public JsonObject toJson() {
    JsonObject json =
        new JsonFields()
            .put("ex_order_id", exOrderId)
            .put("ex_id", exId)
            .put("trade_id", tradeId)
            .put("symbol", symbol)
            .put("side", side == null ? null : side.toString())
            .put("order_type", orderType)
            .put("status", status)
            .put("volume", volume)
            .put("price", price)
            .put("cost", cost)
            .put("fee", fee)
            .put("final_volume", finalVolume)
            .put("fill_price", fillPrice)
            .put("leverage", leverage)
            .put("uid", uid)
            .put("bot_id", botId)
            .put("reason", reason)
            .put("timestamp", timestamp)
            .json();
    return json.mergeIn(more.copy());
  }

  /** Collects an order's fields; what is not set is null. */
  public static final class Builder {

    private String exOrderId;
    private String exId;
    private String tradeId;
    private String symbol;
    private Side side;
    private String orderType;
    private String status;
    private BigDecimal volume;
    private BigDecimal price;
    private BigDecimal cost;
    private BigDecimal fee;
    private BigDecimal finalVolume;
    private BigDecimal fillPrice;
    private BigDecimal leverage;
    private String uid;
    private String botId;
    private String reason;
    private Instant timestamp;
    private final JsonObject more = new JsonObject();

    private Builder() {}

    public Builder exOrderId(String value) {
      exOrderId = value;
      return this;
    }

    public Builder exId(String value) {
      exId = value;
      return this;
    }

    public Builder tradeId(String value) {
      tradeId = value;
      return this;
    }

    public Builder symbol(String value) {
      symbol = value;
      return this;
    }

    public Builder side(Side value) {
      side = value;
      return this;
    }

    public Builder orderType(String value) {
      orderType = value;
      return this;
    }

    public Builder status(String value) {
      status = value;
      return this;
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

    public Builder finalVolume(BigDecimal value) {
      finalVolume = value;
      return this;
    }

    public Builder fillPrice(BigDecimal value) {
      fillPrice = value;
      return this;
    }

    public Builder leverage(BigDecimal value) {
      leverage = value;
      return this;
    }

    public Builder uid(String value) {
      uid = value;
      return this;
    }

    public Builder botId(String value) {
      botId = value;
      return this;
    }

    public Builder reason(String value) {
      reason = value;
      return this;
    }

    public Builder timestamp(Instant value) {
      timestamp = value;
      return this;
    }

    /** Adds a field of the program's own; its value is anything that JSON has. */
    public Builder more(String field, Object value) {
      more.put(field, value);
      return this;
    }

    /**
     * @throws InvalidValueException naming the field that does not fit
     */
    public Order build() {
      return new Order(
          exOrderId,
          exId,
          tradeId,
          symbol,
          side,
          orderType,
          status,
          volume,
          price,
          cost,
          fee,
          finalVolume,
          fillPrice,
          leverage,
          uid,
          botId,
          reason,
          timestamp,
          more);
    }
  }
}
