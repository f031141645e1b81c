package io.fullon.cache.account;

import static io.fullon.cache.value.FieldType.DECIMAL;
import static io.fullon.cache.value.FieldType.ID;
import static io.fullon.cache.value.FieldType.text;

import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.value.Field;
import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Table;
import io.fullon.cache.value.Value;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;

/** A change of a position that is no fill. Immutable; every instance is valid. */
public final class Adjustment extends Value<Adjustment> {

  public static final Table<Adjustment> FIELDS = new Table<>();

  private static final int MAX_TEXT = 128;

  public static final Field<Adjustment, String> ADJUSTMENT_ID = FIELDS.required("id", ID);
  public static final Field<Adjustment, String> SYMBOL =
      FIELDS.required("symbol", FieldType.SYMBOL);
  public static final Field<Adjustment, HedgeSide> POSITION_SIDE =
      FIELDS.optional("position_side", HedgeSide.TYPE);
  public static final Field<Adjustment, AdjustmentKind> KIND =
      FIELDS.optional("kind", AdjustmentKind.TYPE);
  public static final Field<Adjustment, BigDecimal> REALIZED_PNL =
      FIELDS.optional("realized_pnl", DECIMAL);
  public static final Field<Adjustment, BigDecimal> FEE = FIELDS.optional("fee", DECIMAL);
  public static final Field<Adjustment, String> FEE_CURRENCY =
      FIELDS.optional("fee_currency", text(MAX_TEXT));
  public static final Field<Adjustment, BigDecimal> SIZE = FIELDS.optional("size", DECIMAL);
  public static final Field<Adjustment, Instant> TIME = FIELDS.optional("time", FieldType.TIME);

  private Adjustment(Builder builder) {
    super(builder);
  }

  /** An adjustment to which more can be added. */
  public static Builder builder(String id, String symbol) {
    return new Builder().set(ADJUSTMENT_ID, id).set(SYMBOL, symbol);
  }

  /** The same adjustment, of which fields can be changed. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Reads an adjustment from JSON.
   *
   * @throws io.fullon.cache.value.InvalidValueException naming the field that does not fit
   */
  public static Adjustment read(Fields fields) {
    return new Builder().read(fields);
  }

  /** Reads an adjustment from event-bus JSON: the inverse of {@link #toJson}. */
  public static Adjustment fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  /** JSON text with every digit, decimals as strings: what is in Redis. */
  String encode() {
    return encode(DecimalStyle.STRING);
  }

  /** Tells it from others of the account. */
  public String id() {
    return get(ADJUSTMENT_ID);
  }

  /** The market, such as {@code BTC/USDT}. */
  public String symbol() {
    return get(SYMBOL);
  }

  /** Which position it is for, in hedge mode; may be null. */
  public HedgeSide positionSide() {
    return get(POSITION_SIDE);
  }

  /** Why it is; may be null. */
  public AdjustmentKind kind() {
    return get(KIND);
  }

  /** What it adds to the profit; may be null. */
  public BigDecimal realizedPnl() {
    return get(REALIZED_PNL);
  }

  /** What it cost; may be null. */
  public BigDecimal fee() {
    return get(FEE);
  }

  /** The currency of {@link #fee}; may be null. */
  public String feeCurrency() {
    return get(FEE_CURRENCY);
  }

  /** What it adds to the size, at the entry price and without profit; may be null. */
  public BigDecimal size() {
    return get(SIZE);
  }

  /** When it happened, kept to the microsecond; may be null. */
  public Instant time() {
    return get(TIME);
  }

  /** Collects an adjustment's fields; what is not set is null. */
  public static final class Builder extends Value.Builder<Adjustment, Builder> {

    private Builder() {
      super(FIELDS);
    }

    private Builder(Adjustment adjustment) {
      super(adjustment);
    }

    @Override
    public Adjustment build() {
      return new Adjustment(this);
    }
  }
}
