package io.fullon.cache.flow;

import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Side;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An exchange that knows the truth about one account: the rules of positions once more, in decimals
 * and classes of its own.
 */
final class SimulatedExchange {

  private static final MathContext ROUNDED = MathContext.DECIMAL128;

  /** How its sizes become money. */
  enum Market {
    SPOT("BTC/USDT", "1", false, HedgeSide.BOTH, "USDT"),
    LINEAR("ETH/USDT:USDT", "0.01", false, HedgeSide.BOTH, "USDT"),
    INVERSE("BTC/USD:BTC", "100", true, HedgeSide.BOTH, "BTC"),
    LONG("SOL/USDT:USDT", "10", false, HedgeSide.LONG, "USDT"),
    SHORT("SOL/USDT:USDT", "10", false, HedgeSide.SHORT, "USDT");

    /** What the exchange takes its fees in; of one the base is held in the spot market. */
    static final List<String> CURRENCIES = List.of("USDT", "BTC", "BNB");

    private static final String BASE = "BTC";

    final String symbol;
    final BigDecimal contractSize;
    final boolean inverse;
    final HedgeSide hedge;
    final String settle;

    Market(String symbol, String contractSize, boolean inverse, HedgeSide hedge, String settle) {
      this.symbol = symbol;
      this.contractSize = new BigDecimal(contractSize);
      this.inverse = inverse;
      this.hedge = hedge;
      this.settle = settle;
    }

    boolean isContract() {
      return this != SPOT;
    }

    /** Of an inverse contract it is a quotient, and rounded. */
    private BigDecimal cost(BigDecimal volume, BigDecimal price) {
      BigDecimal quantity = volume.multiply(contractSize);
      return inverse ? quantity.divide(price, ROUNDED) : quantity.multiply(price);
    }

    private BigDecimal price(BigDecimal volume, BigDecimal cost) {
      BigDecimal quantity = volume.multiply(contractSize);
      return inverse ? quantity.divide(cost, ROUNDED) : cost.divide(quantity, ROUNDED);
    }

    /** What a buyer has won when so much is sold again. */
    private BigDecimal gain(BigDecimal volume, BigDecimal bought, BigDecimal sold) {
      BigDecimal rise = sold.subtract(bought).multiply(volume).multiply(contractSize);
      return inverse ? rise.divide(bought.multiply(sold), ROUNDED) : rise.round(ROUNDED);
    }
  }

  /** A position. */
  static final class Holding {

    private final Market market;
    private BigDecimal size = BigDecimal.ZERO;
    private BigDecimal cost = BigDecimal.ZERO;
    private BigDecimal entry = BigDecimal.ZERO;
    private BigDecimal profit = BigDecimal.ZERO;
    private final Map<String, BigDecimal> fees = new TreeMap<>();

    private Holding(Market market) {
      this.market = market;
    }

    private Holding(Holding other) {
      market = other.market;
      size = other.size;
      cost = other.cost;
      entry = other.entry;
      profit = other.profit;
      fees.putAll(other.fees);
    }

    private void trade(Side side, BigDecimal volume, BigDecimal price) {
      BigDecimal rest = volume;
      if (size.signum() == -side.sign()) {
        BigDecimal closed = rest.min(size.abs());
        BigDecimal gain = market.gain(closed, entry, price);
        profit = size.signum() > 0 ? profit.add(gain) : profit.subtract(gain);
        move(side, closed);
        cost = size.signum() == 0 ? BigDecimal.ZERO : market.cost(size.abs(), entry).round(ROUNDED);
        entry = size.signum() == 0 ? BigDecimal.ZERO : entry;
        rest = rest.subtract(closed);
      }
      if (rest.signum() > 0) {
        boolean opens = size.signum() == 0;
        move(side, rest);
        cost = cost.add(market.cost(rest, price));
        entry = opens ? price : market.price(size.abs(), cost);
      }
    }

    private void move(Side side, BigDecimal volume) {
      size = side == Side.BUY ? size.add(volume) : size.subtract(volume);
    }

    BigDecimal size() {
      return size;
    }

    BigDecimal cost() {
      return cost;
    }

    BigDecimal entry() {
      return entry;
    }

    BigDecimal profit() {
      return profit;
    }

    Map<String, BigDecimal> fees() {
      return fees;
    }
  }

  /** A fill. */
  record Fill(
      Market market,
      Side side,
      String tradeId,
      BigDecimal volume,
      BigDecimal price,
      String currency,
      BigDecimal fee,
      Instant time) {

    /** The same with a rebate. */
    Fill paid() {
      return new Fill(market, side, tradeId, volume, price, currency, fee.negate(), time);
    }
  }

  /** An order. */
  static final class Placed {

    final String id;
    final Market market;
    final Side side;
    final BigDecimal volume;
    private final List<Fill> fills = new ArrayList<>();
    private BigDecimal filled = BigDecimal.ZERO;
    private BigDecimal cost = BigDecimal.ZERO;
    private BigDecimal mean = BigDecimal.ZERO;
    private final Map<String, BigDecimal> fees = new TreeMap<>();
    private boolean isCanceled;

    private Placed(String id, Market market, Side side, BigDecimal volume) {
      this.id = id;
      this.market = market;
      this.side = side;
      this.volume = volume;
    }

    private void add(Fill fill) {
      fills.add(fill);
      filled = filled.add(fill.volume());
      cost =
          cost.add(
              market.inverse
                  ? fill.volume().divide(fill.price(), ROUNDED)
                  : fill.volume().multiply(fill.price()));
      mean = market.inverse ? filled.divide(cost, ROUNDED) : cost.divide(filled, ROUNDED);
      fees.merge(fill.currency(), fill.fee(), BigDecimal::add);
    }

    List<Fill> fills() {
      return fills;
    }

    BigDecimal filled() {
      return filled;
    }

    BigDecimal left() {
      return volume.subtract(filled);
    }

    /** Contracts in their size. */
    BigDecimal cost() {
      return cost.multiply(market.contractSize);
    }

    /** The mean price. */
    BigDecimal mean() {
      return mean;
    }

    Map<String, BigDecimal> fees() {
      return fees;
    }

    Instant filledAt() {
      return fills.get(fills.size() - 1).time();
    }

    boolean isFilled() {
      return filled.compareTo(volume) == 0;
    }

    boolean isOver() {
      return isCanceled || isFilled();
    }
  }

  private final Map<Market, Holding> holdings = new EnumMap<>(Market.class);
  private final List<Placed> orders = new ArrayList<>();

  SimulatedExchange() {
    for (Market market : Market.values()) {
      holdings.put(market, new Holding(market));
    }
  }

  Holding holding(Market market) {
    return holdings.get(market);
  }

  /** As they are now. */
  Map<Market, Holding> snapshot() {
    Map<Market, Holding> copy = new EnumMap<>(Market.class);
    holdings.forEach((market, holding) -> copy.put(market, new Holding(holding)));
    return copy;
  }

  List<Placed> orders() {
    return orders;
  }

  Placed place(String id, Market market, Side side, BigDecimal volume) {
    Placed order = new Placed(id, market, side, volume);
    orders.add(order);
    return order;
  }

  void fill(Placed order, Fill fill) {
    order.add(fill);
    fill(fill);
  }

  /** Without an order, as when a position is liquidated. */
  void fill(Fill fill) {
    Holding holding = holding(fill.market());
    boolean isOfBase = !fill.market().isContract() && fill.currency().equals(Market.BASE);
    BigDecimal held =
        !isOfBase
            ? fill.volume()
            : fill.side() == Side.BUY
                ? fill.volume().subtract(fill.fee())
                : fill.volume().add(fill.fee());
    holding.trade(fill.side(), held, fill.price());
    pay(fill.market(), fill.currency(), fill.fee());
  }

  void cancel(Placed order) {
    order.isCanceled = true;
  }

  void pay(Market market, String currency, BigDecimal fee) {
    holding(market).fees.merge(currency, fee, BigDecimal::add);
  }

  void fund(Market market, BigDecimal amount) {
    Holding holding = holding(market);
    holding.profit = holding.profit.add(amount);
  }

  /** Something is brought or taken away, at the entry price or, where there is none, at that. */
  void transfer(Market market, BigDecimal difference, BigDecimal price) {
    Holding holding = holding(market);
    holding.size = holding.size.add(difference);
    boolean isEmpty = holding.size.signum() == 0;
    BigDecimal entry = holding.entry.signum() == 0 ? price : holding.entry;
    holding.entry = isEmpty ? BigDecimal.ZERO : entry;
    holding.cost =
        isEmpty ? BigDecimal.ZERO : market.cost(holding.size.abs(), entry).round(ROUNDED);
  }
}
