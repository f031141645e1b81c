package io.fullon.cache.events;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.account.PositionChange;
import io.fullon.cache.account.PositionChange.Cause;
import io.fullon.cache.bot.BlockChange;
import io.fullon.cache.bot.BlockChange.Kind;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.EventState;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarRemoval;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderRemoval;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A node that loses its subscription while another one stores. */
class GapsTest {

  private static final String EX = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final JsonObject CONFIG =
      new JsonObject().put("web", new JsonObject().put("enabled", false));

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final RedisProxy proxy = redis.proxy();
  private final CacheNode writer = redis.node(CONFIG);
  private final Vertx vertx = Vertx.vertx();
  private final Heard orders = new Heard(vertx, OrdersCache.UPDATES, OrdersCache.STATE);
  private final Heard positions = new Heard(vertx, AccountCache.UPDATES, AccountCache.STATE);
  private final Heard trades = new Heard(vertx, TradesCache.UPDATES, TradesCache.STATE);
  private final Heard blocks = new Heard(vertx, BotCache.UPDATES, BotCache.STATE);
  private final List<Heard> all = List.of(orders, positions, trades, blocks);
  private volatile boolean isCut;
  @AutoClose private CacheNode node;

  /** What is there already is not told at the start. */
  private void start() {
    proxy.rewrite(
        command ->
            isCut && command.get(0).equalsIgnoreCase("subscribe") ? List.of("NOTNOW") : command);
    node =
        CacheNode.start(
            redis.server(),
            vertx,
            CONFIG
                .copy()
                .put("redis", new JsonObject().put("uri", proxy.uri()).put("heartbeat_ms", 100)));
    await()
        .until(() -> all.stream().allMatch(heard -> heard.all().equals(List.of(EventState.LIVE))));
    all.forEach(Heard::forget);
  }

  private void cut() {
    isCut = true;
    writer.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");
    await().until(() -> all.stream().allMatch(heard -> heard.all().contains(EventState.STALE)));
  }

  private void mend() {
    isCut = false;
    await().until(() -> all.stream().allMatch(heard -> heard.all().contains(EventState.LIVE)));
  }

  @Test
  void manyPlacesAreComparedTogether() {
    Heard bars = new Heard(vertx, OhlcvCache.UPDATES, OhlcvCache.STATE);
    start();
    int markets = 40;
    int places = markets * Timeframe.values().length;
    for (int i = 0; i < markets; i++) {
      String symbol = "S" + i + "/USDT";
      Bar bar =
          Bar.builder(EX, symbol, Timeframe.M1, Instant.ofEpochSecond(1_699_920_000))
              .prices(BigDecimal.ONE, BigDecimal.ONE, BigDecimal.ONE, BigDecimal.ONE)
              .build();
      get(OhlcvCache.proxy(vertx).updateOhlcvBars(symbol, EX, Timeframe.M1, List.of(bar)));
    }
    await().until(() -> bars.all().stream().filter(Bar.class::isInstance).count() == places);
    cut();
    bars.forget();
    writer.redis(Command.ZADD, "fullon:{ohlcv:binance:S0/USDT}:1h", "9e9", "unreadable");
    writer.redis(Command.CONFIG, "RESETSTAT");

    mend();

    await().until(() -> bars.all().contains(EventState.LIVE));
    assertThat(calls("publish")).isLessThan(places / 2);
  }

  private int calls(String command) {
    Matcher calls =
        Pattern.compile("cmdstat_" + command + ":calls=(\\d+)")
            .matcher(writer.redis(Command.INFO, "commandstats").toString());
    return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
  }

  private static void assertFramed(Heard heard, Object... told) {
    List<Object> seen = heard.all();
    assertThat(seen).startsWith(EventState.STALE).endsWith(EventState.LIVE);
    assertThat(seen.subList(1, seen.size() - 1)).containsExactlyInAnyOrder(told);
  }

  private Order save(String exId, String id, String status) {
    return get(
        writer
            .orders()
            .saveOrderData(exId, id, new JsonObject().put("symbol", SYMBOL).put("status", status)));
  }

  private Position apply(int account, String tradeId, String symbol) {
    Trade fill =
        Trade.builder(tradeId, symbol, Side.BUY)
            .volume(BigDecimal.ONE)
            .price(BigDecimal.TEN)
            .build();
    return get(accounts().applyFill(account, fill)).position();
  }

  private AccountCache accounts() {
    return AccountCache.proxy(writer.vertx());
  }

  private BotCache bots() {
    return BotCache.proxy(writer.vertx());
  }

  @Test
  void theOrdersAreToldThatChangedInTheGap() {
    save(EX, "before the node", "open");
    save(EX, "deleted", "open");
    start();
    save(EX, "same", "open");
    save(EX, "changed", "open");
    await().until(() -> orders.all().size() == 2);
    orders.forget();

    cut();
    save(EX, "changed", "partially_filled");
    Order changed = save(EX, "changed", "filled");
    Order early = save(EX, "before the node", "filled");
    Order made = save("kra:ken", "made", "open");
    get(writer.orders().deleteOrder(EX, "deleted"));
    save(EX, "brief", "open");
    get(writer.orders().deleteOrder(EX, "brief"));
    mend();

    assertFramed(orders, changed, early, made, new OrderRemoval(EX, "deleted"));
    assertThat(get(node.orders().getOrderStatus(EX, "changed"))).isEqualTo(changed);
    Order later = save(EX, "same", "filled");
    await().until(() -> orders.all().contains(later));
  }

  @Test
  void whatIsToldWhileItIsComparedIsNotToldAgainAsItWasRead() {
    start();
    save(EX, "o", "open");
    await().until(() -> orders.all().size() == 1);
    orders.forget();
    cut();
    save(EX, "o", "partially_filled");

    proxy.holdAnswers(command -> command.contains("versions"));
    isCut = false;
    await().until(() -> proxy.isHolding(command -> true));
    Order told = save(EX, "o", "filled");
    await().until(() -> orders.all().contains(told));
    proxy.letGo();
    mend();

    assertFramed(orders, told);
  }

  @Test
  void thePositionsAreToldThatChangedInTheGap() {
    apply(1, "a", "A");
    apply(1, "b", "B");
    apply(2, "a", "A");
    start();

    cut();
    apply(1, "c", "A");
    Position changed = apply(1, "d", "A");
    get(accounts().deletePosition("B", 1));
    Position made = apply(-3, "a", "C");
    mend();

    List<PositionChange> told = positions.all(PositionChange.class);
    assertThat(told)
        .filteredOn(change -> change.cause() == Cause.GAP)
        .extracting(PositionChange::position)
        .containsExactlyInAnyOrder(changed, made);
    assertThat(told)
        .filteredOn(change -> change.cause() == Cause.DELETION)
        .extracting(change -> change.position().exId() + change.position().symbol())
        .containsExactly("1B");
    assertFramed(positions, told.toArray());
    assertThat(told).hasSize(3);
  }

  @Test
  void tradesAndBlocksAreNotRepeatedButTheEndOfABlockIsTold() {
    start();
    get(bots().acquireBlock(EX, "ended", "a", 60_000));
    await().until(() -> blocks.all().size() == 1);
    blocks.forget();

    cut();
    get(writer.trades().pushTradeList(SYMBOL, EX, trade("in the gap")));
    get(bots().blockExchange(EX, "blocked", "a"));
    get(bots().acquireBlock(EX, "ended", "a", 1_500));
    mend();
    get(writer.trades().pushTradeList(SYMBOL, EX, trade("later")));

    await().until(() -> trades.all().size() == 3 && blocks.all().size() == 3);
    assertThat(trades.all()).containsExactly(EventState.STALE, EventState.LIVE, trade("later"));
    assertThat(blocks.all(BlockChange.class))
        .extracting(BlockChange::kind)
        .containsExactly(Kind.EXPIRED);
  }

  private static Trade trade(String id) {
    return Trade.builder(id, SYMBOL, Side.BUY).volume(BigDecimal.ONE).price(BigDecimal.TEN).build();
  }

  @Test
  void whatRedisHasLostIsToldToBeGone() {
    start();
    save(EX, "o", "open");
    apply(1, "a", "A");
    await().until(() -> orders.all().size() == 1 && positions.all().size() == 1);
    orders.forget();
    positions.forget();

    cut();
    writer.redis(Command.FLUSHALL);
    mend();

    assertFramed(orders, new OrderRemoval(EX, "o"));
    assertThat(positions.all(PositionChange.class))
        .extracting(PositionChange::cause)
        .containsExactly(Cause.DELETION);
  }

  @Test
  void deletedBarsAreToldOnce() {
    Heard bars = new Heard(vertx, OhlcvCache.updates(EX, SYMBOL, Timeframe.M1), OhlcvCache.REMOVED);
    start();
    OhlcvCache ohlcv = OhlcvCache.proxy(writer.vertx());
    Bar bar = bar();
    BarRemoval removal = new BarRemoval(EX, SYMBOL, Timeframe.M1);
    get(ohlcv.updateOhlcvBars(SYMBOL, EX, Timeframe.M1, List.of(bar)));
    get(ohlcv.deleteOhlcvBars(SYMBOL, EX, Timeframe.M1));
    await().until(() -> bars.all().contains(removal));

    Heard states = new Heard(vertx, OhlcvCache.STATE);
    cut();
    await().until(() -> states.all().contains(EventState.STALE));
    mend();
    await().until(() -> states.all().contains(EventState.LIVE));
    get(ohlcv.updateOhlcvBars(SYMBOL, EX, Timeframe.M1, List.of(bar)));

    await().until(() -> bars.all(Bar.class).size() == 2);
    assertThat(bars.all(BarRemoval.class)).containsExactly(removal);
  }

  private static Bar bar() {
    BigDecimal one = BigDecimal.ONE;
    return Bar.builder(EX, SYMBOL, Timeframe.M1, Instant.ofEpochSecond(1_699_920_000))
        .prices(one, one, one, one)
        .build();
  }

  @Test
  void withCutsAtAnyTimeEachConsumerEndsAtTheLastStateAndSeesNoneGoBack() {
    start();
    Random random = new Random(7);
    for (int i = 0; i < 400; i++) {
      String id = "o" + random.nextInt(5);
      if (random.nextInt(10) == 0) {
        get(writer.orders().deleteOrder(EX, id));
      } else {
        save(EX, id, "open " + i);
      }
      apply(random.nextInt(3), "t" + i, "S" + random.nextInt(2));
      if (random.nextInt(20) == 0) {
        writer.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");
      }
    }
    Order last = save(EX, "last", "open");

    await().until(() -> orders.all().contains(last));
    await().untilAsserted(() -> assertThat(lastOrders()).isEqualTo(storedOrders()));
    await().untilAsserted(() -> assertThat(lastPositions()).isEqualTo(storedPositions()));
    Map<String, Long> versions = new HashMap<>();
    for (Order order : orders.all(Order.class)) {
      Long before = versions.put(order.exOrderId(), order.version());
      assertThat(before == null || before < order.version()).as(order.toString()).isTrue();
    }
    assertThat(orders.all()).contains(EventState.STALE);
  }

  private Map<String, Order> lastOrders() {
    Map<String, Order> last = new HashMap<>();
    for (Object told : orders.all()) {
      if (told instanceof Order order) {
        last.put(order.exOrderId(), order);
      } else if (told instanceof OrderRemoval removal) {
        last.remove(removal.exOrderId());
      }
    }
    return last;
  }

  private Map<String, Order> storedOrders() {
    Map<String, Order> stored = new HashMap<>();
    get(writer.orders().getOrders(EX)).forEach(order -> stored.put(order.exOrderId(), order));
    return stored;
  }

  private Map<String, Position> lastPositions() {
    Map<String, Position> last = new HashMap<>();
    for (PositionChange told : positions.all(PositionChange.class)) {
      Position before = last.put(key(told.position()), told.position());
      assertThat(before == null || before.version() < told.position().version()).isTrue();
    }
    return last;
  }

  private Map<String, Position> storedPositions() {
    Map<String, Position> stored = new HashMap<>();
    for (int account = 0; account < 3; account++) {
      get(accounts().getPositions(account))
          .forEach(position -> stored.put(key(position), position));
    }
    return stored;
  }

  private static String key(Position position) {
    return position.exId() + position.symbol();
  }
}
