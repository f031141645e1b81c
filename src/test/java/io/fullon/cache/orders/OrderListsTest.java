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
  void keepsThePlaceOfAnOpenOrderWhateverIsMerged() {
    for (String id : List.of("z", "b", "a", "10", "9")) {
      get(orders.saveOrderData(EX, id, new JsonObject().put("status", "open")));
    }
    get(orders.saveOrderData(EX, "z", new JsonObject().put("reason", "changed later")));
    get(orders.saveOrder(EX, Order.builder().exOrderId("b").status("new").build()));
    get(orders.bindOrder(EX, "10", "3"));

    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("z", "b", "a", "3", "9");
  }

  @Test
  void takesTheEarliestTimestampForWhenAnOrderWasMade() {
    JsonObject data = new JsonObject();
    get(orders.saveOrderData(EX, "now", data));
    get(orders.saveOrderData(EX, "young", data.copy().put("timestamp", 20)));
    get(orders.saveOrderData(EX, "old", data.copy().put("timestamp", 10.000001)));
    get(orders.saveOrderData(EX, "oldest", data.copy().put("timestamp", 10)));
    get(orders.saveOrderData(EX, "oldest", data.copy().put("timestamp", 4_000_000_000L)));
    get(orders.saveOrderData(EX, "ahead", data.copy().put("timestamp", 4_000_000_000L)));
    get(orders.saveOrderData(EX, "later", data));

    assertThat(ids(orders.getOpenOrders(EX)))
        .containsExactly("oldest", "old", "young", "now", "ahead", "later");
  }

  /** As an earlier version has saved it. */
  private static void earlier(String id, String expires, String... fields) {
    List<String> hash = new ArrayList<>(List.of(key("order:" + id)));
    hash.addAll(List.of("ex_order_id", '"' + id + '"', "ex_id", '"' + EX + '"'));
    hash.addAll(List.of(fields));
    node.redis(Command.HSET, hash.toArray(String[]::new));
    node.redis(Command.ZADD, key("index"), expires, id);
  }

  private static void saveEarlier() {
    for (int i = 0; i < 200; i++) {
      earlier("open" + (100 + i), "inf", "status", "\"open\"", "symbol", "\"BTC/USDT\"");
    }
    earlier("upper", "inf", "status", "\"FILLED\"");
    earlier("none", "inf");
    String later = String.valueOf(System.currentTimeMillis() + 1_000_000);
    earlier("filled", later, "status", "\"filled\"", "final_volume", "\"1\"");
    node.redis(Command.PEXPIREAT, key("order:filled"), later);
  }

  @Test
  void listsOrdersOfAnEarlierVersionAsTheOldest() {
    saveSome();
    saveEarlier();

    assertThat(ids(orders.getOrders(EX))).hasSize(209).contains("none", "filled", "9");
    assertThat(ids(new JsonObject().put("open", false)))
        .containsExactly("3", "5", "filled", "upper");
    List<String> open = ids(orders.getOpenOrders(EX));
    assertThat(open).hasSize(205).startsWith("none", "open100").endsWith("9", "7", "8", "6");
    assertThat(open).doesNotContain("upper", "filled");
  }

  @Test
  void mergesIntoOrdersOfAnEarlierVersion() {
    saveEarlier();

    get(save("filled", "open", null, null));
    get(save("open100", "canceled", null, null));
    get(save("open101", null, null, "bot"));
    get(orders.bindOrder(EX, "open102", "theirs"));
    get(orders.saveOrder(EX, Order.builder().exOrderId("open103").status("expired").build()));
    get(orders.deleteOrder(EX, "open104"));
    get(orders.saveOrderData(EX, "late", new JsonObject()));

    Order filled = get(orders.getOrderStatus(EX, "filled"));
    assertThat(filled.status()).isEqualTo("filled");
    assertThat(filled.version()).isPositive();
    assertThat(get(orders.getOrderStatus(EX, "theirs")).symbol()).isEqualTo("BTC/USDT");
    assertThat(ids(orders.getOpenOrders(EX)))
        .hasSize(199)
        .startsWith("none", "open101")
        .endsWith("theirs", "late")
        .doesNotContain("open100", "open102", "open103", "open104");
    assertThat(get(orders.getOpenOrders(EX, null, "bot"))).hasSize(1);
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
    assertThat(ids(new JsonObject().put("after", "o10x").put("max", 1))).containsExactly("o11");
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
    get(save("1", "open", "币安人生/USDT", "b \"ö\" \\"));
    assertThat(ids(new JsonObject().put("symbol", "币安人生/USDT"))).containsExactly("1");
    assertThat(ids(new JsonObject().put("bot_id", "b \"ö\" \\"))).containsExactly("1");
    get(orders.deleteOrder(EX, "1"));
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
  void findsWhatHasEndedByWhatIsFilled() {
    for (String filled : List.of("1.0", "0.4")) {
      JsonObject data = new JsonObject().put("status", "Closed").put("volume", 1);
      get(orders.saveOrderData(EX, filled, data.put("final_volume", filled)));
    }

    assertThat(ids(new JsonObject().put("status", "filled"))).containsExactly("1.0");
    assertThat(ids(new JsonObject().put("status", "cancelled"))).containsExactly("0.4");
    assertThat(ids(new JsonObject().put("status", "CLOSED"))).containsExactly("0.4", "1.0");
    assertThat(ids(new JsonObject().put("open", true).put("status", "closed"))).isEmpty();
  }

  @Test
  void takesAFilterAsJsonHasIt() {
    saveSome();
    JsonObject filter = new JsonObject().put("open", true).put("max", 2.0).putNull("symbol");
    JsonObject call = new JsonObject().put("exId", EX).put("filter", filter.put("after", 6));

    JsonArray found = (JsonArray) get(node.call(OrdersCache.ADDRESS, "getOrders", call));

    assertThat(found.stream().map(o -> ((JsonObject) o).getString("ex_order_id")))
        .containsExactly("7", "8");
  }

  @Test
  void refusesAFilterThatIsNone() {
    for (JsonObject filter :
        List.of(
            new JsonObject().put("max", 0),
            new JsonObject().put("max", 1_001),
            new JsonObject().put("max", 1.5),
            new JsonObject().put("max", "5"),
            new JsonObject().put("after", ""),
            new JsonObject().put("status", 1),
            new JsonObject().put("bot_id", true),
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
    for (String id : List.of("a", "b", "c", "d")) {
      get(orders.saveOrderData(EX, id, new JsonObject().put("client_order_id", "c" + id)));
    }
    node.redis(Command.HSET, key("order:7"), "price", "garbage");
    node.redis(Command.HSET, key("order:9"), "price", "\"garbage\"");
    node.redis(Command.HSET, key("order:a"), "client_order_id", "{");
    node.redis(Command.HSET, key("order:b"), "client_order_id", "[]", "version", "x");
    node.redis(Command.SET, key("order:c"), "garbage");
    node.redis(Command.HSET, key("order:d"), "", "}");
    node.redis(Command.ZADD, key("ids"), "0", "nobody");
    node.redis(Command.ZADD, key("open"), "1", "nobody");

    assertThat(ids(orders.getOrders(EX))).containsExactly("3", "5", "6", "8");
    assertThat(ids(orders.getOpenOrders(EX))).containsExactly("8", "6");
    for (String id : List.of("7", "9", "a", "b", "c", "d")) {
      assertThat(failure(orders.getOrderStatus(EX, id))).matches(Failure.INTERNAL::matches);
      assertThat(failure(save(id, "open", null, null))).matches(Failure.INTERNAL::matches);
      assertThat(get(orders.deleteOrder(EX, id))).as(id).isTrue();
      assertThat(get(orders.getOrderStatus(EX, id))).isNull();
    }
  }

  @Test
  void replacesAnOrderThatCannotBeRead() {
    get(save("a", "open", null, null));
    node.redis(
        Command.HSET, key("order:a"), "price", "garbage", "client_order_id", "{", "version", "x");

    get(orders.saveOrder(EX, Order.builder().exOrderId("a").status("filled").build()));

    assertThat(get(orders.getOrderStatus(EX, "a")).status()).isEqualTo("filled");
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
  void countsBoundsByWhatIsMergedAndLetsTheRestBeSaved() {
    get(orders.saveOrderData(EX, "o", fields("a", 200)));
    get(orders.saveOrderData(EX, "p", fields("b", 200).put("x", "x".repeat(40_000))));
    get(orders.saveOrderData(EX, "o", new JsonObject().put("a1", "x".repeat(40_000))));
    assertRefused(
        orders.saveOrderData(EX, "o", new JsonObject().put("a2", "x".repeat(40_000))), "data");

    Order bound = get(orders.bindOrder(EX, "p", "o"));

    assertThat(bound.more().size()).isEqualTo(401);
    assertThat(get(orders.saveOrderData(EX, "o", new JsonObject().put("status", "open"))).status())
        .isEqualTo("open");
    assertRefused(orders.saveOrderData(EX, "o", fields("c", 1)), "data");
  }

  @Test
  void storesNothingThatCouldNotBeReadAgain() {
    AccountCache accounts = AccountCache.proxy(node.vertx());
    BotCache bots = BotCache.proxy(node.vertx());
    for (JsonObject unreadable :
        List.of(
            new JsonObject().put("n".repeat(50_001), 1),
            new JsonObject().put("n", BigInteger.TEN.pow(1_001)),
            new JsonObject().put("o", new JsonObject().put("n", BigInteger.TEN.pow(1_001))))) {
      assertRefused(orders.saveOrderData(EX, "o", unreadable), "data");
      Order order = Order.fromJson(unreadable.copy().put("ex_order_id", "o"));
      assertRefused(orders.saveOrder(EX, order), "order");
      assertRefused(accounts.upsertUserAccount(1, unreadable), "account");
      assertRefused(bots.updateBot("b", unreadable), "status");
    }
    JsonObject large = new JsonObject().put("l", new JsonArray().add("x".repeat(70_000)));
    assertRefused(bots.updateBot("b", large), "status");

    assertThat(node.keys()).isEmpty();
  }
}
