package io.fullon.cache.orders;

import static io.fullon.cache.value.FieldType.DECIMAL;
import static io.fullon.cache.value.FieldType.ID;
import static io.fullon.cache.value.FieldType.TIME;
import static io.fullon.cache.value.FieldType.amounts;
import static io.fullon.cache.value.FieldType.count;
import static io.fullon.cache.value.FieldType.text;

import io.fullon.cache.fill.Fees;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Side;
import io.fullon.cache.value.Field;
import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Table;
import io.fullon.cache.value.Value;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;

/**
 * An order and what became of it. Immutable; every instance is valid. Every field may be null.
 * Fields that a program sends besides are kept, see {@link #more}.
 */
public final class Order extends Value<Order> {

  public static final Table<Order> FIELDS = new Table<>();

  private static final int MAX_TEXT = 128;
  private static final int MAX_REASON = 4_096;

  public static final Field<Order, String> EX_ORDER_ID = FIELDS.optional("ex_order_id", ID);
  public static final Field<Order, String> EX_ID = FIELDS.optional("ex_id", ID);
  public static final Field<Order, String> CLIENT_ORDER_ID = FIELDS.optional("client_order_id", ID);
  public static final Field<Order, String> TRADE_ID = FIELDS.optional("trade_id", ID);
  public static final Field<Order, String> SYMBOL = FIELDS.optional("symbol", FieldType.SYMBOL);
  public static final Field<Order, Side> SIDE = FIELDS.optional("side", Side.TYPE);
  public static final Field<Order, HedgeSide> POSITION_SIDE =
      FIELDS.optional("position_side", HedgeSide.TYPE);
  public static final Field<Order, String> ORDER_TYPE =
      FIELDS.optional("order_type", text(MAX_TEXT));
  public static final Field<Order, String> STATUS = FIELDS.optional("status", text(MAX_TEXT));
  public static final Field<Order, BigDecimal> VOLUME = FIELDS.optional("volume", DECIMAL);
  public static final Field<Order, BigDecimal> PRICE = FIELDS.optional("price", DECIMAL);
  public static final Field<Order, BigDecimal> COST = FIELDS.optional("cost", DECIMAL);
  public static final Field<Order, BigDecimal> FEE = FIELDS.optional("fee", DECIMAL);
  public static final Field<Order, String> FEE_CURRENCY =
      FIELDS.optional("fee_currency", text(MAX_TEXT));
  public static final Field<Order, Map<String, BigDecimal>> FEES =
      FIELDS.optional("fees", amounts(DECIMAL));
  public static final Field<Order, BigDecimal> FINAL_VOLUME =
      FIELDS.optional("final_volume", DECIMAL);
  public static final Field<Order, BigDecimal> FILL_PRICE = FIELDS.optional("fill_price", DECIMAL);
  public static final Field<Order, Instant> FILLED_AT = FIELDS.optional("filled_at", TIME);
  public static final Field<Order, BigDecimal> LEVERAGE = FIELDS.optional("leverage", DECIMAL);
  public static final Field<Order, String> UID = FIELDS.optional("uid", ID);
  public static final Field<Order, String> BOT_ID = FIELDS.optional("bot_id", ID);
  public static final Field<Order, Long> BLOCK_TOKEN = FIELDS.optional("block_token", count());
  public static final Field<Order, String> REASON = FIELDS.optional("reason", text(MAX_REASON));
  public static final Field<Order, Instant> TIMESTAMP = FIELDS.optional("timestamp", TIME);
  public static final Field<Order, Long> VERSION = FIELDS.optional("version", count());

  /** How deep objects and lists may be nested in a program's own fields; JSON is read to 32. */
  private static final int MAX_DEPTH = 24;

  private final JsonObject more;

  private Order(Builder builder) {
    super(builder);
    more = builder.more.copy();
  }

  private static void checkMore(String field, Object value) {
    if (FIELDS.names().contains(field)) {
      throw new InvalidValueException(field, "is not one of a program's own fields");
    }
    Json.checkKept(field, value, MAX_DEPTH);
  }

  /** An order to which fields are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** The same order, of which fields can be changed. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Reads an order from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Order read(Fields fields) {
    Builder order = new Builder();
    order.more.mergeIn(fields.without(FIELDS.names()));
    return order.read(Fees.plain(fields));
  }

  /** Reads an order from event-bus JSON: the inverse of {@link #toJson}. */
  public static Order fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  @Override
  public JsonObject toJson() {
    return super.toJson().mergeIn(more.copy());
  }

  /** The exchange's id of it. */
  public String exOrderId() {
    return get(EX_ORDER_ID);
  }

  /** Where it is: the exchange, or the account there. */
  public String exId() {
    return get(EX_ID);
  }

  /** The bot's own id of it, known before the exchange's. */
  public String clientOrderId() {
    return get(CLIENT_ORDER_ID);
  }

  /** The exchange's number of the trade that filled it. */
  public String tradeId() {
    return get(TRADE_ID);
  }

  /** The market, such as {@code BTC/USDT}. */
  public String symbol() {
    return get(SYMBOL);
  }

  /** Which way it goes. */
  public Side side() {
    return get(SIDE);
  }

  /** Which position it is for, in hedge mode. */
  public HedgeSide positionSide() {
    return get(POSITION_SIDE);
  }

  /** Such as {@code limit} or {@code market}. */
  public String orderType() {
    return get(ORDER_TYPE);
  }

  /** As it was sent, such as {@code open}; see {@link #state}. */
  public String status() {
    return get(STATUS);
  }

  /** How much was ordered. */
  public BigDecimal volume() {
    return get(VOLUME);
  }

  /** The limit, or the price expected. */
  public BigDecimal price() {
    return get(PRICE);
  }

  /** What it costs, in the quote currency. */
  public BigDecimal cost() {
    return get(COST);
  }

  /** What the exchange takes. */
  public BigDecimal fee() {
    return get(FEE);
  }

  /** The currency of {@link #fee}. */
  public String feeCurrency() {
    return get(FEE_CURRENCY);
  }

  /** What the exchange takes, by currency; where it is known, it is what counts. */
  public Map<String, BigDecimal> fees() {
    return get(FEES);
  }

  /** How much was filled so far. */
  public BigDecimal finalVolume() {
    return get(FINAL_VOLUME);
  }

  /** At which price, on average. */
  public BigDecimal fillPrice() {
    return get(FILL_PRICE);
  }

  /** When the last part of it was filled, kept to the microsecond. */
  public Instant filledAt() {
    return get(FILLED_AT);
  }

  /** Borrowed funds multiply the own ones by this. */
  public BigDecimal leverage() {
    return get(LEVERAGE);
  }

  /** Whose it is. */
  public String uid() {
    return get(UID);
  }

  /** Which bot made it. */
  public String botId() {
    return get(BOT_ID);
  }

  /** The fencing token of the block under which it was written last. */
  public Long blockToken() {
    return get(BLOCK_TOKEN);
  }

  /** Why it was made, or why it ended. */
  public String reason() {
    return get(REASON);
  }

  /** When it was made, or last changed, kept to the microsecond; says nothing about fills. */
  public Instant timestamp() {
    return get(TIMESTAMP);
  }

  /** Raised with every change. */
  public Long version() {
    return get(VERSION);
  }

  /** What a program sent besides, as it was; never null. */
  public JsonObject more() {
    return more.copy();
  }

  /** What has become of it, by the table of exchanges' spellings. */
  public OrderState state() {
    return Statuses.DEFAULT.of(this);
  }

  /** Whether the order has come to its end: no late message makes it open again. */
  public boolean isFinal() {
    return state().isFinal();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Order order && super.equals(order) && more.equals(order.more);
  }

  @Override
  public int hashCode() {
    return 31 * super.hashCode() + more.hashCode();
  }

  /** Collects an order's fields; what is not set is null. */
  public static final class Builder extends Value.Builder<Order, Builder> {

    private final JsonObject more;

    private Builder() {
      super(FIELDS);
      more = new JsonObject();
    }

    private Builder(Order order) {
      super(order);
      more = order.more.copy();
    }

    public Builder exOrderId(String value) {
      return set(EX_ORDER_ID, value);
    }

    public Builder exId(String value) {
      return set(EX_ID, value);
    }

    public Builder clientOrderId(String value) {
      return set(CLIENT_ORDER_ID, value);
    }

    public Builder tradeId(String value) {
      return set(TRADE_ID, value);
    }

    public Builder symbol(String value) {
      return set(SYMBOL, value);
    }

    public Builder side(Side value) {
      return set(SIDE, value);
    }

    public Builder positionSide(HedgeSide value) {
      return set(POSITION_SIDE, value);
    }

    public Builder orderType(String value) {
      return set(ORDER_TYPE, value);
    }

    public Builder status(String value) {
      return set(STATUS, value);
    }

    public Builder volume(BigDecimal value) {
      return set(VOLUME, value);
    }

    public Builder price(BigDecimal value) {
      return set(PRICE, value);
    }

    public Builder cost(BigDecimal value) {
      return set(COST, value);
    }

    public Builder fee(BigDecimal value) {
      return set(FEE, value);
    }

    public Builder feeCurrency(String value) {
      return set(FEE_CURRENCY, value);
    }

    public Builder fees(Map<String, BigDecimal> value) {
      return set(FEES, value);
    }

    public Builder finalVolume(BigDecimal value) {
      return set(FINAL_VOLUME, value);
    }

    public Builder fillPrice(BigDecimal value) {
      return set(FILL_PRICE, value);
    }

    public Builder filledAt(Instant value) {
      return set(FILLED_AT, value);
    }

    public Builder leverage(BigDecimal value) {
      return set(LEVERAGE, value);
    }

    public Builder uid(String value) {
      return set(UID, value);
    }

    public Builder botId(String value) {
      return set(BOT_ID, value);
    }

    public Builder reason(String value) {
      return set(REASON, value);
    }

    public Builder timestamp(Instant value) {
      return set(TIMESTAMP, value);
    }

    /** Adds a field of the program's own; its value is anything that JSON has. */
    public Builder more(String field, Object value) {
      more.put(field, value);
      return this;
    }

    @Override
    public Order build() {
      more.getMap().forEach(Order::checkMore);
      return new Order(this);
    }
  }
}
