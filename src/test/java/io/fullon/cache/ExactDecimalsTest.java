package io.fullon.cache;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Samples;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.WebClient;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.lifecycle.BeforeTry;

/** Whatever way a decimal comes in and goes out, its digits are those of its plain notation. */
class ExactDecimalsTest {

  private static final int BATCH = 40;
  private static final AtomicInteger EXCHANGES = new AtomicInteger();
  private static CacheNode node;
  private static WebClient http;

  private String exchange;

  @BeforeContainer
  static void startNode() {
    node = CacheNode.start();
    http = WebClient.create(node.vertx());
  }

  @AfterContainer
  static void stopNode() {
    http.close();
    node.close();
  }

  /** A gateway may still be about to tell of what the try before deleted. */
  @BeforeTry
  void takeAFreshExchange() {
    exchange = "exact" + EXCHANGES.incrementAndGet();
  }

  @Provide
  Arbitrary<List<String>> batches() {
    return Samples.decimalTexts().list().ofSize(BATCH);
  }

  private static String symbol(int i) {
    return "S" + i;
  }

  private static Map<String, String> plainBySymbol(List<String> texts) {
    Map<String, String> plain = new TreeMap<>();
    for (int i = 0; i < texts.size(); i++) {
      plain.put(symbol(i), new BigDecimal(texts.get(i)).toPlainString());
    }
    return plain;
  }

  /** The ticks of a JSON array in which decimals are texts. */
  private static Map<String, String> prices(JsonArray ticks) {
    return ticks.stream()
        .map(JsonObject.class::cast)
        .collect(
            Collectors.toMap(tick -> tick.getString("symbol"), tick -> tick.getString("price")));
  }

  private JsonObject call() {
    return new JsonObject().put("exchange", exchange);
  }

  // The three ways in

  private void storeTyped(Map<String, String> batch) {
    List<Tick> ticks = new ArrayList<>();
    batch.forEach(
        (symbol, text) ->
            ticks.add(Tick.of(exchange, symbol, new BigDecimal(text), Instant.now())));
    assertThat(get(node.ticks().updateTickers(ticks))).isEqualTo(batch.size());
  }

  private void storePlain(Map<String, String> batch) {
    JsonArray ticks = new JsonArray();
    batch.forEach(
        (symbol, text) ->
            ticks.add(
                call().put("symbol", symbol).put("price", text).put("time", 1_700_000_000.5)));
    JsonObject call = new JsonObject().put("ticks", ticks);
    assertThat(get(node.call(TickCache.ADDRESS, "updateTickers", call))).isEqualTo(batch.size());
  }

  private void storeAsAnotherProgram(Map<String, String> batch) {
    batch.forEach(
        (symbol, text) -> {
          String json = "{\"price\": " + text + ", \"time\": 1700000000.5}";
          node.redis(Command.HSET, "tickers:" + exchange, symbol, json);
          node.redis(Command.PUBLISH, "ticker_updates:" + exchange + ":" + symbol, json);
        });
  }

  private void store(List<String> texts) {
    List<Map<String, String>> batches = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());
    for (int i = 0; i < texts.size(); i++) {
      batches.get(i % batches.size()).put(symbol(i), texts.get(i));
    }
    storeTyped(batches.get(0));
    storePlain(batches.get(1));
    storeAsAnotherProgram(batches.get(2));
  }

  // The ways out

  private Map<String, String> typed() {
    return get(node.ticks().getAllTickers(exchange)).stream()
        .collect(Collectors.toMap(Tick::symbol, tick -> tick.price().toPlainString()));
  }

  private Map<String, String> typedPrices(Iterable<String> symbols) {
    Map<String, String> prices = new HashMap<>();
    symbols.forEach(
        symbol -> prices.put(symbol, get(node.ticks().getPrice(symbol, exchange)).toPlainString()));
    return prices;
  }

  private Map<String, String> plainJson() {
    return prices((JsonArray) get(node.call(TickCache.ADDRESS, "getAllTickers", call())));
  }

  private Map<String, String> plainPrices(Iterable<String> symbols) {
    Map<String, String> prices = new HashMap<>();
    symbols.forEach(
        symbol -> {
          JsonObject call = call().put("symbol", symbol);
          prices.put(symbol, (String) get(node.call(TickCache.ADDRESS, "getPrice", call)));
        });
    return prices;
  }

  private Map<String, String> overHttp() {
    return prices(
        get(http.get(node.port(), "127.0.0.1", "/api/tickers/" + exchange).send())
            .bodyAsJsonArray());
  }

  private static Map<String, String> fromUpdates(FeedClient feed, int count) {
    Map<String, String> prices = new HashMap<>();
    while (prices.size() < count) {
      prices.putAll(prices(feed.next("update").getJsonArray("ticks")));
    }
    return prices;
  }

  private static Map<String, String> inRedis(String key, String field) {
    Pattern number = Pattern.compile("\"" + field + "\": ?(-?[0-9.eE+-]+)[,}]");
    Map<String, String> numbers = new HashMap<>();
    for (Response symbol : node.redis(Command.HKEYS, key)) {
      String text = node.redis(Command.HGET, key, symbol.toString()).toString();
      Matcher matcher = number.matcher(text);
      assertThat(matcher.find()).as(text).isTrue();
      numbers.put(symbol.toString(), new BigDecimal(matcher.group(1)).toPlainString());
    }
    return numbers;
  }

  @Property(tries = 12)
  void aPriceKeepsItsDigitsOnEveryWay(@ForAll("batches") List<String> texts) {
    Map<String, String> expected = plainBySymbol(texts);
    Map<String, String> published = new ConcurrentHashMap<>();
    MessageConsumer<Tick> updates =
        node.vertx()
            .eventBus()
            .localConsumer(
                TickCache.UPDATES,
                message ->
                    published.put(message.body().symbol(), message.body().price().toPlainString()));
    try (FeedClient feed = node.feed()) {
      feed.next("welcome");
      feed.subscribe(exchange, "*");

      store(texts);

      assertThat(fromUpdates(feed, BATCH)).as("updates of the feed").isEqualTo(expected);
      await("updates on the local bus").until(() -> published.equals(expected));
      assertThat(typed()).as("typed client").isEqualTo(expected);
      assertThat(typedPrices(expected.keySet())).as("typed prices").isEqualTo(expected);
      assertThat(plainJson()).as("plain JSON").isEqualTo(expected);
      assertThat(plainPrices(expected.keySet())).as("plain prices").isEqualTo(expected);
      assertThat(overHttp()).as("/api/tickers").isEqualTo(expected);
      assertThat(prices(feed.subscribe("*", "*")))
          .as("snapshot of the feed")
          .containsAllEntriesOf(expected);
      assertThat(inRedis("tickers:" + exchange, "price")).as("Redis").isEqualTo(expected);
    } finally {
      get(updates.unregister());
      get(node.ticks().deleteExchangeTickers(exchange));
    }
  }

  @Property(tries = 6)
  void aTickSizeKeepsItsDigitsOnEveryWay(@ForAll("batches") List<String> texts) {
    List<String> positive = texts.stream().map(text -> text.replaceFirst("^-", "")).toList();
    Map<String, String> expected = plainBySymbol(positive);

    for (int i = 0; i < BATCH; i++) {
      if (i % 2 == 0) {
        get(
            node.symbols()
                .putSymbol(Symbol.of(exchange, symbol(i), null, new BigDecimal(positive.get(i)))));
      } else {
        JsonObject symbol = call().put("symbol", symbol(i)).put("tick_size", positive.get(i));
        get(node.call(SymbolCache.ADDRESS, "putSymbol", new JsonObject().put("symbol", symbol)));
      }
    }

    Map<String, String> typed = new HashMap<>();
    get(node.symbols().getSymbols(exchange))
        .forEach(symbol -> typed.put(symbol.symbol(), symbol.tickSize().toPlainString()));
    Map<String, String> plain = new HashMap<>();
    ((JsonArray) get(node.call(SymbolCache.ADDRESS, "getSymbols", call())))
        .stream()
            .map(JsonObject.class::cast)
            .forEach(
                symbol -> plain.put(symbol.getString("symbol"), symbol.getString("tick_size")));
    assertThat(typed).as("typed client").isEqualTo(expected);
    assertThat(plain).as("plain JSON").isEqualTo(expected);
    assertThat(inRedis("symbols_list:" + exchange, "tick_size")).as("Redis").isEqualTo(expected);
  }
}
