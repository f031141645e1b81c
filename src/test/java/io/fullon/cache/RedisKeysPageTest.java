package io.fullon.cache;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Adjustment;
import io.fullon.cache.account.Position;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.process.ProcessType;
import io.fullon.cache.source.SourceOptions;
import io.fullon.cache.source.SourceVerticle;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.Fields;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of the keys has every key and channel that there is, with its type, and no other. */
class RedisKeysPageTest {

  private static final Path PAGE = Pages.page("redis-keys");
  private static final String CHANNEL = "channel";
  private static final Map<String, String> TYPES =
      Map.of(
          "sorted set", "zset", "hash", "hash", "list", "list", "string", "string", "set", "set");

  /** Of each row of the page a pattern with its type. */
  private static final Map<String, String> ROWS = new TreeMap<>();

  static {
    for (List<String> row : Pages.rows(PAGE, "key")) {
      ROWS.put(pattern(Pages.codes(row.get(0)).get(0)), row.get(1));
    }
  }

  private static String pattern(String key) {
    StringBuilder pattern = new StringBuilder();
    for (String part : key.split("(?=<)|(?<=>)", -1)) {
      if (part.equals("<prefix>")) {
        pattern.append("fullon:");
      } else if (part.equals("<processId>")) {
        pattern.append(".+"); // it has colons itself
      } else {
        pattern.append(part.startsWith("<") ? "[^:{}]+" : Pattern.quote(part));
      }
    }
    return pattern.toString();
  }

  /** So that what happens now and then happens. */
  private static final JsonObject OFTEN =
      new JsonObject()
          .put("redis", new JsonObject().put("heartbeat_ms", 500))
          .put("tick", new JsonObject().put("scan_interval_ms", 1_000));

  private final Set<String> channels = new ConcurrentSkipListSet<>();

  private static Trade trade(String id) {
    return Trade.builder(id, "BTC/USDT", Side.BUY)
        .exOrderId("O1")
        .volume(BigDecimal.ONE)
        .price(BigDecimal.TEN)
        .build();
  }

  private static Position position(String symbol) {
    return Position.fromJson(
        new JsonObject().put("symbol", symbol).put("size", "1").put("entry_price", "10"));
  }

  /** Everything that leaves a key or tells something on a channel. */
  private static void writeAll(CacheNode node) {
    get(node.symbols().putSymbol(Symbol.of("binance", "BTC/USDT", 2, null)));
    for (String symbol : List.of("BTC/USDT", "ETH/USDT")) {
      Tick tick = Tick.of("binance", symbol, BigDecimal.ONE, Instant.now());
      get(node.ticks().updateTicker("binance", tick));
    }
    get(node.ticks().deleteTicker("ETH/USDT", "binance"));

    OrdersCache orders = node.orders();
    get(orders.saveOrderData("binance", "O1", new JsonObject().put("status", "filled")));
    get(orders.bindOrder("binance", "mine", "O1"));
    get(orders.pushOpenOrder("O1", "queue"));
    get(orders.pushOpenOrder("O2", "queue"));
    get(orders.takeOpenOrder("queue", "consumer", 0));

    TradesCache trades = node.trades();
    get(trades.pushTradeList("BTC/USDT", "binance", trade("T1")));
    get(trades.pushTradeList("BTC/USDT", "binance", trade("T2"), true));
    get(trades.pushMyTradesList("user", "binance", trade("T3"), true));
    get(trades.takeTrades("BTC/USDT", "binance", "consumer", 1));
    get(trades.takeMyTrades("user", "binance", "consumer", 1));
    get(trades.pushMyTradesList("user", "binance", trade("T5")));

    AccountCache accounts = AccountCache.proxy(node.vertx());
    List<Position> both = List.of(position("BTC/USDT"), position("ETH/USDT"));
    get(accounts.replacePositions(1, both, Instant.ofEpochSecond(1)));
    get(accounts.deletePosition("ETH/USDT", 1));
    get(accounts.applyFill(1, trade("T4")));
    get(
        FlowCache.proxy(node.vertx())
            .reportFill("binance", "O4", 1, trade("T6").toBuilder().exOrderId("O4").build()));
    // So long ago that the next change forgets it.
    get(accounts.applyFill(1, trade("T5").toBuilder().time(Instant.ofEpochSecond(2)).build()));
    get(accounts.adjustPosition(1, Adjustment.builder("A1", "BTC/USDT").build()));
    get(accounts.upsertPositions(1, List.of(position("X")), Instant.ofEpochSecond(1)));
    get(accounts.upsertUserAccount(1, new JsonObject().put("USDT", new JsonObject())));

    BotCache bots = BotCache.proxy(node.vertx());
    get(bots.acquireBlock("binance", "BTC/USDT", "bot", 600_000));
    get(bots.markOpeningPosition("binance", "ETH/USDT", "bot"));
    get(bots.updateBot("bot", new JsonObject()));
    // Of those ticks there are bars, soon.
    OhlcvCache bars = OhlcvCache.proxy(node.vertx());
    await()
        .until(
            () -> !get(bars.getLatestOhlcvBars("BTC/USDT", "binance", Timeframe.D1, 1)).isEmpty());
    get(bars.deleteOhlcvBars("BTC/USDT", "binance", Timeframe.M1));

    ProcessCache processes = ProcessCache.proxy(node.vertx());
    get(processes.registerProcess(ProcessType.BOT, "bot"));
    get(processes.broadcastMessage(ProcessType.BOT, "message"));

    // Of an exchange that is not there.
    JsonObject away =
        new JsonObject()
            .put("symbols", new JsonArray().add("BTC/USD"))
            .put("url", "ws://127.0.0.1:1")
            .put("rest_url", "http://127.0.0.1:1");
    Fields sources = Fields.of("sources", new JsonObject().put("kraken", away));
    JsonObject config = CacheNode.config(node.redis(), new JsonObject());
    get(
        node.vertx()
            .deployVerticle(
                new SourceVerticle(SourceOptions.from(sources).get(0)),
                new DeploymentOptions().setConfig(config)));
  }

  private RedisConnection listen(CacheNode node) {
    RedisConnection connection =
        get(Redis.createClient(node.vertx(), node.redis().uri()).connect());
    connection.handler(
        push -> {
          if (push.size() == 4) {
            channels.add(push.get(2).toString());
          }
        });
    get(connection.send(Request.cmd(Command.PSUBSCRIBE).arg("*")));
    return connection;
  }

  @Test
  void hasEveryKeyAndChannelWithItsTypeAndNoOther() {
    Map<String, String> found = new TreeMap<>();
    try (CacheNode node = CacheNode.start(OFTEN)) {
      RedisConnection listener = listen(node);
      writeAll(node);
      await()
          .until(
              () -> {
                find(node, found);
                return found.keySet().stream().anyMatch(key -> key.endsWith(":tidied"));
              });
      long told = ROWS.values().stream().filter(CHANNEL::equals).count();
      await()
          .until(
              () -> channels.stream().flatMap(RedisKeysPageTest::rows).distinct().count() >= told);
      // Which come by themselves, whatever is written.
      await().until(() -> channels.stream().anyMatch(channel -> channel.contains("heartbeat")));
      get(listener.close());
    }

    assertThat(found)
        .allSatisfy((key, type) -> assertThat(TYPES.get(ROWS.get(row(key)))).isEqualTo(type));
    assertThat(channels)
        .allSatisfy(channel -> assertThat(ROWS.get(row(channel))).isEqualTo(CHANNEL));
    assertThat(ROWS.keySet())
        .allMatch(
            row ->
                found.keySet().stream().anyMatch(key -> key.matches(row))
                    || channels.stream().anyMatch(channel -> channel.matches(row)));
  }

  /** The domains that have keys; each says in its class {@code XKeys} which. */
  private static final List<String> DOMAINS =
      List.of("symbol", "tick", "orders", "trades", "account", "bot", "ohlcv", "process", "source");

  /** An account's number in the place of its name. */
  private static final int NUMBER = 4_711;

  @Test
  void hasEveryKeyOfTheDomainsByTheNamesOfItsPartsAndNoOther() throws Exception {
    Set<String> made = new TreeSet<>();
    for (String domain : DOMAINS) {
      made.addAll(keys(domain));
    }
    List<String> page =
        Pages.rows(PAGE, "key").stream().map(row -> Pages.codes(row.get(0)).get(0)).toList();

    assertThat(made).contains("symbols_list:<exchange>", "<prefix>{orders:<exchange>}:blocks");
    assertThat(Pages.codes(Pages.text(PAGE))).containsAll(made);
    // Heartbeats and the channels of events are made where all domains have them from.
    assertThat(page)
        .allMatch(
            key ->
                made.contains(key)
                    || key.equals("<prefix>heartbeat:<id>")
                    || key.matches("<prefix>[a-z]+:updates"));
  }

  private static Set<String> keys(String domain) throws Exception {
    String name = domain.substring(0, 1).toUpperCase(Locale.ROOT) + domain.substring(1) + "Keys";
    Class<?> type = Class.forName("io.fullon.cache." + domain + "." + name);
    Object keys = null;
    if (type.isRecord()) {
      Constructor<?> constructor = type.getDeclaredConstructor(String.class);
      constructor.setAccessible(true);
      keys = constructor.newInstance("<prefix>");
    }
    Set<String> made = new TreeSet<>();
    for (Method method : type.getDeclaredMethods()) {
      if (isKey(method)) {
        method.setAccessible(true);
        Object[] parts =
            Stream.of(method.getParameters()).map(RedisKeysPageTest::placeholder).toArray();
        String key = method.invoke(keys, parts).toString().replace("" + NUMBER, "<exId>");
        made.add(method.getName().equals("channelPrefix") ? key + "<symbol>" : key);
      }
    }
    return made;
  }

  /** Not what takes a key apart, and not what a record has by itself. */
  private static boolean isKey(Method method) {
    return method.getReturnType() == String.class
        && !Modifier.isPrivate(method.getModifiers())
        && !List.of("prefix", "toString", "exchange", "ofBroadcast", "living")
            .contains(method.getName());
  }

  private static Object placeholder(Parameter part) {
    return part.getType() == int.class ? (Object) NUMBER : "<" + part.getName() + ">";
  }

  private static void find(CacheNode node, Map<String, String> found) {
    for (Response key : node.redis(Command.KEYS, "*")) {
      String type = node.redis(Command.TYPE, key.toString()).toString();
      if (!type.equals("none")) {
        found.put(key.toString(), type);
      }
    }
  }

  /** The pattern of the row that a key belongs to. */
  private static String row(String key) {
    List<String> rows = rows(key).toList();
    assertThat(rows).as("rows for " + key).hasSize(1);
    return rows.get(0);
  }

  private static Stream<String> rows(String key) {
    return ROWS.keySet().stream().filter(key::matches);
  }
}
