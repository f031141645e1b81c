package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedMarketIT {

  private static final int MANY = 300;

  private static Queue<Tick> listen(CacheNode node) {
    Queue<Tick> ticks = new ConcurrentLinkedQueue<>();
    node.vertx()
        .eventBus()
        .<Tick>localConsumer(TickCache.UPDATES, message -> ticks.add(message.body()));
    return ticks;
  }

  private static String market(Tick tick) {
    return tick.exchange() + " " + tick.symbol();
  }

  /** All exchanges of which there are symbols in Redis. */
  private static List<Symbol> symbols(CacheNode node) {
    List<Symbol> symbols = new ArrayList<>();
    for (Response key : node.redis(Command.KEYS, "symbols_list:*")) {
      String exchange = key.toString().substring("symbols_list:".length());
      symbols.addAll(get(node.symbols().getSymbols(exchange)));
    }
    return symbols;
  }

  @Test
  void itIsLivelyOnExchangesWhoseNamesSaySo() {
    try (CacheNode node = CacheNode.start()) {
      Queue<Tick> ticks = listen(node);

      get(node.vertx().deployVerticle(new SimulatedMarket()));

      // 20 a second, which is what is promised.
      await().atMost(MANY / 20, TimeUnit.SECONDS).until(() -> ticks.size() >= MANY);
      assertThat(ticks).allMatch(tick -> tick.exchange().startsWith("sim"));
      assertThat(ticks).extracting(Tick::exchange).contains("sim-alpha", "sim-beta");
    }
  }

  @Test
  void pricesAreOnTheTickSizesOfSymbolsThatAreThere() {
    try (CacheNode node = CacheNode.start()) {
      Queue<Tick> ticks = listen(node);
      get(node.vertx().deployVerticle(new SimulatedMarket()));
      Map<String, Symbol> symbols = new HashMap<>();
      symbols(node)
          .forEach(symbol -> symbols.put(symbol.exchange() + " " + symbol.symbol(), symbol));

      await().until(() -> ticks.size() >= MANY);

      assertThat(ticks)
          .allSatisfy(
              tick -> {
                Symbol symbol = symbols.get(market(tick));
                assertThat(symbol).as(market(tick)).isNotNull();
                for (BigDecimal price :
                    List.of(tick.price(), tick.bid(), tick.ask(), tick.last())) {
                  assertThat(price).isPositive();
                  assertThat(symbol.align(price)).isEqualByComparingTo(price);
                  assertThat(symbol.format(price)).isEqualTo(price.toPlainString());
                }
                assertThat(tick.bid()).isLessThan(tick.ask());
              });
    }
  }

  @Test
  void everyMarketHasAPriceFromTheStartAndPricesMove() {
    try (CacheNode node = CacheNode.start()) {
      get(node.vertx().deployVerticle(new SimulatedMarket()));

      List<Symbol> symbols = symbols(node);
      assertThat(symbols).hasSizeGreaterThan(5);
      Map<String, BigDecimal> first = new HashMap<>();
      for (Symbol symbol : symbols) {
        BigDecimal price = get(node.ticks().getPrice(symbol.symbol(), symbol.exchange()));
        assertThat(price).as(symbol.toString()).isNotNull();
        first.put(symbol.exchange() + " " + symbol.symbol(), price);
      }
      await().until(() -> moved(node, symbols, first) == symbols.size());
    }
  }

  private static long moved(
      CacheNode node, Collection<Symbol> symbols, Map<String, BigDecimal> first) {
    return symbols.stream()
        .map(symbol -> get(node.ticks().getTicker(symbol.symbol(), symbol.exchange())))
        .filter(tick -> tick.price().compareTo(first.get(market(tick))) != 0)
        .count();
  }

  @Test
  void timesOfAMarketDoNotGoBack() {
    try (CacheNode node = CacheNode.start()) {
      Queue<Tick> ticks = listen(node);
      get(node.vertx().deployVerticle(new SimulatedMarket()));

      await().until(() -> ticks.size() >= MANY);

      ticks.stream()
          .collect(Collectors.groupingBy(SimulatedMarketIT::market))
          .values()
          .forEach(its -> assertThat(its).extracting(Tick::time).isSorted());
    }
  }

  @Test
  void itGoesOnAfterAnOutage(@TempDir Path data) throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start(0, data, Map.of());
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      Queue<Tick> ticks = listen(node);
      get(node.vertx().deployVerticle(new SimulatedMarket()));
      await().until(() -> !ticks.isEmpty());

      redis.close();
      redis = EmbeddedRedis.start(redis.port(), data, Map.of());
      ticks.clear();

      await().until(() -> ticks.size() >= MANY);
    } finally {
      redis.close();
    }
  }

  @Test
  void oneThatDoesNotOpenEndsInSilence() {
    Vertx vertx = Vertx.vertx(); // without the services
    try (LogLines market = LogLines.of(SimulatedMarket.class, Level.DEBUG);
        LogLines all = LogLines.of("io.vertx", Level.WARN)) {
      Future<String> deployed = vertx.deployVerticle(new SimulatedMarket());
      await().until(() -> market.lines().size() > 3);

      get(vertx.close());

      assertThat(deployed.succeeded()).isFalse();
      assertThat(all.lines()).noneMatch(line -> line.contains("Unhandled")); // others are of others
    }
  }

  @Test
  void whatWaitingDoesNotMendFailsItsDeployment() {
    try (CacheNode node = CacheNode.start()) {
      node.redis(Command.SET, "symbols_list:sim-alpha", "no hash");

      assertThatThrownBy(() -> get(node.vertx().deployVerticle(new SimulatedMarket())))
          .hasMessageContaining("WRONGTYPE");
    }
  }

  @Test
  void itOpensWhenRedisIsThere(@TempDir Path data) throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start(0, data, Map.of());
    try (CacheNode node = CacheNode.start(redis, new JsonObject())) {
      redis.close();
      Future<String> deployed = node.vertx().deployVerticle(new SimulatedMarket());
      redis = EmbeddedRedis.start(redis.port(), data, Map.of());

      get(deployed);

      assertThat(symbols(node)).isNotEmpty();
    } finally {
      redis.close();
    }
  }
}
