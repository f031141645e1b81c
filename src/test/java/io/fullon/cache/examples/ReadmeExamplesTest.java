package io.fullon.cache.examples;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.flow.BotSession;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.flow.Settlement;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the Java of the README and of the pages. */
class ReadmeExamplesTest {

  private static final Path EXAMPLES = Path.of("src/test/java/io/fullon/cache/examples");
  private static final Path HERE = EXAMPLES.resolve("ReadmeExamplesTest.java");

  private static final String IMPORT = "(?m)^import ([\\w.]+);\\n";

  /** What tests have beside an application's own imports. */
  private static final Set<String> OF_TESTS = Set.of("CacheNode");

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

      TickCache ticks = TickCache.proxy(vertx);
      Tick tick = Tick.of("binance", "BTC/USDT", new BigDecimal("64182.270"), Instant.now());

      Future<BigDecimal> price =
          vertx
              .deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config))
              .compose(deployed -> ticks.updateTicker("binance", tick))
              .compose(stored -> ticks.getPrice("BTC/USDT", "binance"));
      assertThat(get(price)).isEqualTo("64182.270");

      vertx
          .eventBus()
          .<Tick>localConsumer(
              TickCache.updates("binance", "BTC/USDT"),
              message -> System.out.println(message.body().price()));

      callsInPlainJson(vertx);
      alignsPrices();
      tradesUnderABlock(vertx);

      get(vertx.close());
    }
  }

  private static void callsInPlainJson(Vertx vertx) {
    JsonObject call = new JsonObject().put("symbol", "BTC/USDT").put("exchange", "binance");

    Future<String> plainPrice =
        vertx
            .eventBus()
            .<String>request(
                "fullon.tick", call, new DeliveryOptions().addHeader("action", "getPrice"))
            .map(Message::body);
    assertThat(get(plainPrice)).isEqualTo("64182.270");
  }

  private static void alignsPrices() {
    Symbol symbol =
        Symbol.builder("binance", "BTC/USDT")
            .precision(2)
            .tickSize(new BigDecimal("0.01"))
            .lotSize(new BigDecimal("0.001"))
            .minCost(BigDecimal.TEN)
            .build();
    BigDecimal aligned = symbol.align(new BigDecimal("64182.2749"));
    String shown = symbol.format(aligned);
    BigDecimal volume = symbol.checkSize(symbol.alignVolume(new BigDecimal("0.0129")), aligned);
    assertThat(shown).isEqualTo("64182.27");
    assertThat(volume).isEqualByComparingTo("0.012");
  }

  private static void tradesUnderABlock(Vertx vertx) {
    TickCache ticks = TickCache.proxy(vertx);
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
                            session
                                .orders()
                                .saveOrderData(
                                    "binance",
                                    "ORD_1",
                                    new JsonObject()
                                        .put("symbol", "BTC/USDT")
                                        .put("side", "buy")
                                        .put("volume", "0.1")
                                        .put("price", now.toPlainString())
                                        .put("status", "open"))));
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
  }

  @Test
  void aNodeInATest() {
    Tick tick = Tick.of("binance", "BTC/USDT", new BigDecimal("64182.270"), Instant.now());

    try (CacheNode node = CacheNode.start()) {
      get(node.ticks().updateTicker("binance", tick));
      assertThat(get(node.ticks().getPrice("BTC/USDT", "binance"))).isEqualTo(tick.price());
    }
  }

  /** Each with the sources that its Java is in, which run here or as examples. */
  static Stream<Arguments> pages() {
    return Stream.of(
        arguments(Pages.README, List.of(HERE)),
        arguments(Pages.page("services"), List.of(HERE)),
        arguments(
            Pages.page("trading"),
            List.of(EXAMPLES.resolve("ExchangeMessages.java"), EXAMPLES.resolve("Restart.java"))),
        arguments(
            Pages.page("events"),
            Stream.of("FollowingBot", "UserStream", "RiskWatcher")
                .map(example -> EXAMPLES.resolve(example + ".java"))
                .toList()));
  }

  private static String text(List<Path> sources) {
    return sources.stream().map(Pages::text).collect(Collectors.joining());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void theJavaIsWhatRunsHere(Path page, List<Path> sources) {
    String here = squeeze(text(sources));
    List<String> blocks = Pages.blocks(page, "java");

    assertThat(blocks).hasSizeGreaterThan(2);
    assertThat(blocks)
        .allSatisfy(block -> assertThat(here).contains(squeeze(block.replaceAll(IMPORT, ""))));
  }

  /** One block may need what an earlier one of its page has imported. */
  @ParameterizedTest
  @MethodSource("pages")
  void theJavaHasItsImports(Path page, List<Path> sources) {
    Set<String> known = new TreeSet<>(Pages.found(IMPORT, text(sources)));
    Set<String> imported = new HashSet<>();
    for (String block : Pages.blocks(page, "java")) {
      List<String> words = List.of(block.replaceAll(IMPORT, "").split("\\W+"));
      List<String> own = Pages.found(IMPORT, block);
      imported.addAll(own);

      assertThat(known).as("compiled here").containsAll(own);
      assertThat(own).as("used by\n" + block).allMatch(name -> words.contains(simple(name)));
      assertThat(known)
          .as("imported for\n" + block)
          .filteredOn(name -> words.contains(simple(name)) && !OF_TESTS.contains(simple(name)))
          .allMatch(imported::contains);
    }
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String squeeze(String code) {
    return code.replaceAll("\\s+", "");
  }
}
