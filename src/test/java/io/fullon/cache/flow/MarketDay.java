package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Adjustment;
import io.fullon.cache.account.AdjustmentKind;
import io.fullon.cache.account.Position;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.SimulatedExchange.Fill;
import io.fullon.cache.flow.SimulatedExchange.Holding;
import io.fullon.cache.flow.SimulatedExchange.Market;
import io.fullon.cache.flow.SimulatedExchange.Placed;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderState;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A random day of an account at an exchange, which bots on several nodes report as the exchange
 * tells it: late, twice and in any order, fill by fill and in sum, with snapshots that are some
 * seconds old. Whenever all is told that is later than the last snapshot, the account must be what
 * the exchange knows. An event is a second.
 *
 * <p>What is told of an order in sum waits for what was told of it before a snapshot: a sum has one
 * time, and so cannot lie on both sides of it.
 */
final class MarketDay {

  /** The end of a day is told in the order in which it happens, each answer awaited. */
  private static final int IN_ORDER = 20;

  private static final int LATEST = 12;

  /** Else what is due waits for more, and goes at once with it. */
  private static final int SELDOMMEST = 10;

  private static final int SNAPSHOT_LATEST = 5;

  /** All that happened is within the time for which fills are kept for synchronizations. */
  private static final Duration AGO = Duration.ofMinutes(5);

  private static final BigDecimal ROUNDING = new BigDecimal("1e-28");
  private static final long AGAIN_MS = 50;

  /** How an order is told. */
  private enum Telling {
    SINGLE,
    IN_SUM,
    BOTH
  }

  /** Reports to one node. */
  private record Bot(Vertx vertx, FlowCache flow, OrdersCache orders, AccountCache accounts) {

    Bot(Vertx vertx) {
      this(vertx, FlowCache.proxy(vertx), OrdersCache.proxy(vertx), AccountCache.proxy(vertx));
    }

    /** What may not have been done is done again. */
    <T> Future<T> call(Supplier<Future<T>> call) {
      return call.get()
          .recover(
              cause ->
                  Failure.UNAVAILABLE.matches(cause) || Failure.TIMEOUT.matches(cause)
                      ? vertx.timer(AGAIN_MS, TimeUnit.MILLISECONDS).compose(v -> call(call))
                      : Future.failedFuture(cause));
    }
  }

  /** Something that is told at an event, after others. */
  private static final class Message {

    private final int due;
    private final List<Message> before;
    private final Supplier<Future<Boolean>> call;
    private final Consumer<Boolean> told;
    private Future<Boolean> answer;

    Message(int due, List<Message> before, Supplier<Future<Boolean>> call, Consumer<Boolean> told) {
      this.due = due;
      this.before = before;
      this.call = call;
      this.told = told;
    }

    Future<Boolean> tell() {
      if (answer == null) {
        answer =
            before.isEmpty()
                ? call.get()
                : Future.all(before.stream().map(Message::tell).toList()).compose(v -> call.get());
      }
      return answer;
    }

    void collect(Set<Message> all) {
      before.stream().filter(message -> message.answer == null).forEach(m -> m.collect(all));
      all.add(this);
    }
  }

  /** What was told of an order. */
  private static final class Reported {

    private final Placed order;
    private final Telling telling;

    /** Whether the price of each part can be told from what is told. */
    private final boolean isExact;

    /** Whether it makes a market, for which exchanges pay. */
    private final boolean isPaid;

    private final Set<Fill> fills = new HashSet<>();
    private BigDecimal inSum = BigDecimal.ZERO;

    /** Whether its end was told: amounts of a status that is not final are late then. */
    private volatile boolean isEnded;

    private int untold;
    private int snapshots;
    private final List<Message> messages = new ArrayList<>();
    private List<Message> before = List.of();

    Reported(Placed order, Telling telling, boolean isExact, boolean isPaid) {
      this.order = order;
      this.telling = telling;
      this.isExact = isExact;
      this.isPaid = isPaid;
    }

    boolean isKnownAfter(Instant snapshot) {
      List<Fill> later =
          order.fills().stream().filter(fill -> fill.time().isAfter(snapshot)).toList();
      return later.isEmpty()
          || (telling == Telling.SINGLE
              ? fills.containsAll(later)
              : inSum.compareTo(order.filled()) == 0 || fills.size() == order.fills().size());
    }
  }

  /** Something of a market that is not told yet, and not of an order. */
  private record Untold(Market market, Instant time, String id) {}

  private final long seed;
  private final Random random;
  private final int account;
  private final String exchange;
  private final List<Bot> bots;
  private final Instant begin = Instant.now().minus(AGO).truncatedTo(ChronoUnit.MICROS);

  private final SimulatedExchange truth = new SimulatedExchange();
  private final Map<String, Reported> orders = new HashMap<>();
  private final Set<Untold> untold = new HashSet<>();
  private final List<Message> messages = new ArrayList<>();
  private final Map<Market, Integer> snapshots = new EnumMap<>(Market.class);
  private final Map<Market, Instant> lastSent = new EnumMap<>(Market.class);
  private final Map<Market, Instant> lastTaken = new EnumMap<>(Market.class);

  private Instant lastReplace = Instant.MIN;

  /** On a day after each event, on another after every tenth or so. */
  private final int seldom;

  private boolean inOrder;
  private int event;
  private long micros;
  private int ids;

  /**
   * @param seed of the day, which tells it from others too
   * @param inOrder whether all of it is told in the order in which it happens
   */
  MarketDay(long seed, int account, List<Vertx> nodes, boolean inOrder) {
    this.seed = seed;
    this.random = new Random(seed);
    this.account = account;
    this.exchange = "sim-" + account;
    this.bots = nodes.stream().map(Bot::new).toList();
    this.inOrder = inOrder;
    this.seldom = 1 + random.nextInt(SELDOMMEST);
    for (Market market : Market.values()) {
      snapshots.put(market, 0);
      lastSent.put(market, Instant.MIN);
      lastTaken.put(market, Instant.MIN);
    }
  }

  void run(int events) {
    putSymbols();
    for (event = 1; event <= events; event++) {
      if (event == events - IN_ORDER && !inOrder) {
        tell(message -> true);
        check();
        inOrder = true;
        synchronize(null, 0, true);
      }
      happen();
      boolean isChecked = oneIn(15);
      if (inOrder || isChecked || oneIn(seldom)) {
        tell(message -> message.due <= event);
      }
      if (isChecked) {
        check();
      }
    }
    tell(message -> true);
    check();
    checkTrades();
  }

  private void putSymbols() {
    List<Symbol> symbols = new ArrayList<>();
    for (Market market : Market.values()) {
      if (market != Market.SHORT) {
        symbols.add(
            Symbol.fromJson(
                new JsonObject()
                    .put("symbol", market.symbol)
                    .put("exchange", exchange)
                    .put("contract_size", market.contractSize.toPlainString())
                    .put("inverse", market.inverse)));
      }
    }
    Bot bot = bot();
    get(bot.call(() -> SymbolCache.proxy(bot.vertx()).putSymbols(symbols)));
  }

  private Bot bot() {
    return bots.get(random.nextInt(bots.size()));
  }

  /** Of what happens now: later than all before. */
  private Instant time() {
    micros++;
    return begin.plusSeconds(event).plus(micros, ChronoUnit.MICROS);
  }

  private boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  private <T> T oneOf(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  // What happens

  private void happen() {
    List<Reported> open =
        orders.values().stream()
            .filter(each -> !each.order.isOver() && (!inOrder || each.isExact))
            .sorted((a, b) -> a.order.id.compareTo(b.order.id))
            .toList();
    int kind = random.nextInt(24);
    if (kind < 5 || (kind < 16 && open.isEmpty())) {
      place();
    } else if (kind < 14) {
      Reported order = oneOf(open);
      BigDecimal left = order.order.left();
      BigDecimal part =
          oneIn(3) ? left : left.multiply(BigDecimal.valueOf(1 + random.nextInt(99), 2));
      fill(order, "T" + ++ids, part, price());
    } else if (kind < 16) {
      cancel(oneOf(open));
    } else if (kind < 17) {
      trade(Side.BUY, Side.SELL);
    } else if (kind < 18) {
      Side side = oneOf(List.of(Side.values()));
      trade(side, side);
    } else if (kind < 19) {
      liquidate();
    } else if (kind < 20) {
      fund();
    } else if (kind < 21) {
      transfer();
    } else {
      Market one = oneIn(2) ? market() : null;
      synchronize(one, random.nextInt(SNAPSHOT_LATEST + 1), inOrder && oneIn(2));
    }
  }

  private Market market() {
    return oneOf(List.of(Market.values()));
  }

  private BigDecimal volume() {
    return BigDecimal.valueOf(1 + random.nextInt(2_000), random.nextInt(3));
  }

  private BigDecimal price() {
    return BigDecimal.valueOf(50_000 + random.nextInt(20_000), 2);
  }

  private void place() {
    Market market = market();
    Telling telling = oneOf(List.of(Telling.values()));
    if (inOrder && (market.inverse || telling == Telling.BOTH)) {
      telling = Telling.SINGLE;
    }
    place(market, oneOf(List.of(Side.values())), volume(), telling);
  }

  private Reported place(Market market, Side side, BigDecimal volume, Telling telling) {
    Placed order = truth.place("O" + account + "-" + ++ids, market, side, volume);
    Reported reported =
        new Reported(order, telling, inOrder || telling == Telling.SINGLE, oneIn(8));
    reported.snapshots = snapshots.get(market);
    orders.put(order.id, reported);
    save(reported, orderData(order, "open", "NEW"));
    return reported;
  }

  private JsonObject orderData(Placed order, String... statuses) {
    JsonObject data =
        new JsonObject()
            .put("symbol", order.market.symbol)
            .put("side", order.side.toString())
            .put("volume", order.volume.toPlainString())
            .put("status", oneOf(List.of(statuses)));
    if (order.market.hedge != HedgeSide.BOTH) {
      data.put("position_side", order.market.hedge.toString());
    }
    return oneIn(2) ? data.put("timestamp", Times.seconds(time())) : data;
  }

  /** Tells an order what it is, and nothing of it is counted. */
  private void save(Reported reported, JsonObject data) {
    Bot bot = bot();
    boolean isEnd = reported.order.isOver();
    toldOf(
        reported,
        () -> {
          if (isEnd) {
            reported.isEnded = true;
          }
          return bot.call(() -> bot.orders().saveOrderData(exchange, reported.order.id, data))
              .map(true);
        },
        () -> {});
  }

  private void fill(Reported reported, String tradeId, BigDecimal volume, BigDecimal price) {
    Fill fill = fillOf(reported.order.market, reported.order.side, tradeId, volume, price);
    fill = reported.isPaid ? fill.paid() : fill;
    truth.fill(reported.order, fill);
    if (reported.telling != Telling.IN_SUM) {
      tellSingle(reported, fill);
    }
    if (reported.telling != Telling.SINGLE) {
      tellSum(reported);
    } else if (oneIn(3)) {
      save(reported, sum(reported));
    }
  }

  private Fill fillOf(
      Market market, Side side, String tradeId, BigDecimal volume, BigDecimal price) {
    BigDecimal fee = volume.multiply(BigDecimal.valueOf(1 + random.nextInt(9), 4));
    return new Fill(market, side, tradeId, volume, price, oneOf(Market.CURRENCIES), fee, time());
  }

  /** One trade id for both: two sides, or two orders of a side. */
  private void trade(Side one, Side other) {
    Market market = market();
    BigDecimal volume = volume();
    BigDecimal price = price();
    String tradeId = "T" + ++ids + "-both";
    fill(place(market, one, volume, Telling.SINGLE), tradeId, volume, price);
    fill(place(market, other, volume, Telling.SINGLE), tradeId, volume, price);
  }

  private void liquidate() {
    Fill fill = fillOf(market(), oneOf(List.of(Side.values())), "L" + ++ids, volume(), price());
    truth.fill(fill);
    Untold fact = new Untold(fill.market(), fill.time(), fill.tradeId());
    Trade trade = withContract(trade(fill), fill.market());
    for (int i = oneIn(2) ? 0 : 1; i < 2; i++) {
      Bot bot = bot();
      tellOf(fact, () -> bot.call(() -> bot.accounts().applyFill(account, trade)).map(true));
    }
  }

  private void fund() {
    Market market = oneOf(List.of(Market.LINEAR, Market.INVERSE, Market.LONG, Market.SHORT));
    BigDecimal amount = BigDecimal.valueOf(random.nextInt(2_000) - 1_000, 4);
    truth.fund(market, amount);
    adjust(
        market,
        Adjustment.builder("F" + ++ids, market.symbol)
            .set(Adjustment.KIND, AdjustmentKind.FUNDING)
            .set(Adjustment.REALIZED_PNL, amount));
  }

  /** With a fee of its own. */
  private void transfer() {
    Market market = market();
    BigDecimal fee = BigDecimal.valueOf(1 + random.nextInt(1_000), 6);
    truth.pay(market, "BNB", fee);
    Adjustment.Builder adjustment =
        Adjustment.builder("F" + ++ids, market.symbol)
            .set(Adjustment.KIND, AdjustmentKind.TRANSFER)
            .set(Adjustment.FEE, fee)
            .set(Adjustment.FEE_CURRENCY, "BNB");
    if (!inOrder) {
      BigDecimal difference = oneIn(2) ? volume() : volume().negate();
      truth.transfer(market, difference, price());
      adjustment.set(Adjustment.SIZE, difference);
    }
    adjust(market, adjustment);
  }

  private void adjust(Market market, Adjustment.Builder adjustment) {
    Instant time = time();
    Adjustment told =
        adjustment.set(Adjustment.POSITION_SIDE, market.hedge).set(Adjustment.TIME, time).build();
    Untold fact = new Untold(market, time, told.id());
    for (int i = oneIn(2) ? 0 : 1; i < 2; i++) {
      Bot bot = bot();
      tellOf(fact, () -> bot.call(() -> bot.accounts().adjustPosition(account, told)).map(true));
    }
  }

  private void cancel(Reported reported) {
    Placed order = reported.order;
    truth.cancel(order);
    if (reported.telling != Telling.SINGLE && order.filled().signum() > 0) {
      tellSum(reported);
    }
    save(
        reported,
        new JsonObject().put("status", oneOf(List.of("canceled", "CANCELLED", "Cancelled"))));
  }

  // How it is told

  private Trade trade(Fill fill) {
    boolean isSettled = fill.currency().equals(fill.market().settle);
    return Trade.builder(fill.tradeId(), fill.market().symbol, fill.side())
        .volume(fill.volume())
        .price(fill.price())
        .fee(fill.fee())
        .feeCurrency(isSettled && oneIn(2) ? null : fill.currency())
        .positionSide(fill.market().hedge)
        .time(fill.time())
        .build();
  }

  private static Trade withContract(Trade trade, Market market) {
    return market.isContract()
        ? trade.toBuilder().contractSize(market.contractSize).inverse(market.inverse).build()
        : trade;
  }

  private void tellSingle(Reported reported, Fill fill) {
    Placed order = reported.order;
    Trade trade = oneIn(2) ? withContract(trade(fill), fill.market()) : trade(fill);
    boolean isUncertain = !inOrder && reported.telling == Telling.SINGLE;
    if (isUncertain && oneIn(8)) {
      // What it cost is not known at first.
      report(reported, trade.toBuilder().fee(null).feeCurrency(null).build(), () -> {});
    }
    Runnable told = () -> reported.fills.add(fill);
    report(reported, trade, told);
    if (oneIn(3)) {
      report(reported, trade, told);
    }
    if (isUncertain && oneIn(6)) {
      boolean isNamed = oneIn(2) || fill.tradeId().endsWith("-both");
      Trade alone =
          withContract(trade, fill.market()).toBuilder()
              .exOrderId(isNamed ? order.id : null)
              .build();
      Bot bot = bot();
      toldOf(
          reported,
          () -> bot.call(() -> bot.accounts().applyFill(account, alone)).map(true),
          () -> {});
    }
  }

  private void report(Reported reported, Trade trade, Runnable told) {
    Bot bot = bot();
    toldOf(
        reported,
        () ->
            bot.call(() -> bot.flow().reportFill(exchange, reported.order.id, account, trade))
                .map(true),
        told);
  }

  private void tellSum(Reported reported) {
    JsonObject data = sum(reported);
    BigDecimal filled = reported.order.filled();
    boolean isEnd = reported.order.isOver();
    for (int i = oneIn(3) ? 0 : 1; i < 2; i++) {
      Bot bot = bot();
      toldOf(
          reported,
          () -> {
            if (isEnd) {
              reported.isEnded = true;
            }
            return bot.call(() -> bot.orders().saveOrderData(exchange, reported.order.id, data))
                .compose(v -> settle(bot, reported));
          },
          () -> {
            if (isEnd || !reported.isEnded) {
              reported.inSum = reported.inSum.max(filled);
            }
          });
    }
  }

  private Future<Boolean> settle(Bot bot, Reported reported) {
    // The order may tell of less than was counted since it was read.
    return unlessConflict(
        bot.call(() -> bot.flow().settleOrder(exchange, reported.order.id, account)).map(true));
  }

  private static Future<Boolean> unlessConflict(Future<Boolean> call) {
    return call.recover(
        cause ->
            Failure.CONFLICT.matches(cause)
                ? Future.succeededFuture(false)
                : Future.failedFuture(cause));
  }

  private JsonObject sum(Reported reported) {
    Placed order = reported.order;
    JsonObject data =
        order.isFilled()
            ? orderData(order, "filled", "FILLED", "closed")
            : order.isOver()
                ? orderData(order, "canceled", "partially-canceled", "closed")
                : orderData(order, "partially_filled", "PARTIALLY_FILLED", "Partially Filled");
    JsonObject fees = new JsonObject();
    order.fees().forEach((currency, fee) -> fees.put(currency, fee.toPlainString()));
    data.put("final_volume", order.filled().toPlainString())
        .put("fees", fees)
        .put("filled_at", Times.seconds(order.filledAt()));
    return reported.isExact && reported.telling == Telling.IN_SUM
        ? data.put("cost", order.cost().toPlainString())
        : data.put("fill_price", order.mean().toPlainString());
  }

  /**
   * @param one whose position is told alone; null for all
   */
  private void synchronize(Market one, int delay, boolean tellsAll) {
    Map<Market, Holding> known = truth.snapshot();
    List<Market> markets = one == null ? List.of(Market.values()) : List.of(one);
    List<Position> positions = new ArrayList<>();
    for (Market market : markets) {
      snapshots.merge(market, 1, Integer::sum);
      Holding holding = known.get(market);
      if (one != null || holding.size().signum() != 0) {
        positions.add(position(market, holding, tellsAll));
      }
    }
    Instant asOf = time();
    Bot bot = bot();
    Supplier<Future<Boolean>> call =
        () -> {
          markets.forEach(market -> lastSent.merge(market, asOf, MarketDay::later));
          lastReplace = one == null ? later(lastReplace, asOf) : lastReplace;
          return unlessConflict(
              bot.call(
                      () ->
                          one == null
                              ? bot.accounts().replacePositions(account, positions, asOf)
                              : bot.accounts().upsertPositions(account, positions, asOf))
                  .map(true));
        };
    Consumer<Boolean> told =
        taken -> {
          if (taken) {
            markets.forEach(market -> lastTaken.merge(market, asOf, MarketDay::later));
          } else {
            assertThat(asOf)
                .as(what("a synchronization was refused", positions))
                .isBefore(one == null ? lastReplace : lastSent.get(one));
          }
        };
    for (int i = oneIn(4) ? 0 : 1; i < 2; i++) {
      messages.add(new Message(event + delay, List.of(), call, told));
    }
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private Position position(Market market, Holding holding, boolean tellsAll) {
    Position.Builder position =
        Position.builder(market.symbol).positionSide(market.hedge).size(holding.size());
    if (holding.size().signum() != 0) {
      position.entryPrice(holding.entry());
    }
    if (market.isContract() && (inOrder || !oneIn(4))) {
      position.contractSize(market.contractSize).inverse(market.inverse);
    }
    if (inOrder) {
      position.costBasis(holding.cost());
    }
    if (tellsAll) {
      Map<String, BigDecimal> fees = new TreeMap<>(holding.fees());
      BigDecimal fee = fees.remove(market.settle);
      position.realizedPnl(holding.profit()).fee(fee).fees(fees);
    }
    return position.build();
  }

  private void toldOf(Reported reported, Supplier<Future<Boolean>> call, Runnable told) {
    int snapshot = snapshots.get(reported.order.market);
    if (reported.telling != Telling.SINGLE && reported.snapshots != snapshot) {
      reported.before = List.copyOf(reported.messages);
      reported.snapshots = snapshot;
    }
    reported.untold++;
    Message message =
        later(
            reported.before,
            call,
            done -> {
              reported.untold--;
              told.run();
            });
    reported.messages.add(message);
  }

  private void tellOf(Untold fact, Supplier<Future<Boolean>> call) {
    untold.add(fact);
    later(List.of(), call, done -> untold.remove(fact));
  }

  private Message later(
      List<Message> before, Supplier<Future<Boolean>> call, Consumer<Boolean> told) {
    int due = inOrder ? event : event + random.nextInt(LATEST);
    Message message = new Message(due, before, call, told);
    messages.add(message);
    return message;
  }

  private void tell(Predicate<Message> which) {
    Set<Message> chosen = new LinkedHashSet<>();
    messages.stream().filter(which).forEach(message -> message.collect(chosen));
    messages.removeAll(chosen);
    List<Message> all = new ArrayList<>(chosen);
    if (inOrder) {
      all.forEach(message -> message.told.accept(get(message.tell())));
    } else {
      Collections.shuffle(all, random);
      List<Future<Boolean>> answers = all.stream().map(Message::tell).toList();
      get(Future.all(answers));
      all.forEach(message -> message.told.accept(message.tell().result()));
    }
  }

  // What must be

  /** Only of what is wrong it is told: it costs more than the comparison. */
  private Supplier<String> what(Object subject, Object... details) {
    return () ->
        "day of seed "
            + seed
            + ", event "
            + event
            + ": "
            + subject
            + " "
            + Arrays.toString(details);
  }

  private void check() {
    checkOrders();
    Bot bot = bot();
    Map<String, Position> positions = new HashMap<>();
    get(bot.call(() -> bot.accounts().getPositions(account)))
        .forEach(each -> positions.put(each.symbol() + each.positionSide(), each));
    for (Market market : Market.values()) {
      Position position = positions.get(market.symbol + market.hedge);
      Holding holding = truth.holding(market);
      Supplier<String> what = what(market, position);
      if (isKnownAfter(market, lastTaken.get(market))) {
        assertEqual(what, position == null ? null : position.size(), holding.size());
      }
      if (isKnownAfter(market, Instant.MIN)) {
        assertThat(feesOf(market, position)).as(what).isEqualTo(plain(holding.fees()));
      }
      if (inOrder && position != null) {
        // A snapshot tells an entry price that is rounded, and the cost follows from that.
        BigDecimal within = lastTaken.get(market).equals(Instant.MIN) ? BigDecimal.ZERO : ROUNDING;
        assertClose(what, position.entryPrice(), holding.entry(), within);
        assertClose(what, position.costBasis(), holding.cost(), within);
        assertClose(what, position.realizedPnl(), holding.profit(), within);
      }
    }
  }

  private boolean isKnownAfter(Market market, Instant snapshot) {
    return untold.stream()
            .noneMatch(fact -> fact.market() == market && fact.time().isAfter(snapshot))
        && orders.values().stream()
            .filter(each -> each.order.market == market)
            .allMatch(each -> each.isKnownAfter(snapshot));
  }

  /** Nothing is 0. */
  private static void assertEqual(Supplier<String> what, BigDecimal got, BigDecimal expected) {
    assertThat(got == null ? BigDecimal.ZERO : got).as(what).isEqualByComparingTo(expected);
  }

  /**
   * @param within of the larger of what is expected and 1
   */
  private static void assertClose(
      Supplier<String> what, BigDecimal got, BigDecimal expected, BigDecimal within) {
    BigDecimal off = (got == null ? BigDecimal.ZERO : got).subtract(expected).abs();
    if (off.compareTo(expected.abs().max(BigDecimal.ONE).multiply(within)) > 0) {
      assertEqual(what, got, expected);
    }
  }

  private static Map<String, BigDecimal> feesOf(Market market, Position position) {
    if (position == null) {
      return Map.of();
    }
    Map<String, BigDecimal> fees = new TreeMap<>();
    if (position.fees() != null) {
      fees.putAll(position.fees());
    }
    if (position.fee() != null) {
      fees.merge(market.settle, position.fee(), BigDecimal::add);
    }
    return plain(fees);
  }

  /** By value, and without what is 0. */
  private static Map<String, BigDecimal> plain(Map<String, BigDecimal> fees) {
    Map<String, BigDecimal> plain = new TreeMap<>();
    fees.forEach(
        (currency, fee) -> {
          if (fee.signum() != 0) {
            plain.put(currency, fee.stripTrailingZeros());
          }
        });
    return plain;
  }

  /** Of those of which all is told. */
  private void checkOrders() {
    Bot bot = bot();
    Map<String, Order> known = new HashMap<>();
    get(bot.call(() -> bot.orders().getOrders(exchange)))
        .forEach(order -> known.put(order.exOrderId(), order));
    for (Reported each : orders.values()) {
      if (each.untold == 0) {
        assertThat(known).as(what("orders")).containsKey(each.order.id);
        check(each, known.get(each.order.id));
      }
    }
  }

  private void check(Reported reported, Order order) {
    Placed placed = reported.order;
    Supplier<String> what = what(reported.telling, order);
    OrderState state =
        placed.isFilled()
            ? OrderState.FILLED
            : placed.isOver()
                ? OrderState.CANCELED
                : placed.fills().isEmpty() ? OrderState.OPEN : OrderState.PARTIALLY_FILLED;
    assertThat(order.state()).as(what).isEqualTo(state);
    assertEqual(what, order.finalVolume(), placed.filled());
    if (!placed.fills().isEmpty()) {
      assertThat(order.filledAt()).as(what).isEqualTo(placed.filledAt());
      assertThat(plain(order.fees() == null ? Map.of() : order.fees()))
          .as(what)
          .isEqualTo(plain(placed.fees()));
      if (order.fillPrice() == null) {
        assertEqual(what, order.cost(), placed.cost());
      } else if (reported.telling != Telling.SINGLE) {
        // It may follow from what a rounded mean gives.
        assertThat(order.fillPrice()).as(what).isCloseTo(placed.mean(), within(ROUNDING));
      } else {
        assertEqual(what, order.fillPrice(), placed.mean());
      }
    }
  }

  /** The lists have each fill of an order once, in as many parts as it was told in. */
  private void checkTrades() {
    Bot bot = bot();
    for (String symbol : List.of("BTC/USDT", "ETH/USDT:USDT", "BTC/USD:BTC", "SOL/USDT:USDT")) {
      Map<Side, BigDecimal> expected = new EnumMap<>(Side.class);
      truth.orders().stream()
          .filter(order -> order.market.symbol.equals(symbol) && order.filled().signum() > 0)
          .forEach(order -> expected.merge(order.side, order.filled(), BigDecimal::add));
      Map<Side, BigDecimal> listed = new EnumMap<>(Side.class);
      get(bot.call(
              () ->
                  TradesCache.proxy(bot.vertx())
                      .getTradesList(symbol, exchange, TradesCache.MAX_MAX)))
          .forEach(trade -> listed.merge(trade.side(), trade.volume(), BigDecimal::add));
      listed.replaceAll((side, volume) -> volume.stripTrailingZeros());
      expected.replaceAll((side, volume) -> volume.stripTrailingZeros());
      assertThat(listed).as(what(symbol)).isEqualTo(expected);
    }
  }
}
