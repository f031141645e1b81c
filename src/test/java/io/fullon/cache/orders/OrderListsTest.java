package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Which orders there are, and what may be in them. */
class OrderListsTest {

  private static final String EX = "binance";

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final OrdersCache orders = node.orders();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  private static Future<Order> save(String id, String status, String symbol, String botId) {
    JsonObject data =
        new JsonObject().put("status", status).put("symbol", symbol).put("bot_id", botId);
    return orders.saveOrderData(EX, id, data);
  }

  private static List<String> ids(Future<List<Order>> list) {
    return get(list).stream().map(Order::exOrderId).toList();
  }

  private static List<String> ids(JsonObject filter) {
    return ids(orders.getOrders(EX, filter));
  }

  private static String key(String rest) {
    return "fullon:{orders:" + EX + "}:" + rest;
  }

  private static void saveSome() {
    get(save("9", "open", "BTC/USDT", "a"));
    get(save("7", "NEW", "ETH/USDT", "b"));
    get(save("8", "Partially-Filled", "BTC/USDT", "b"));
    get(save("5", "CANCELLED", "BTC/USDT", "a"));
    get(save("6", "parked", "BTC/USDT", "a"));
    get(save("3", "filled", "ETH/USDT", "a"));
    get(save("9", "open", "BTC/USDT", "a"));
  }

  @Test
  void listsOpenOrdersTheOldestFirst() {
    saveSome();

    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("9", "7", "8", "6");
    assertThat(ids(orders.getOpenOrders(EX, "BTC/USDT"))).containsExactly("9", "8", "6");
    assertThat(ids(orders.getOpenOrders(EX, "BTC/USDT", "b"))).containsExactly("8");
    assertThat(ids(orders.getOpenOrders(EX, null, "b"))).containsExactly("7", "8");
    assertThat(ids(orders.getOpenOrders("kraken"))).isEmpty();
  }

  @Test
  void listsAsOpenWhatIsSavedAsOpenAgainAndNothingThatIsGone() {
    saveSome();
    get(save("9", "expired", null, null));
    get(orders.deleteOrder(EX, "7"));
    get(orders.saveOrder(EX, Order.builder().exOrderId("3").status("open").build()));

    assertThat(ids(orders.getOpenOrders(EX))).containsExactlyInAnyOrder("8", "6", "3");
  }

  @Test
  void listsOrdersOfAnEarlierVersionAsTheOldest() {
    saveSome();
    for (String id : List.of("old", "done")) {
      node.redis(Command.HSET, key("order:" + id), "ex_order_id", "\"" + id + "\"");
    }
    node.redis(Command.ZADD, key("index"), "inf", "old");
    long later = System.currentTimeMillis() + 1_000_000;
    node.redis(Command.ZADD, key("index"), "" + later, "done");

    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("old", "9", "7", "8", "6");
    get(save("old", "open", "BTC/USDT", "a"));
    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("old", "9", "7", "8", "6");
    get(save("old", "filled", "BTC/USDT", "a"));
    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("9", "7", "8", "6");
  }

  @Test
  void listsManyOpenOrdersCompletely() {
    List<String> saved = IntStream.range(0, 2_300).mapToObj(i -> "o" + i).toList();
    List<Future<?>> saves = new ArrayList<>();
    for (String id : saved) {
      saves.add(save(id, "open", "BTC/USDT", null));
      if (saves.size() == 100) {
        get(Future.all(saves));
        saves.clear();
      }
    }

    assertThat(ids(orders.getOpenOrders(EX))).containsExactlyInAnyOrderElementsOf(saved);
    List<String> paged = new ArrayList<>();
    List<String> page = ids(orders.getOrders(EX));
    while (!page.isEmpty()) {
      assertThat(page).hasSizeLessThanOrEqualTo(1_000);
      paged.addAll(page);
      page = ids(new JsonObject().put("after", page.get(page.size() - 1)));
    }
    assertThat(paged).isSorted().containsExactlyInAnyOrderElementsOf(saved);
  }

  @Test
  void listsWhatTheFilterSays() {
    saveSome();

    assertThat(ids(new JsonObject())).containsExactly("3", "5", "6", "7", "8", "9");
    assertThat(ids(new JsonObject().put("symbol", "ETH/USDT"))).containsExactly("3", "7");
    assertThat(ids(new JsonObject().put("bot_id", "b"))).containsExactly("7", "8");
    assertThat(ids(new JsonObject().put("open", true))).containsExactly("6", "7", "8", "9");
    assertThat(ids(new JsonObject().put("open", false))).containsExactly("3", "5");
    assertThat(ids(new JsonObject().put("after", "5").put("max", 2))).containsExactly("6", "7");
    assertThat(ids(new JsonObject().put("bot_id", "b").put("max", 1))).containsExactly("7");
    assertThat(ids(new JsonObject().putNull("bot_id").put("max", 1_000))).hasSize(6);
  }

  @Test
  void findsStatusesHoweverTheyAreSpelled() {
    saveSome();

    assertThat(ids(new JsonObject().put("status", "canceled"))).containsExactly("5");
    assertThat(ids(new JsonObject().put("status", "PARTIALLY_FILLED"))).containsExactly("8");
    assertThat(ids(new JsonObject().put("status", "Parked"))).containsExactly("6");
    assertThat(ids(new JsonObject().put("status", "open"))).containsExactly("6", "7", "9");
    assertThat(ids(new JsonObject().put("status", "never seen"))).isEmpty();
  }

  @Test
  void refusesAFilterThatIsNone() {
    for (JsonObject filter :
        List.of(
            new JsonObject().put("max", 0),
            new JsonObject().put("max", 1_001),
            new JsonObject().put("open", "yes"),
            new JsonObject().put("symbol", ""),
            new JsonObject().put("bot", "b"))) {
      String field = filter.fieldNames().iterator().next();
      assertThat(failure(orders.getOrders(EX, filter)))
          .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
          .hasMessageStartingWith("filter." + field + ": ");
    }
  }

  @Test
  void listsTheOthersWhereOneCannotBeRead() {
    saveSome();
    node.redis(Command.HSET, key("order:7"), "price", "garbage");
    node.redis(Command.HSET, key("order:9"), "price", "\"garbage\"");

    assertThat(ids(orders.getOrders(EX))).containsExactly("3", "5", "6", "8");
    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("8", "6");
  }

  // Bounds

  private static void assertRefused(Future<?> call, String field) {
    assertThat(failure(call))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith(field + ": ");
  }

  private static JsonObject fields(String prefix, int count) {
    JsonObject fields = new JsonObject();
    IntStream.range(0, count).forEach(i -> fields.put(prefix + i, i));
    return fields;
  }

  @Test
  void keepsAsManyOwnFieldsAsMayBe() {
    get(orders.saveOrderData(EX, "o", fields("a", 200)));
    assertRefused(orders.saveOrderData(EX, "o", fields("b", 57)), "data");
    assertRefused(orders.saveOrderData(EX, "o", fields("b", 257)), "data");
    Order.Builder large = Order.builder().exOrderId("p");
    IntStream.range(0, 257).forEach(i -> large.more("f" + i, i));
    assertRefused(orders.saveOrder(EX, large.build()), "order");

    Order full = get(orders.saveOrderData(EX, "o", fields("b", 56)));
    assertThat(full.more().size()).isEqualTo(256);
    assertThat(get(orders.saveOrderData(EX, "o", fields("a", 256 - 56))).more()).hasSize(256);
    assertThat(ids(orders.getOrders(EX))).containsExactly("o");
  }

  @Test
  void keepsAsMuchTextAsMayBe() {
    get(orders.saveOrderData(EX, "o", new JsonObject().put("a", "x".repeat(40_000))));

    assertRefused(
        orders.saveOrderData(EX, "o", new JsonObject().put("b", "ä".repeat(20_000))), "data");
    assertRefused(
        orders.saveOrderData(EX, "p", new JsonObject().put("b", "ä".repeat(33_000))), "data");
    assertRefused(
        orders.saveOrder(EX, Order.builder().exOrderId("q").more("b", "ä".repeat(33_000)).build()),
        "order");
    assertThat(ids(orders.getOrders(EX))).containsExactly("o");
  }

  @Test
  void storesNothingThatCouldNotBeReadAgain() {
    AccountCache accounts = AccountCache.proxy(node.vertx());
    BotCache bots = BotCache.proxy(node.vertx());
    for (JsonObject unreadable :
        List.of(
            new JsonObject().put("n".repeat(50_001), 1),
            new JsonObject().put("n", BigInteger.TEN.pow(1_001)))) {
      assertRefused(orders.saveOrderData(EX, "o", unreadable), "data");
      assertRefused(accounts.upsertUserAccount(1, unreadable), "account");
      assertRefused(bots.updateBot("b", unreadable), "status");
    }
    JsonObject large = new JsonObject().put("l", new JsonArray().add("x".repeat(70_000)));
    assertRefused(bots.updateBot("b", large), "status");

    assertThat(node.redis(Command.DBSIZE).toLong()).isZero();
  }
}
