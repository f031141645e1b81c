package io.fullon.cache;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** A symbol travels through all services, Redis and the feed, whatever script it is written in. */
class SymbolsOfAnyScriptTest {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();

  /** In the order of their UTF-8, which is not that of Java's strings: see the last two. */
  private static final List<String> SYMBOLS =
      List.of(
          "BTC/USDT",
          "E\u0301TH/USD",
          "{x}:%",
          "ÉTH/USD",
          "РУБ/USDT",
          "مصر/USD",
          "हिन्दी/USDT",
          "币安人生/USDT",
          "ﬁ/USD",
          "🐕/USDT",
          "🐕".repeat(64));

  @AutoClose
  private static final CacheNode node =
      CacheNode.start("tick", "compare_interval_ms", 50, "scan_interval_ms", 50);

  private final String exchange = "script" + EXCHANGES.incrementAndGet();

  private Tick tick(String symbol, int second) {
    return Tick.of(exchange, symbol, BigDecimal.ONE, Instant.ofEpochSecond(second));
  }

  private void storeAll() {
    List<Tick> ticks = new ArrayList<>(SYMBOLS.stream().map(symbol -> tick(symbol, 1)).toList());
    Collections.reverse(ticks);
    assertThat(get(node.ticks().updateTickers(ticks))).isEqualTo(SYMBOLS.size());
    try (FeedClient client = node.feed()) {
      client.next("welcome");
      // The gateway learns of them by the bus, on an event loop of its own.
      await()
          .until(
              () -> {
                client.request("get", exchange, SYMBOLS.toArray());
                return client.next("ticks").getJsonArray("ticks").size() == SYMBOLS.size();
              });
    }
  }

  private JsonObject named(String symbol) {
    return new JsonObject().put("exchange", exchange).put("symbol", symbol);
  }

  private static Object call(String service, String action, JsonObject body) {
    return get(node.call("fullon." + service, action, body));
  }

  private static String symbol(Object object) {
    return ((JsonObject) object).getString("symbol");
  }

  private static List<String> symbols(Object objects) {
    return ((JsonArray) objects).stream().map(SymbolsOfAnyScriptTest::symbol).toList();
  }

  @Test
  void symbolsAreListedInTheOrderOfUtf8() {
    List<Symbol> symbols =
        new ArrayList<>(
            SYMBOLS.stream()
                .map(symbol -> Symbol.of(exchange, symbol, 2, BigDecimal.ONE))
                .toList());
    Collections.reverse(symbols);
    get(node.symbols().putSymbols(symbols));

    assertThat(get(node.symbols().getSymbols(exchange)))
        .extracting(Symbol::symbol)
        .containsExactlyElementsOf(SYMBOLS);
    for (String symbol : SYMBOLS) {
      assertThat(get(node.symbols().getSymbol(symbol, exchange)).symbol()).isEqualTo(symbol);
      assertThat(get(node.symbols().deleteSymbol(symbol, exchange))).isTrue();
    }
  }

  @Test
  void tickersAreListedInTheOrderOfUtf8() throws Exception {
    storeAll();

    assertThat(get(node.ticks().getAllTickers(exchange)))
        .extracting(Tick::symbol)
        .containsExactlyElementsOf(SYMBOLS);
    assertThat(symbols(new JsonArray(http("/api/tickers/" + exchange))))
        .containsExactlyElementsOf(SYMBOLS);
  }

  private static String http(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path)).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  @ParameterizedTest
  @FieldSource("SYMBOLS")
  void aTickerIsKeptPublishedAndDeleted(String symbol) throws InterruptedException {
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    get(
        node.vertx()
            .eventBus()
            .localConsumer(
                TickCache.updates(exchange, symbol), message -> heard.add(message.body()))
            .completion());
    Future<Tick> next = node.ticks().getNextTicker(symbol, exchange, 20_000);

    assertThat(get(node.ticks().updateTicker(exchange, tick(symbol, 5)))).isTrue();
    assertThat(get(node.ticks().updateTicker(exchange, tick(symbol, 4)))).isFalse();

    Tick stored = get(node.ticks().getTicker(symbol, exchange));
    assertThat(stored.withSeq(null)).isEqualTo(tick(symbol, 5));
    assertThat(get(next)).isEqualTo(stored);
    assertThat(heard.poll(Patience.SECONDS, TimeUnit.SECONDS)).isEqualTo(stored);
    assertThat(get(node.ticks().getPrice(symbol, exchange))).isEqualTo("1");
    assertThat(get(node.ticks().deleteTicker(symbol, exchange))).isTrue();
    assertThat(get(node.ticks().getTicker(symbol, exchange))).isNull();
  }

  @ParameterizedTest
  @FieldSource("SYMBOLS")
  void aTickerOfPythonIsServed(String symbol) {
    StringBuilder escaped = new StringBuilder();
    symbol
        .chars()
        .forEach(c -> escaped.append(c < 128 ? (char) c + "" : String.format("\\u%04x", c)));
    String json =
        "{\"symbol\": \""
            + escaped
            + "\", \"exchange\": \"x\", \"price\": 2.5, \"time\": 7.1234567}";

    node.redis(Command.HSET, "tickers:" + exchange, symbol, json);
    node.redis(Command.PUBLISH, "ticker_updates:" + exchange + ":" + symbol, json);

    await().until(() -> get(node.ticks().getTicker(symbol, exchange)) != null);
    assertThat(get(node.ticks().getTicker(symbol, exchange)).symbol()).isEqualTo(symbol);
    assertThat(get(node.ticks().getAnyTicker(symbol))).isNotNull();
    // And what is stored in its place is read by others under the same name.
    get(node.ticks().updateTicker(exchange, tick(symbol, 8)));
    assertThat(node.redis(Command.HGET, "tickers:" + exchange, symbol).toString())
        .startsWith(
            "{\"symbol\":\"" + symbol + "\",\"exchange\":\"" + exchange + "\",\"price\":1,");
  }

  @Test
  void theFeedSendsThemAll() {
    storeAll();
    try (FeedClient client = node.feed();
        FeedClient everything = node.feed()) {
      client.next("welcome");
      everything.next("welcome");
      assertThat(symbols(client.subscribe(exchange, SYMBOLS.toArray())))
          .containsExactlyElementsOf(SYMBOLS);
      assertThat(symbols(everything.subscribe(exchange, "*"))).containsExactlyElementsOf(SYMBOLS);

      for (String symbol : SYMBOLS) {
        // One tick is the smallest frame there is, all at once is a large one.
        get(node.ticks().updateTicker(exchange, tick(symbol, 2)));
        assertThat(symbols(client.next("update").getJsonArray("ticks"))).containsExactly(symbol);
      }
      get(node.ticks().updateTickers(SYMBOLS.stream().map(symbol -> tick(symbol, 3)).toList()));
      List<String> updated = new ArrayList<>();
      while (updated.size() < SYMBOLS.size()) {
        updated.addAll(symbols(client.next("update").getJsonArray("ticks")));
      }
      assertThat(updated).containsExactlyElementsOf(SYMBOLS);

      client.request("get", exchange, SYMBOLS.toArray());
      assertThat(symbols(client.next("ticks").getJsonArray("ticks")))
          .containsExactlyElementsOf(SYMBOLS);
      get(node.ticks().deleteTicker(SYMBOLS.get(9), exchange));
      assertThat(symbols(client.next("removed").getJsonArray("symbols")))
          .containsExactly(SYMBOLS.get(9));
      client.request("unsubscribe", exchange, SYMBOLS.toArray());
      assertThat(client.next("ack").getJsonArray("results"))
          .allMatch(result -> ((JsonObject) result).getBoolean("ok"));
    }
  }

  @Test
  void theFeedLeavesOutWhatTheClientHas() {
    storeAll();
    JsonObject since = new JsonObject();
    get(node.ticks().getAllTickers(exchange)).forEach(tick -> since.put(tick.symbol(), tick.seq()));
    since.remove("币安人生/USDT");
    try (FeedClient client = node.feed()) {
      client.next("welcome");
      client.send(
          new JsonObject()
              .put("op", "subscribe")
              .put("exchange", exchange)
              .put("symbols", new JsonArray(SYMBOLS))
              .put("since", since));
      client.next("ack");

      assertThat(symbols(client.snapshot())).containsExactly("币安人生/USDT");
    }
  }

  @ParameterizedTest
  @FieldSource("SYMBOLS")
  void tradesPositionsOrdersAndBlocksAreKeptUnderIt(String symbol) {
    JsonObject trade =
        named(symbol)
            .put("trade_id", "1")
            .put("side", "buy")
            .put("volume", "2")
            .put("price", "3")
            // One with a colon is a contract's.
            .put("contract_size", "1")
            .put("time", 1);
    int account = symbol.hashCode();

    call("trades", "pushTradeList", named(symbol).put("trade", trade));
    call("account", "applyFill", new JsonObject().put("exId", account).put("trade", trade));
    call(
        "orders",
        "saveOrder",
        new JsonObject()
            .put("exId", exchange)
            .put("order", new JsonObject().put("ex_order_id", "1").put("symbol", symbol)));
    call("bot", "blockExchange", named(symbol).put("botId", "1"));

    assertThat(symbols(call("trades", "getTradesList", named(symbol)))).containsExactly(symbol);
    JsonObject position = new JsonObject().put("exId", account).put("symbol", symbol);
    assertThat(symbol(call("account", "getPosition", position))).isEqualTo(symbol);
    JsonObject order = new JsonObject().put("exId", exchange).put("exOrderId", "1");
    assertThat(symbol(call("orders", "getOrderStatus", order))).isEqualTo(symbol);
    assertThat(call("bot", "isBlocked", named(symbol))).isEqualTo("1");
  }

  @Test
  void positionsOrdersAndBlocksAreListedInTheOrderOfUtf8() {
    List<String> reversed = new ArrayList<>(SYMBOLS);
    Collections.reverse(reversed);
    for (String symbol : reversed) {
      call(
          "account",
          "upsertPositions",
          new JsonObject()
              .put("exId", 7)
              .put(
                  "positions",
                  new JsonArray()
                      .add(
                          new JsonObject()
                              .put("symbol", symbol)
                              .put("size", "1")
                              .put("entry_price", "1"))));
      call(
          "orders",
          "saveOrder",
          new JsonObject()
              .put("exId", exchange)
              .put("order", new JsonObject().put("ex_order_id", symbol).put("symbol", symbol)));
      call("bot", "blockExchange", named(symbol).put("botId", "1"));
    }

    assertThat(symbols(call("account", "getPositions", new JsonObject().put("exId", 7))))
        .containsExactlyElementsOf(SYMBOLS);
    assertThat(symbols(call("orders", "getOrders", new JsonObject().put("exId", exchange))))
        .containsExactlyElementsOf(SYMBOLS);
    JsonArray blocks = (JsonArray) call("bot", "getBlocks", new JsonObject());
    assertThat(blocks.stream().map(JsonObject.class::cast))
        .filteredOn(block -> block.getString("exchange").equals(exchange))
        .extracting(block -> block.getString("symbol"))
        .containsExactlyElementsOf(SYMBOLS);
  }

  @Test
  void aRefusalShowsTheSymbolAsItIs() {
    assertThat(failure(node.ticks().getPrice("币安 人生/USDT", exchange)))
        .hasMessageContaining("symbol: must be a symbol, ")
        .hasMessageEndingWith("got \"币安 人生/USDT\"");
    assertThat(failure(node.ticks().getPrice("币\u202e", exchange)))
        .hasMessageEndingWith("got \"币\\u202e\"");
    try (FeedClient client = node.feed()) {
      client.next("welcome");
      client.request("subscribe", exchange, "币安 人生");
      JsonObject result = client.next("ack").getJsonArray("results").getJsonObject(0);
      assertThat(result.getString("symbol")).isEqualTo("币安 人生");
      assertThat(result.getString("code")).isEqualTo("INVALID_SYMBOL");
    }
  }
}
