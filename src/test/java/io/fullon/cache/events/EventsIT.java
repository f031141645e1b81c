package io.fullon.cache.events;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Adjustment;
import io.fullon.cache.account.Position;
import io.fullon.cache.account.PositionChange;
import io.fullon.cache.account.PositionChange.Cause;
import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BlockChange;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderRemoval;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Two nodes on one Redis: each hears what either stores, in the order of storing. */
class EventsIT {

  private static final String EX = "binance";
  private static final String SYMBOL = "BTC/USDT";
  private static final JsonObject CONFIG =
      new JsonObject()
          .put("web", new JsonObject().put("enabled", false))
          .put("orders", new JsonObject().put("keep_cancelled_ms", 50))
          .put("trades", new JsonObject().put("max_list", 3).put("on_full", "refuse"));

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final CacheNode one = redis.node(CONFIG);
  private final CacheNode other = redis.node(CONFIG);

  private record Both(Heard here, Heard there) {

    <T> List<T> awaitAll(Class<T> type, int count) {
      await().until(() -> here.all().size() >= count && there.all().size() >= count);
      assertThat(here.all()).hasSize(count).isEqualTo(there.all());
      return here.all(type);
    }
  }

  private Both hear(String address) {
    return new Both(new Heard(one.vertx(), address), new Heard(other.vertx(), address));
  }

  private static JsonObject data(String... fields) {
    JsonObject data = new JsonObject().put("symbol", SYMBOL);
    for (int i = 0; i < fields.length; i += 2) {
      data.put(fields[i], fields[i + 1]);
    }
    return data;
  }

  private static Trade fill(String id, String volume) {
    return Trade.builder(id, SYMBOL, Side.BUY)
        .volume(new BigDecimal(volume))
        .price(new BigDecimal("50000.10"))
        .build();
  }

  private AccountCache accounts() {
    return AccountCache.proxy(one.vertx());
  }

  private BotCache bots() {
    return BotCache.proxy(one.vertx());
  }

  // Orders

  @Test
  void everyChangeOfAnOrderIsToldAsItIsStored() {
    Both all = hear(OrdersCache.UPDATES);
    Both ofOne = hear(OrdersCache.updates(EX));
    OrdersCache orders = one.orders();

    Order first =
        get(orders.saveOrderData(EX, "o {1}", data("status", "open").put("my \"own\"/x", 1.5)));
    Order second = get(other.orders().saveOrderData(EX, "o {1}", data("price", "9.9640")));
    get(orders.saveOrder("acc:1{%3A}", Order.builder().exOrderId("p").build()));
    get(orders.deleteOrder(EX, "o {1}"));

    List<Object> told = all.awaitAll(Object.class, 4);
    assertThat(told.subList(0, 2)).isEqualTo(List.of(first, second));
    assertThat(told.get(2)).isEqualTo(get(orders.getOrderStatus("acc:1{%3A}", "p")));
    assertThat(told.get(3)).isEqualTo(new OrderRemoval(EX, "o {1}"));
    assertThat(ofOne.awaitAll(Object.class, 3))
        .containsExactly(first, second, new OrderRemoval(EX, "o {1}"));
  }

  @Test
  void nothingIsToldOfAWriteThatChangesNothingOrFails() {
    Both all = hear(OrdersCache.UPDATES);
    Order first = get(one.orders().saveOrderData(EX, "o", data("status", "open", "side", "buy")));

    get(one.orders().saveOrderData(EX, "o", data("status", "open")));
    failure(one.orders().saveOrderData(EX, "o", data("side", "sell")));
    failure(one.orders().saveOrderData(EX, "o", data("status", "filled"), 17L));
    get(one.orders().deleteOrder(EX, "none"));
    Order last = get(one.orders().saveOrderData(EX, "o", data("price", "1")));

    assertThat(all.awaitAll(Order.class, 2)).containsExactly(first, last);
  }

  @Test
  void anOrderThatEndsByTimeIsToldOnce() {
    Both all = hear(OrdersCache.UPDATES);

    get(one.orders().saveOrderData(EX, "o", data("status", "canceled")));

    assertThat(all.awaitAll(Object.class, 2)).last().isEqualTo(new OrderRemoval(EX, "o"));
    get(one.orders().saveOrderData(EX, "p", data("status", "open")));
    all.awaitAll(Object.class, 3);
  }

  @Test
  void anEndedOrderThatIsDeletedIsToldOnce() {
    Both all = hear(OrdersCache.UPDATES);
    get(one.orders().saveOrderData(EX, "o", data("status", "canceled")));
    await().until(() -> get(one.orders().getOrderStatus(EX, "o")) == null);

    get(one.orders().deleteOrder(EX, "o"));
    get(one.orders().saveOrderData(EX, "p", data("status", "open")));

    assertThat(all.awaitAll(Object.class, 3).get(1)).isEqualTo(new OrderRemoval(EX, "o"));
  }

  @Test
  void whatWasSavedUnderTheBotsOwnIdIsToldUnderTheExchangesWhenItIsBound() {
    Both all = hear(OrdersCache.UPDATES);
    Order own = get(one.orders().saveOrderData(EX, "own", data("status", "open")));

    Order bound = get(one.orders().bindOrder(EX, "own", "theirs"));

    assertThat(all.awaitAll(Object.class, 3))
        .containsExactly(own, bound, new OrderRemoval(EX, "own"));
  }

  @Test
  void concurrentWritesOfAnOrderAreToldInTheirOrder() {
    Both all = hear(OrdersCache.UPDATES);
    for (int round = 0; round < 10; round++) {
      // Each lost attempt is made again: many at once would take long.
      List<Future<Order>> writes = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        CacheNode node = i % 2 == 0 ? one : other;
        JsonObject data = new JsonObject().put("field" + i, round);
        writes.add(node.orders().saveOrderData(EX, "o" + i % 3, data));
      }
      get(Future.all(writes));
    }

    Map<String, List<Order>> told =
        all.awaitAll(Order.class, 100).stream().collect(Collectors.groupingBy(Order::exOrderId));

    told.forEach(
        (id, each) -> {
          assertThat(each).extracting(Order::version).isSorted().doesNotHaveDuplicates();
          assertThat(each.get(each.size() - 1)).isEqualTo(get(one.orders().getOrderStatus(EX, id)));
        });
  }

  // Positions

  @Test
  void everyChangeOfAPositionIsToldWithWhatMadeIt() {
    Both all = hear(AccountCache.UPDATES);
    Both ofOne = hear(AccountCache.updates(1));
    Instant asOf = Instant.ofEpochSecond(1_626_916_403);

    Position filled = get(accounts().applyFill(1, fill("a", "0.10"))).position();
    get(accounts().applyFill(1, fill("a", "0.10")));
    failure(accounts().applyFill(1, fill("a", "0.20")));
    get(accounts().upsertPositions(1, List.of(position("ETH/USDT")), asOf));
    Adjustment funding =
        Adjustment.read(
            Fields.of(
                "",
                new JsonObject()
                    .put("id", "f")
                    .put("symbol", SYMBOL)
                    .put("kind", "funding")
                    .put("realized_pnl", "-1.5")));
    Position funded = get(accounts().adjustPosition(1, funding));
    get(accounts().deletePosition(SYMBOL, 1));
    get(accounts().deletePosition(SYMBOL, 1));
    get(accounts().applyFill(2, fill("a", "0.10")));

    List<PositionChange> told = all.awaitAll(PositionChange.class, 5);
    assertThat(told)
        .extracting(PositionChange::cause)
        .containsExactly(Cause.FILL, Cause.SYNC, Cause.ADJUSTMENT, Cause.DELETION, Cause.FILL);
    assertThat(told.get(0).position()).isEqualTo(filled);
    assertThat(told.get(0).fill().tradeId()).isEqualTo("a");
    assertThat(told.get(0).fill().volume()).isEqualTo("0.10");
    assertThat(told.get(1).asOf()).isEqualTo(asOf);
    assertThat(told.get(1).position().symbol()).isEqualTo("ETH/USDT");
    assertThat(told.get(2).position()).isEqualTo(funded);
    assertThat(told.get(2).adjustment().id()).isEqualTo("f");
    assertThat(told.get(3).position().size()).isEqualTo("0");
    assertThat(told.get(4).position().exId()).isEqualTo(2);
    assertThat(PositionChange.fromJson(told.get(2).toJson())).isEqualTo(told.get(2));
    ofOne.awaitAll(PositionChange.class, 4);
  }

  private static Position position(String symbol) {
    return Position.builder(symbol).size(BigDecimal.ONE).entryPrice(BigDecimal.TEN).build();
  }

  @Test
  void eachOfManyFillsIsToldInItsOrder() {
    Both all = hear(AccountCache.updates(1));
    List<Future<?>> fills = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      CacheNode node = i % 2 == 0 ? one : other;
      fills.add(AccountCache.proxy(node.vertx()).applyFill(1, fill("t" + i, "1")));
    }
    get(Future.all(fills));

    List<PositionChange> told = all.awaitAll(PositionChange.class, 300);

    assertThat(told)
        .extracting(change -> change.position().size().intValueExact())
        .isEqualTo(IntStream.rangeClosed(1, 300).boxed().toList());
    assertThat(told).extracting(change -> change.fill().tradeId()).doesNotHaveDuplicates();
    assertThat(told.get(299).position()).isEqualTo(get(accounts().getPosition(SYMBOL, 1)));
  }

  // Trades

  @Test
  void everyTradeIsToldThatIsPutIntoTheListOfASymbol() {
    Both all = hear(TradesCache.UPDATES);
    Both ofOne = hear(TradesCache.updates(EX));
    TradesCache trades = one.trades();

    get(trades.pushTradeList(SYMBOL, EX, fill("a", "1"), true));
    get(other.trades().pushTradeList(SYMBOL, EX, fill("a", "1"), true));
    get(trades.pushMyTradesList("u", EX, fill("own", "1")));
    get(trades.pushTradeList(SYMBOL, "kraken", fill("b", "1")));
    get(trades.pushTradeList(SYMBOL, EX, fill("c", "1")));
    get(trades.pushTradeList(SYMBOL, EX, fill("d", "1")));
    failure(trades.pushTradeList(SYMBOL, EX, fill("full", "1")));
    get(trades.pushTradeList("list:ETH{trades:x}:y", EX, named("list:ETH{trades:x}:y")));

    assertThat(all.awaitAll(Trade.class, 5))
        .extracting(Trade::tradeId)
        .containsExactly("a", "b", "c", "d", "e");
    assertThat(ofOne.awaitAll(Trade.class, 4)).last().isEqualTo(named("list:ETH{trades:x}:y"));
  }

  private static Trade named(String symbol) {
    return Trade.builder("e", symbol, Side.SELL)
        .volume(BigDecimal.ONE)
        .price(BigDecimal.ONE)
        .build();
  }

  // Blocks

  private static String what(BlockChange change) {
    return change.kind() + " " + change.block().botId();
  }

  @Test
  void whatBecomesOfABlockIsTold() {
    Both all = hear(BotCache.updates());

    Block first = get(bots().acquireBlock(EX, SYMBOL, "a", 60_000));
    assertThat(get(bots().acquireBlock(EX, SYMBOL, "b", 60_000))).isNull();
    get(bots().renewBlock(EX, SYMBOL, "a", first.token(), 90_000));
    Block second = get(bots().acquireBlock(EX, SYMBOL, "a", 60_000));
    get(bots().unblockExchange(EX, SYMBOL, "a", first.token()));
    get(bots().unblockExchange(EX, SYMBOL, "a", second.token()));
    get(bots().blockExchange(EX, SYMBOL, "c d"));
    get(bots().blockExchange(EX, SYMBOL, "c d"));
    get(bots().unblockExchange(EX, SYMBOL, "c d", null));

    List<BlockChange> told = all.awaitAll(BlockChange.class, 5);
    assertThat(told)
        .extracting(EventsIT::what)
        .containsExactly("acquired a", "renewed a", "released a", "acquired c d", "released c d");
    assertThat(told.get(0).block()).isEqualTo(first);
    assertThat(told.get(1).block()).isEqualTo(second);
    assertThat(told.get(3).block().expiresAt()).isNull();
    assertThat(BlockChange.fromJson(told.get(0).toJson())).isEqualTo(told.get(0));
  }

  @Test
  void theEndOfALeaseIsToldOnceByItself() {
    Both all = hear(BotCache.updates());
    Block lease = get(bots().acquireBlock(EX, SYMBOL, "a", 60_000));
    get(bots().renewBlock(EX, SYMBOL, "a", lease.token(), 100));

    List<BlockChange> told = all.awaitAll(BlockChange.class, 2);

    assertThat(told).extracting(EventsIT::what).containsExactly("acquired a", "expired a");
    assertThat(told.get(1).block().token()).isEqualTo(lease.token());
    get(bots().acquireBlock(EX, SYMBOL, "b", 60_000));
    all.awaitAll(BlockChange.class, 3);
  }

  @Test
  void theEndOfALeaseIsToldBeforeTheNextOneBegins() {
    Both all = hear(BotCache.updates());
    get(bots().acquireBlock(EX, SYMBOL, "a", 1));
    await().until(() -> get(bots().isBlocked(EX, SYMBOL)) == null);
    get(bots().acquireBlock(EX, SYMBOL, "b", 60_000));

    assertThat(all.awaitAll(BlockChange.class, 3))
        .extracting(EventsIT::what)
        .containsExactly("acquired a", "expired a", "acquired b");
  }

  @Test
  void aNodeThatComesLaterTellsTheEndToo() {
    get(bots().acquireBlock(EX, SYMBOL, "a", 3_000));
    one.undeploy();
    other.undeploy();
    CacheNode later = redis.node(CONFIG);
    Heard heard = new Heard(later.vertx(), BotCache.updates());

    await()
        .until(
            () ->
                heard.all(BlockChange.class).stream()
                    .map(EventsIT::what)
                    .toList()
                    .equals(List.of("expired a")));
  }

  // What consumers get

  @Test
  void whatIsToldCannotBeChanged() {
    Both all = hear(OrdersCache.UPDATES);
    get(one.orders().saveOrderData(EX, "o", data().put("own", new JsonObject().put("a", 1))));
    Order told = all.awaitAll(Order.class, 1).get(0);

    told.more().getJsonObject("own").put("a", 2);
    told.toJson().put("symbol", "other");

    assertThat(told).isEqualTo(get(one.orders().getOrderStatus(EX, "o")));
  }

  @Test
  void garbageOnAChannelIsSkipped() {
    Both all = hear(OrdersCache.UPDATES);
    for (String garbage : List.of("", "a", "a\nb", "a\nb\n{", "a\nb\n{\"price\":[]}", "\n\n\n")) {
      one.redis(Command.PUBLISH, "fullon:orders:updates", garbage);
    }
    get(one.orders().saveOrderData(EX, "o", data()));

    assertThat(all.awaitAll(Order.class, 1)).extracting(Order::exOrderId).containsExactly("o");
  }

  @Test
  void aNodeWithoutEventsTellsNothing() {
    CacheNode silent =
        redis.node(CONFIG.copy().put("orders", new JsonObject().put("events", false)));
    Heard heard = new Heard(silent.vertx(), OrdersCache.UPDATES, OrdersCache.STATE);
    Both all = hear(OrdersCache.UPDATES);

    get(silent.orders().saveOrderData(EX, "o", data()));

    all.awaitAll(Order.class, 1);
    assertThat(heard.all()).isEmpty();
  }
}
