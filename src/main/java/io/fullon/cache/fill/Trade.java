package io.fullon.cache.fill;

import static io.fullon.cache.value.FieldType.DECIMAL;
import static io.fullon.cache.value.FieldType.FLAG;
import static io.fullon.cache.value.FieldType.ID;
import static io.fullon.cache.value.FieldType.POSITIVE;
import static io.fullon.cache.value.FieldType.amounts;
import static io.fullon.cache.value.FieldType.text;

import io.fullon.cache.value.Field;
import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Table;
import io.fullon.cache.value.Value;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;

/** A trade: an order, or a part of it, was filled. Immutable; every instance is valid. */
public final class Trade extends Value<Trade> {

  public static final Table<Trade> FIELDS = new Table<>();

  /** Begins the trade id that settling makes of an order's id, where the order names no trade. */
  public static final String OF_ORDER = "TRD_";

  private static final int MAX_TEXT = 128;

  /** Behind an order's id, {@code /} and how much of it was filled so far. */
  private static final Pattern PART = Pattern.compile("/[0-9.]{1,64}$");

  public static final Field<Trade, String> TRADE_ID =
      FIELDS.required("trade_id", FieldType.of("id", Trade::tradeId));
  public static final Field<Trade, String> SYMBOL = FIELDS.required("symbol", FieldType.SYMBOL);
  public static final Field<Trade, Side> SIDE = FIELDS.required("side", Side.TYPE);
  public static final Field<Trade, BigDecimal> VOLUME = FIELDS.required("volume", DECIMAL);
  public static final Field<Trade, BigDecimal> PRICE = FIELDS.required("price", DECIMAL);
  public static final Field<Trade, BigDecimal> COST = FIELDS.optional("cost", DECIMAL);
  public static final Field<Trade, BigDecimal> FEE = FIELDS.optional("fee", DECIMAL);
  public static final Field<Trade, String> FEE_CURRENCY =
      FIELDS.optional("fee_currency", text(MAX_TEXT));
  public static final Field<Trade, Map<String, BigDecimal>> FEES =
      FIELDS.optional("fees", amounts(DECIMAL));
  public static final Field<Trade, BigDecimal> CONTRACT_SIZE =
      FIELDS.optional("contract_size", POSITIVE);
  public static final Field<Trade, Boolean> INVERSE = FIELDS.optional("inverse", FLAG);
  public static final Field<Trade, String> EX_ORDER_ID = FIELDS.optional("ex_order_id", ID);
  public static final Field<Trade, String> EX_ID = FIELDS.optional("ex_id", ID);
  public static final Field<Trade, HedgeSide> POSITION_SIDE =
      FIELDS.optional("position_side", HedgeSide.TYPE);
  public static final Field<Trade, String> ORDER_TYPE =
      FIELDS.optional("order_type", text(MAX_TEXT));
  public static final Field<Trade, String> UID = FIELDS.optional("uid", ID);
  public static final Field<Trade, String> BOT_ID = FIELDS.optional("bot_id", ID);
  public static final Field<Trade, Instant> TIME = FIELDS.optional("time", FieldType.TIME);

  private Trade(Builder builder) {
    super(builder);
  }

  /** What is made of an order's id is longer than an id may be, if that is as long as it may be. */
  private static String tradeId(String field, Object value) {
    if (value instanceof String text && isOfOrder(text)) {
      Names.id(field, PART.matcher(text.substring(OF_ORDER.length())).replaceFirst(""));
      return text;
    }
    return Names.id(field, value);
  }

  private static boolean isOfOrder(String tradeId) {
    return tradeId.startsWith(OF_ORDER) && tradeId.length() > OF_ORDER.length();
  }

  /** A trade to which more can be added. */
  public static Builder builder(String tradeId, String symbol, Side side) {
    return new Builder().set(TRADE_ID, tradeId).set(SYMBOL, symbol).set(SIDE, side);
  }

  /** The same trade, of which fields can be changed. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Reads a trade from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Trade read(Fields fields) {
    return new Builder().read(Fees.plain(fields));
  }

  /** Reads a trade from event-bus JSON: the inverse of {@link #toJson}. */
  public static Trade fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  /**
   * Checks that something was traded, as an exchange tells it: only what the cache takes back is
   * not above zero.
   *
   * @throws InvalidValueException naming the volume of a parameter {@code trade}
   */
  public void checkVolume() {
    if (volume().signum() <= 0) {
      throw new InvalidValueException("trade.volume", "must be above zero", volume());
    }
  }

  /** JSON text with every digit, decimals as strings: what is in Redis. */
  public String encode() {
    return encode(DecimalStyle.STRING);
  }

  /**
   * The exchange's number of it, unique for the symbol; or {@link #OF_ORDER} and the order's id.
   */
  public String tradeId() {
    return get(TRADE_ID);
  }

  /** The market, such as {@code BTC/USDT}. */
  public String symbol() {
    return get(SYMBOL);
  }

  /** Which way it went. */
  public Side side() {
    return get(SIDE);
  }

  /** How much was traded, in the base currency or in contracts. */
  public BigDecimal volume() {
    return get(VOLUME);
  }

  /** At which price. */
  public BigDecimal price() {
    return get(PRICE);
  }

  /** What it cost, in the quote currency; may be null. */
  public BigDecimal cost() {
    return get(COST);
  }

  /** What the exchange took, not contained in {@link #cost}; may be null. */
  public BigDecimal fee() {
    return get(FEE);
  }

  /** The currency of {@link #fee}; may be null. */
  public String feeCurrency() {
    return get(FEE_CURRENCY);
  }

  /** What the exchange took, by currency; where it is known, it is what counts; may be null. */
  public Map<String, BigDecimal> fees() {
    return get(FEES);
  }

  /** How much of the base one contract is; null for 1, or where it is known from elsewhere. */
  public BigDecimal contractSize() {
    return get(CONTRACT_SIZE);
  }

  /** Whether the contract is settled in its base currency; may be null. */
  public Boolean inverse() {
    return get(INVERSE);
  }

  /** The exchange's id of the order; may be null. */
  public String exOrderId() {
    return get(EX_ORDER_ID);
  }

  /** The exchange or the account there; may be null. */
  public String exId() {
    return get(EX_ID);
  }

  /** Which position it is for, in hedge mode; may be null. */
  public HedgeSide positionSide() {
    return get(POSITION_SIDE);
  }

  /** Such as {@code limit} or {@code market}; may be null. */
  public String orderType() {
    return get(ORDER_TYPE);
  }

  /** Whose it is; may be null. */
  public String uid() {
    return get(UID);
  }

  /** Which bot made it; may be null. */
  public String botId() {
    return get(BOT_ID);
  }

  /** When it happened, kept to the microsecond; may be null. */
  public Instant time() {
    return get(TIME);
  }

  /** Collects a trade's fields; what is not set is null. */
  public static final class Builder extends Value.Builder<Trade, Builder> {

    private Builder() {
      super(FIELDS);
    }

    private Builder(Trade trade) {
      super(trade);
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

    public Builder contractSize(BigDecimal value) {
      return set(CONTRACT_SIZE, value);
    }

    public Builder inverse(Boolean value) {
      return set(INVERSE, value);
    }

    public Builder exOrderId(String value) {
      return set(EX_ORDER_ID, value);
    }

    public Builder exId(String value) {
      return set(EX_ID, value);
    }

    public Builder positionSide(HedgeSide value) {
      return set(POSITION_SIDE, value);
    }

    public Builder orderType(String value) {
      return set(ORDER_TYPE, value);
    }

    public Builder uid(String value) {
      return set(UID, value);
    }

    public Builder botId(String value) {
      return set(BOT_ID, value);
    }

    public Builder time(Instant value) {
      return set(TIME, value);
    }

    @Override
    public Trade build() {
      return new Trade(this);
    }
  }
}
