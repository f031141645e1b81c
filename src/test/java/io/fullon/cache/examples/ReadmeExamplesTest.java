package io.fullon.cache.examples;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.flow.BotSession;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.flow.Settlement;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Runs the README's Java, and checks what else it states. */
class ReadmeExamplesTest {

  private static final Path README = Path.of("README.md");

  @Test
  void theExamplesRun() {
    try (EmbeddedRedis redis = CacheNode.newRedis()) {
      String redisUri = redis.uri();
      int webPort = 0;
      Vertx vertx = Vertx.vertx();

      JsonObject config =
          new JsonObject()
              .put("redis", new JsonObject().put("uri", redisUri))
              .put("web", new JsonObject().put("port", webPort));

      Future<String> deployed =
          vertx.deployVerticle(
              new FullonCacheVerticle(), new DeploymentOptions().setConfig(config));
      get(deployed);

      vertx
          .eventBus()
          .<Tick>localConsumer(
              TickCache.updates("binance", "BTC/USDT"),
              message -> System.out.println(message.body().price()));

      TickCache ticks = TickCache.proxy(vertx);
      Tick tick = Tick.of("binance", "BTC/USDT", new BigDecimal("64182.270"), Instant.now());

      Future<BigDecimal> price =
          ticks
              .updateTicker("binance", tick)
              .compose(stored -> ticks.getPrice("BTC/USDT", "binance"));
      assertThat(get(price)).isEqualTo("64182.270");

      JsonObject call = new JsonObject().put("symbol", "BTC/USDT").put("exchange", "binance");

      Future<String> plainPrice =
          vertx
              .eventBus()
              .<String>request(
                  "fullon.tick", call, new DeliveryOptions().addHeader("action", "getPrice"))
              .map(Message::body);
      assertThat(get(plainPrice)).isEqualTo("64182.270");

      Symbol symbol = Symbol.of("binance", "BTC/USDT", 2, new BigDecimal("0.01"));
      BigDecimal aligned = symbol.align(new BigDecimal("64182.2749"));
      String shown = symbol.format(aligned);
      assertThat(shown).isEqualTo("64182.27");

      OrdersCache orders = OrdersCache.proxy(vertx);

      Future<Order> placed =
          BotSession.run(
              vertx,
              "binance",
              "BTC/USDT",
              "arbitrage_bot_1",
              Duration.ofSeconds(30),
              session ->
                  ticks
                      .getPrice("BTC/USDT", "binance")
                      .compose(
                          now ->
                              session.step(
                                  () ->
                                      orders.saveOrderData(
                                          "binance",
                                          "ORD_1",
                                          new JsonObject()
                                              .put("symbol", "BTC/USDT")
                                              .put("side", "buy")
                                              .put("volume", "0.1")
                                              .put("price", now.toPlainString())
                                              .put("status", "open")))));
      assertThat(get(placed).price()).isEqualTo("64182.270");

      FlowCache flow = FlowCache.proxy(vertx);
      JsonObject fill =
          new JsonObject()
              .put("status", "filled")
              .put("final_volume", "0.1")
              .put("fill_price", "64182.27");

      Future<Settlement> settled =
          orders
              .saveOrderData("binance", "ORD_1", fill)
              .compose(order -> flow.settleOrder("binance", "ORD_1", 1));
      assertThat(get(settled).position().size()).isEqualTo("0.1");

      get(vertx.close());
    }
  }

  @Test
  void aNodeInATest() {
    Tick tick = Tick.of("binance", "BTC/USDT", new BigDecimal("64182.270"), Instant.now());

    try (CacheNode node = CacheNode.start()) {
      get(node.ticks().updateTicker("binance", tick));
      assertThat(get(node.ticks().getPrice("BTC/USDT", "binance"))).isEqualTo(tick.price());
    }
  }

  @Test
  void theReadmesJavaIsWhatRunsHere() throws Exception {
    String here =
        squeeze(
            Files.readString(
                Path.of("src/test/java/io/fullon/cache/examples/ReadmeExamplesTest.java")));
    List<String> blocks =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(README))
            .results()
            .map(block -> squeeze(block.group(1)))
            .toList();

    assertThat(blocks).hasSizeGreaterThan(4).allSatisfy(block -> assertThat(here).contains(block));
  }

  @Test
  void theReadmesTableHasEveryKeyWithItsDefault() throws Exception {
    Map<String, String> table = new TreeMap<>();
    Pattern.compile("^\\| `([a-z_]+\\.[a-z_]+)` \\| `([^`]*)` \\|", Pattern.MULTILINE)
        .matcher(Files.readString(README))
        .results()
        .forEach((MatchResult row) -> table.put(row.group(1), row.group(2)));
    Map<String, String> defaults = new TreeMap<>();
    JsonObject file = new JsonObject(Files.readString(Path.of("config/application.json")));
    for (String section : file.fieldNames()) {
      for (Map.Entry<String, Object> entry : file.getJsonObject(section)) {
        defaults.put(section + "." + entry.getKey(), String.valueOf(entry.getValue()));
      }
    }

    assertThat(table).isEqualTo(defaults);
  }

  private static String squeeze(String code) {
    return code.replaceAll("\\s+", "");
  }
}
