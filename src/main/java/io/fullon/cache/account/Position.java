package io.fullon.cache.account;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;

/**
 * What an account holds of one symbol. Immutable; every instance is valid.
 *
 * @param symbol the market, such as {@code BTC/USDT}
 * @param exId the account; null for that of the call it is sent with
 * @param userId whose it is; may be null
 * @param size how much, in the base currency or in contracts: above zero for a long position, below
 *     for a short one; 0 if absent
 * @param entryPrice the average price of what it consists of; cost basis / |size| if absent; null
 *     when neither is known
 * @param side always that of the size
 * @param costBasis what it was entered for; |size| × entry price if absent; null when neither is
 *     known
 * @param realizedPnl profit and loss of what was closed, fees not taken off, in the quote currency;
 *     may be null
 * @param unrealizedPnl profit and loss of what is open, as a program saved it; goes with a fill
 *     that closes the position or turns it round; may be null
 * @param fee the sum of the fees; may be null
 * @param timestamp when it last changed, kept to the microsecond; may be null
 * @param version raised with every change; null before it is saved
 */
public record Position(
    String symbol,
    Integer exId,
    String userId,
    BigDecimal size,
    BigDecimal entryPrice,
    PositionSide side,
    BigDecimal costBasis,
    BigDecimal realizedPnl,
    BigDecimal unrealizedPnl,
    BigDecimal fee,
    Instant timestamp,
    Long version)
    implements JsonValue {

  /** How divisions, and what follows from them, are rounded. */
  static final MathContext ROUNDED = MathContext.DECIMAL128;

  /**
   * @throws InvalidValueException naming the field that does not fit, such as a side against the
   *     sign of the size
   */
  public Position {
    Names.symbol("symbol", symbol);
    Names.optionalId("user_id", userId);
    size = size == null ? BigDecimal.ZERO : Decimals.check("size", size);
    entryPrice = checkEntryPrice("entry_price", entryPrice);
    side = checkSide("side", side, size);
    costBasis = checkComputed("cost_basis", costBasis);
    if (size.signum() == 0) {
      entryPrice = entryPrice == null ? BigDecimal.ZERO : entryPrice;
      costBasis = costBasis == null ? BigDecimal.ZERO : costBasis;
    } else if (costBasis == null && entryPrice != null) {
      costBasis = costBasis("cost_basis", size, entryPrice);
    } else if (entryPrice == null && costBasis != null) {
      entryPrice = entryPrice("entry_price", costBasis, size);
    }
    realizedPnl = checkComputed("realized_pnl", realizedPnl);
    unrealizedPnl = Decimals.checkOptional("unrealized_pnl", unrealizedPnl);
    fee = checkComputed("fee", fee);
    timestamp = timestamp == null ? null : Times.toMicros(timestamp);
    if (version != null && version < 0) {
      throw new InvalidValueException("version", "must not be negative", version);
    }
  }

  private static PositionSide checkSide(String field, PositionSide side, BigDecimal size) {
    PositionSide actual = PositionSide.of(size);
    if (side != null && side != actual) {
      throw new InvalidValueException(
          field, "must be " + actual + " at the size " + Decimals.plain(size), side.toString());
    }
    return actual;
  }

  private static BigDecimal costBasis(String field, BigDecimal size, BigDecimal entryPrice) {
    return checkComputed(field, size.abs().multiply(entryPrice));
  }

  private static BigDecimal entryPrice(String field, BigDecimal costBasis, BigDecimal size) {
    return checkEntryPrice(field, costBasis.divide(size.abs(), ROUNDED));
  }

  /** It is longer than what comes in only where a division puts zeros before its digits. */
  private static BigDecimal checkEntryPrice(String field, BigDecimal price) {
    return price != null && price.scale() > 0 && price.precision() <= ROUNDED.getPrecision()
        ? Decimals.checkComputed(field, price)
        : Decimals.checkOptional(field, price);
  }

  private static BigDecimal checkComputed(String field, BigDecimal decimal) {
    return decimal == null ? null : Decimals.checkComputed(field, decimal);
  }

  /** A position of that size, entered at that price. */
  public static Position of(String symbol, BigDecimal size, BigDecimal entryPrice) {
    return builder(symbol).size(size).entryPrice(entryPrice).build();
  }

  /** A position to which more can be added. */
  public static Builder builder(String symbol) {
    return new Builder(symbol);
  }

  /**
   * The same position, of which fields can be changed. What was derived from them stays: who
   * changes the size or the entry price sets the cost basis too, or to null to have it derived.
   */
  public Builder toBuilder() {
    return new Builder(symbol)
        .exId(exId)
        .userId(userId)
        .size(size)
        .entryPrice(entryPrice)
        .costBasis(costBasis)
        .realizedPnl(realizedPnl)
        .unrealizedPnl(unrealizedPnl)
        .fee(fee)
        .timestamp(timestamp)
        .version(version);
  }

  /**
   * Reads a position from JSON.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Position read(Fields fields) {
    Long exId = fields.integerOrNull("ex_id", Integer.MIN_VALUE, Integer.MAX_VALUE);
    BigDecimal size = fields.has("size") ? fields.decimal("size") : BigDecimal.ZERO;
    PositionSide side = PositionSide.readOrNull(fields, "side");
    BigDecimal entryPrice =
        checkEntryPrice(fields.name("entry_price"), fields.computedOrNull("entry_price"));
    BigDecimal costBasis = fields.computedOrNull("cost_basis");
    // Derived here already, because an error must name the field with its path.
    if (size.signum() != 0 && costBasis == null && entryPrice != null) {
      costBasis = costBasis(fields.name("cost_basis"), size, entryPrice);
    } else if (size.signum() != 0 && entryPrice == null && costBasis != null) {
      entryPrice = entryPrice(fields.name("entry_price"), costBasis, size);
    }
    return new Position(
        fields.symbol("symbol"),
        exId == null ? null : (Integer) exId.intValue(),
        fields.idOrNull("user_id"),
        size,
        entryPrice,
        checkSide(fields.name("side"), side, size),
        costBasis,
        fields.computedOrNull("realized_pnl"),
        fields.decimalOrNull("unrealized_pnl"),
        fields.computedOrNull("fee"),
        fields.timeOrNull("timestamp"),
        fields.integerOrNull("version", 0, Long.MAX_VALUE));
  }

  /** Reads a position from event-bus JSON: the inverse of {@link #toJson}. */
  public static Position fromJson(JsonObject json) {
    return read(Fields.of("", json));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields()
        .put("symbol", symbol)
        .put("ex_id", exId)
        .put("user_id", userId)
        .put("size", size)
        .put("entry_price", entryPrice)
        .put("side", side.toString())
        .put("cost_basis", costBasis)
        .put("realized_pnl", realizedPnl)
        .put("unrealized_pnl", unrealizedPnl)
        .put("fee", fee)
        .put("timestamp", timestamp)
        .put("version", version)
        .json();
  }

  /** Collects a position's fields; what is not set is null. */
  public static final class Builder {

    private final String symbol;
    private Integer exId;
    private String userId;
    private BigDecimal size;
    private BigDecimal entryPrice;
    private BigDecimal costBasis;
    private BigDecimal realizedPnl;
    private BigDecimal unrealizedPnl;
    private BigDecimal fee;
    private Instant timestamp;
    private Long version;

    private Builder(String symbol) {
      this.symbol = symbol;
    }

    public Builder exId(Integer value) {
      exId = value;
      return this;
    }

    public Builder userId(String value) {
      userId = value;
      return this;
    }

    public Builder size(BigDecimal value) {
      size = value;
      return this;
    }

    public Builder entryPrice(BigDecimal value) {
      entryPrice = value;
      return this;
    }

    public Builder costBasis(BigDecimal value) {
      costBasis = value;
      return this;
    }

    public Builder realizedPnl(BigDecimal value) {
      realizedPnl = value;
      return this;
    }

    public Builder unrealizedPnl(BigDecimal value) {
      unrealizedPnl = value;
      return this;
    }

    public Builder fee(BigDecimal value) {
      fee = value;
      return this;
    }

    public Builder timestamp(Instant value) {
      timestamp = value;
      return this;
    }

    public Builder version(Long value) {
      version = value;
      return this;
    }

    /**
     * @throws InvalidValueException naming the field that is missing or does not fit
     */
    public Position build() {
      return new Position(
          symbol,
          exId,
          userId,
          size,
          entryPrice,
          null,
          costBasis,
          realizedPnl,
          unrealizedPnl,
          fee,
          timestamp,
          version);
    }
  }
}
