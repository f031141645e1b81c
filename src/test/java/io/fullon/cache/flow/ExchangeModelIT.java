package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * An exchange that knows the truth and tells it as exchanges do: late, twice, out of order, fill by
 * fill and as a whole, with snapshots in between that are older than what was told before them.
 */
class ExchangeModelIT {

  private static final int DAYS = Integer.getInteger("fullon.model.days", 150);
  private static final int EVENTS = 200;
  private static final String EXCHANGE = "model";
  private static final List<String> SYMBOLS = List.of("BTC/USDT", "ETH/USDT", "BTC/USD:BTC");
  private static final List<String> CURRENCIES = List.of("USDT", "BNB", "BTC");

  @AutoClose private static final CacheNode node = CacheNode.start();
  @AutoClose private static final CacheNode other = CacheNode.start(node.redis(), new JsonObject());

  /** An order as the exchange has it. */
  private static final class Truth {
    private final String id;
    private final String symbol;
    private final Side side;
    private BigDecimal volume = BigDecimal.ZERO;
    private BigDecimal cost = BigDecimal.ZERO;
    private final Map<String, BigDecimal> fees = new TreeMap<>();

    Truth(String id, String symbol, Side side) {
      this.id = id;
      this.symbol = symbol;
      this.side = side;
    }
  }

  /** What happens on one day of one account. */
  private static final class Day {
    private final Random random;
    private final int account;
    private final boolean tellsWhole;
    private final Instant start = Instant.now().minusSeconds(300).truncatedTo(ChronoUnit.MICROS);
    private final Map<String, BigDecimal> sizes = new HashMap<>();
    private final Map<String, Map<String, BigDecimal>> fees = new HashMap<>();
    private final List<Truth> orders = new ArrayList<>();
    private final TreeMap<Integer, List<Supplier<Future<?>>>> told = new TreeMap<>();

    Day(long seed, int account) {
      this.random = new Random(seed);
      this.account = account;
      this.tellsWhole = account % 2 == 0;
    }

    private CacheNode anyNode() {
      return random.nextBoolean() ? node : other;
    }

    private void tell(int event, int delay, Supplier<Future<?>> call) {
      told.computeIfAbsent(event + random.nextInt(delay), e -> new ArrayList<>()).add(call);
    }

    void run() {
      for (int event = 0; event < EVENTS; event++) {
        happen(event);
        for (Supplier<Future<?>> call : told.getOrDefault(event, List.of())) {
          get(call.get());
        }
      }
      told.tailMap(EVENTS).values().stream().flatMap(List::stream).forEach(c -> get(c.get()));
      if (!tellsWhole) {
        assertSizes("when all is told");
      }
      get(snapshot(EVENTS).get());
      assertSizes("after the last snapshot");
      assertFees();
      assertOrders();
    }

    private void happen(int event) {
      if (random.nextInt(10) == 0) {
        tell(event, 25, snapshot(event));
      } else if (orders.isEmpty() || random.nextInt(5) == 0) {
        String symbol = SYMBOLS.get(random.nextInt(SYMBOLS.size()));
        Side side = random.nextBoolean() ? Side.BUY : Side.SELL;
        orders.add(new Truth(account + "-" + orders.size(), symbol, side));
      } else {
        fill(event, orders.get(random.nextInt(orders.size())));
      }
    }

    private void fill(int event, Truth order) {
      BigDecimal volume = BigDecimal.valueOf(1 + random.nextInt(1_000), 3);
      BigDecimal price = BigDecimal.valueOf(1 + random.nextInt(100_000), 2);
      String currency = CURRENCIES.get(random.nextInt(CURRENCIES.size()));
      BigDecimal fee = BigDecimal.valueOf(1 + random.nextInt(100), 6);
      Trade fill =
          Trade.builder("t" + event, order.symbol, order.side)
              .volume(volume)
              .price(price)
              .fee(fee)
              .feeCurrency(currency)
              .contractSize(order.symbol.contains(":") ? BigDecimal.TEN : null)
              .inverse(order.symbol.contains(":") ? true : null)
              .time(at(event))
              .build();
      boolean isBase = order.symbol.startsWith(currency + "/") && !order.symbol.contains(":");
      BigDecimal moved = order.side == Side.BUY ? volume : volume.negate();
      sizes.merge(order.symbol, isBase ? moved.subtract(fee) : moved, BigDecimal::add);
      fees.computeIfAbsent(order.symbol, s -> new TreeMap<>())
          .merge(currency, fee, BigDecimal::add);
      order.volume = order.volume.add(volume);
      order.cost =
          order.cost.add(
              order.symbol.contains(":")
                  ? volume.multiply(BigDecimal.TEN).divide(price, MathContext.DECIMAL128)
                  : volume.multiply(price));
      order.fees.merge(currency, fee, BigDecimal::add);
      int times = 1 + random.nextInt(2);
      for (int i = 0; i < times; i++) {
        CacheNode by = anyNode();
        tell(
            event,
            15,
            () -> FlowCache.proxy(by.vertx()).reportFill(EXCHANGE, order.id, account, fill));
      }
      if (tellsWhole && random.nextInt(3) == 0) {
        tell(event, 15, whole(event, order));
      }
    }

    private Supplier<Future<?>> whole(int event, Truth order) {
      JsonObject all = new JsonObject();
      order.fees.forEach((currency, fee) -> all.put(currency, fee.toPlainString()));
      JsonObject data =
          new JsonObject()
              .put("symbol", order.symbol)
              .put("side", order.side.toString())
              .put("status", "partially_filled")
              .put("final_volume", order.volume.toPlainString())
              .put("cost", order.cost.toPlainString())
              .put("fees", all);
      CacheNode by = anyNode();
      return () ->
          OrdersCache.proxy(by.vertx())
              .saveOrderData(EXCHANGE, order.id, data)
              .compose(
                  saved ->
                      FlowCache.proxy(by.vertx())
                          .settleOrder(EXCHANGE, order.id, account, at(event)))
              .recover(Day::unlessConflict);
    }

    private Supplier<Future<?>> snapshot(int event) {
      List<Position> positions = new ArrayList<>();
      sizes.forEach(
          (symbol, size) -> {
            if (size.signum() != 0) {
              Position position = Position.of(symbol, size, BigDecimal.TEN);
              positions.add(
                  symbol.contains(":")
                      ? position.toBuilder()
                          .contractSize(BigDecimal.TEN)
                          .inverse(true)
                          .costBasis(null)
                          .build()
                      : position);
            }
          });
      CacheNode by = anyNode();
      return () ->
          AccountCache.proxy(by.vertx())
              .replacePositions(account, positions, at(event))
              .recover(Day::unlessConflict);
    }

    /** A later one came before. */
    private static <T> Future<T> unlessConflict(Throwable cause) {
      return Failure.CONFLICT.matches(cause)
          ? Future.succeededFuture()
          : Future.failedFuture(cause);
    }

    private Instant at(int event) {
      return start.plusMillis(event);
    }

    private Position position(String symbol) {
      return get(AccountCache.proxy(node.vertx()).getPosition(symbol, account));
    }

    private void assertSizes(String when) {
      sizes.forEach(
          (symbol, size) ->
              assertThat(position(symbol).size())
                  .as("%s of account %s %s", symbol, account, when)
                  .isEqualByComparingTo(size));
    }

    private void assertFees() {
      fees.forEach(
          (symbol, paid) -> {
            Position position = position(symbol);
            String settle = symbol.substring(symbol.indexOf(symbol.contains(":") ? ':' : '/') + 1);
            paid.forEach(
                (currency, fee) ->
                    assertThat(
                            currency.equals(settle)
                                ? position.fee()
                                : position.fees().get(currency))
                        .as("%s of %s of account %s", currency, symbol, account)
                        .isEqualByComparingTo(fee));
          });
    }

    private void assertOrders() {
      for (Truth truth : orders) {
        Order order = get(OrdersCache.proxy(node.vertx()).getOrderStatus(EXCHANGE, truth.id));
        if (truth.volume.signum() != 0) {
          assertThat(order.finalVolume()).as(truth.id).isEqualByComparingTo(truth.volume);
        }
      }
    }
  }

  @Test
  void positionsFeesAndOrdersAreThoseOfTheExchangeInTheEnd() {
    long seed = Long.getLong("fullon.model.seed", System.nanoTime());
    System.out.println("fullon.model.seed=" + seed);
    for (int day = 1; day <= DAYS; day++) {
      new Day(seed + day, day).run();
    }
  }
}
