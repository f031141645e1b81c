package io.fullon.cache.account;

import static io.fullon.cache.value.FieldType.COMPUTED;
import static io.fullon.cache.value.FieldType.DECIMAL;
import static io.fullon.cache.value.FieldType.FLAG;
import static io.fullon.cache.value.FieldType.ID;
import static io.fullon.cache.value.FieldType.POSITIVE;
import static io.fullon.cache.value.FieldType.TIME;
import static io.fullon.cache.value.FieldType.amounts;
import static io.fullon.cache.value.FieldType.count;
import static io.fullon.cache.value.FieldType.decimal;
import static io.fullon.cache.value.FieldType.integer;
import static io.fullon.cache.value.FieldType.text;

import io.fullon.cache.fill.HedgeSide;
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
import java.math.MathContext;
import java.time.Instant;
import java.util.Map;

/**
 * What an account holds of one symbol. Immutable; every instance is valid. Side, cost basis and
 * entry price are derived where they are left out.
 */
public final class Position extends Value<Position> {

  public static final Table<Position> FIELDS = new Table<>();

  /** How divisions, and what follows from them, are rounded. */
  static final MathContext ROUNDED = MathContext.DECIMAL128;

  private static final int MAX_TEXT = 128;

  public static final Field<Position, String> SYMBOL = FIELDS.required("symbol", FieldType.SYMBOL);
  public static final Field<Position, Integer> EX_ID =
      FIELDS.optional("ex_id", integer(Integer.MIN_VALUE, Integer.MAX_VALUE));
  public static final Field<Position, String> USER_ID = FIELDS.optional("user_id", ID);
  public static final Field<Position, HedgeSide> POSITION_SIDE =
      FIELDS.optional("position_side", HedgeSide.TYPE);
  public static final Field<Position, BigDecimal> SIZE = FIELDS.optional("size", DECIMAL);
  public static final Field<Position, BigDecimal> ENTRY_PRICE =
      FIELDS.optional("entry_price", decimal(Position::quotient));
  public static final Field<Position, PositionSide> SIDE =
      FIELDS.optional("side", PositionSide.TYPE);
  public static final Field<Position, BigDecimal> COST_BASIS =
      FIELDS.optional("cost_basis", COMPUTED);
  public static final Field<Position, BigDecimal> REALIZED_PNL =
      FIELDS.optional("realized_pnl", COMPUTED);
  public static final Field<Position, BigDecimal> UNREALIZED_PNL =
      FIELDS.optional("unrealized_pnl", decimal(Position::quotient));
  public static final Field<Position, BigDecimal> FEE = FIELDS.optional("fee", COMPUTED);
  public static final Field<Position, Map<String, BigDecimal>> FEES =
      FIELDS.optional("fees", amounts(COMPUTED));
  public static final Field<Position, BigDecimal> CONTRACT_SIZE =
      FIELDS.optional("contract_size", POSITIVE);
  public static final Field<Position, Boolean> INVERSE = FIELDS.optional("inverse", FLAG);
  public static final Field<Position, BigDecimal> LEVERAGE = FIELDS.optional("leverage", DECIMAL);
  public static final Field<Position, String> MARGIN_MODE =
      FIELDS.optional("margin_mode", text(MAX_TEXT));
  public static final Field<Position, BigDecimal> MARGIN = FIELDS.optional("margin", DECIMAL);
  public static final Field<Position, BigDecimal> LIQUIDATION_PRICE =
      FIELDS.optional("liquidation_price", DECIMAL);
  public static final Field<Position, Instant> COUNTED_UNTIL =
      FIELDS.optional("counted_until", TIME);
  public static final Field<Position, Instant> TIMESTAMP = FIELDS.optional("timestamp", TIME);
  public static final Field<Position, Long> VERSION = FIELDS.optional("version", count());

  private final boolean isSizeTold;
  private final boolean isPriceTold;
  private final boolean isCostTold;

  private Position(Builder builder) {
    super(builder);
    isSizeTold = size() != null || side() != null;
    isPriceTold = entryPrice() != null;
    isCostTold = costBasis() != null;
    if (size() == null) {
      derive(SIZE, BigDecimal.ZERO);
    }
    if (positionSide() == null) {
      derive(POSITION_SIDE, HedgeSide.BOTH);
    }
    PositionSide side = PositionSide.of(size());
    if (side() != null && side() != side) {
      throw new InvalidValueException(
          SIDE.name(),
          "must be " + side + " at the size " + Decimals.plain(size()),
          side().toString());
    }
    derive(SIDE, side);
    derivePrices();
  }

  private void derivePrices() {
    if (size().signum() == 0) {
      derive(ENTRY_PRICE, entryPrice() == null ? BigDecimal.ZERO : entryPrice());
      derive(COST_BASIS, costBasis() == null ? BigDecimal.ZERO : costBasis());
    } else if (costBasis() == null && entryPrice() != null) {
      derive(COST_BASIS, Contract.of(this).cost(size().abs(), entryPrice()));
    } else if (entryPrice() == null && costBasis() != null) {
      derive(ENTRY_PRICE, Contract.of(this).price(size().abs(), costBasis()));
    }
  }

  /** It is longer than what comes in only where a division puts zeros before its digits. */
  private static BigDecimal quotient(String field, Object value) {
    BigDecimal price =
        value instanceof BigDecimal decimal ? decimal : Decimals.decodeComputed(field, value);
    return price.scale() > 0 && price.precision() <= ROUNDED.getPrecision()
        ? Decimals.checkComputed(field, price)
        : Decimals.check(field, price);
  }

  /** A position of that size, entered at that price. */
  public static Position of(String symbol, BigDecimal size, BigDecimal entryPrice) {
    return builder(symbol).size(size).entryPrice(entryPrice).build();
  }

  /** A position to which more can be added. */
  public static Builder builder(String symbol) {
    return new Builder().set(SYMBOL, symbol);
  }

  /**
   * The same position, of which fields can be changed. What was derived from them is derived again.
   * One that was read tells both prices: who changes its size or entry price sets the cost basis
   * too, or to null to have it derived.
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Reads a position from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit, such as a side against the
   *     sign of the size
   */
  public static Position read(Fields fields) {
    return new Builder().read(fields);
  }

  /** Reads a position from event-bus JSON: the inverse of {@link #toJson}. */
  public static Position fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  /**
   * Without a size that was not told, and without a price that follows from what was: who reads it
   * may know the contract better.
   */
  @Override
  public JsonObject toJson() {
    JsonObject json = super.toJson();
    if (!isSizeTold) {
      json.remove(SIZE.name());
      json.remove(SIDE.name());
    }
    boolean isNeutral = isSizeTold && !isPriceTold && !isCostTold;
    if (!isPriceTold && !isNeutral) {
      json.remove(ENTRY_PRICE.name());
    }
    if (!isCostTold && !isNeutral) {
      json.remove(COST_BASIS.name());
    }
    return json;
  }

  /** Whether its size was not left out, which is 0 then. */
  boolean isSizeTold() {
    return isSizeTold;
  }

  /** Whether its entry price does not follow from the others. */
  boolean isPriceTold() {
    return isPriceTold;
  }

  /** Whether its cost basis does not follow from the others. */
  boolean isCostTold() {
    return isCostTold;
  }

  /** The same, of which nothing is derived any more. */
  Position complete() {
    return toBuilder().size(size()).entryPrice(entryPrice()).costBasis(costBasis()).build();
  }

  /** JSON text with every digit, decimals as strings: what is in Redis. */
  String encode() {
    return encode(DecimalStyle.STRING);
  }

  /** The market, such as {@code BTC/USDT}. */
  public String symbol() {
    return get(SYMBOL);
  }

  /** The account; null for that of the call it is sent with. */
  public Integer exId() {
    return get(EX_ID);
  }

  /** Whose it is; may be null. */
  public String userId() {
    return get(USER_ID);
  }

  /** Which of the two of a symbol it is in hedge mode; {@code both} without it. Never null. */
  public HedgeSide positionSide() {
    return get(POSITION_SIDE);
  }

  /**
   * How much, in the base currency or in contracts: above zero for a long position, below for a
   * short one. 0 if it was not set, which leaves the size of a position that is saved as it is.
   * Never null.
   */
  public BigDecimal size() {
    return get(SIZE);
  }

  /**
   * The average price of what it consists of; what follows from the cost basis if absent; null when
   * neither is known.
   */
  public BigDecimal entryPrice() {
    return get(ENTRY_PRICE);
  }

  /** Always that of the size. Never null. */
  public PositionSide side() {
    return get(SIDE);
  }

  /**
   * What it was entered for, in the currency of settlement; what follows from size and entry price
   * if absent; null when neither is known.
   */
  public BigDecimal costBasis() {
    return get(COST_BASIS);
  }

  /** Profit and loss of what was closed, fees not taken off; may be null. */
  public BigDecimal realizedPnl() {
    return get(REALIZED_PNL);
  }

  /**
   * Profit and loss of what is open, as a program saved it, scaled with what is left of it; goes
   * with a fill that closes the position or turns it round; may be null.
   */
  public BigDecimal unrealizedPnl() {
    return get(UNREALIZED_PNL);
  }

  /** The sum of the fees in the quote or settle currency; may be null. */
  public BigDecimal fee() {
    return get(FEE);
  }

  /** The sums of the others, by currency; may be null. */
  public Map<String, BigDecimal> fees() {
    return get(FEES);
  }

  /** How much of the base one contract is; null for 1. */
  public BigDecimal contractSize() {
    return get(CONTRACT_SIZE);
  }

  /** Whether the contract is settled in its base currency; may be null. */
  public Boolean inverse() {
    return get(INVERSE);
  }

  /** Borrowed funds multiply the own ones by this; may be null. */
  public BigDecimal leverage() {
    return get(LEVERAGE);
  }

  /** Such as {@code cross} or {@code isolated}; may be null. */
  public String marginMode() {
    return get(MARGIN_MODE);
  }

  /** What is set aside for it; may be null. */
  public BigDecimal margin() {
    return get(MARGIN);
  }

  /** The price at which the exchange closes it; may be null. */
  public BigDecimal liquidationPrice() {
    return get(LIQUIDATION_PRICE);
  }

  /** The time of the last synchronization that it contains; null when there was none. */
  public Instant countedUntil() {
    return get(COUNTED_UNTIL);
  }

  /** When it last changed, kept to the microsecond; may be null. */
  public Instant timestamp() {
    return get(TIMESTAMP);
  }

  /** Raised with every change; null before it is saved. */
  public Long version() {
    return get(VERSION);
  }

  /** Collects a position's fields; what is not set is null. */
  public static final class Builder extends Value.Builder<Position, Builder> {

    private Builder() {
      super(FIELDS);
    }

    private Builder(Position position) {
      super(position);
      set(SIDE, null); // follows the size
      if (!position.isSizeTold) {
        set(SIZE, null);
      }
      if (!position.isPriceTold) {
        set(ENTRY_PRICE, null);
      }
      if (!position.isCostTold) {
        set(COST_BASIS, null);
      }
    }

    public Builder exId(Integer value) {
      return set(EX_ID, value);
    }

    public Builder userId(String value) {
      return set(USER_ID, value);
    }

    public Builder positionSide(HedgeSide value) {
      return set(POSITION_SIDE, value);
    }

    public Builder size(BigDecimal value) {
      return set(SIZE, value);
    }

    public Builder entryPrice(BigDecimal value) {
      return set(ENTRY_PRICE, value);
    }

    public Builder costBasis(BigDecimal value) {
      return set(COST_BASIS, value);
    }

    public Builder realizedPnl(BigDecimal value) {
      return set(REALIZED_PNL, value);
    }

    public Builder unrealizedPnl(BigDecimal value) {
      return set(UNREALIZED_PNL, value);
    }

    public Builder fee(BigDecimal value) {
      return set(FEE, value);
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

    public Builder timestamp(Instant value) {
      return set(TIMESTAMP, value);
    }

    public Builder version(Long value) {
      return set(VERSION, value);
    }

    @Override
    public Position build() {
      return new Position(this);
    }
  }
}
