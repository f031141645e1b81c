package io.fullon.cache.cluster;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Cluster;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The nodes of a cluster that have no service get what the node with the services gets. */
class ClusteredBusTest {

  private static final BigDecimal LONG =
      new BigDecimal("12345678901234567890.12345678901234567890");
  private static final AtomicInteger EXCHANGES = new AtomicInteger();

  private static EmbeddedRedis redis;
  private static Cluster cluster;
  private static CacheNode here;
  private static Vertx typed;
  private static Vertx plain;

  private final String exchange = "exchange" + EXCHANGES.incrementAndGet();

  @BeforeAll
  static void startCluster() {
    redis = CacheNode.newRedis();
    cluster = new Cluster();
    here = CacheNode.start(redis, cluster.join(), new JsonObject());
    typed = cluster.join();
    // Has neither a service nor a typed client.
    plain = cluster.join();
    Failure.registerCodec(plain);
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
    redis.close();
  }

  private static Future<Object> call(String address, String action, Object body) {
    DeliveryOptions options = new DeliveryOptions().addHeader("action", action);
    return plain.eventBus().<Object>request(address, body, options).map(Message::body);
  }

  private Tick full(String symbol) {
    return new Tick(
        symbol,
        exchange,
        LONG,
        Instant.parse("2026-01-01T00:00:00.000001Z"),
        new BigDecimal("9.9640"),
        new BigDecimal("0.0000000000000000000000000000000000000010"),
        new BigDecimal("-1"),
        new BigDecimal("1000"),
        null);
  }

  @Test
  void typedCallsGiveTheSameExactly() {
    TickCache ticks = TickCache.proxy(typed);

    assertThat(get(ticks.updateTicker(exchange, full("A")))).isTrue();
    assertThat(get(ticks.updateTickers(List.of(full("B"), full("C"))))).isEqualTo(2);

    assertThat(get(ticks.getTicker("A", exchange)))
        .isEqualTo(get(here.ticks().getTicker("A", exchange)))
        .extracting(tick -> tick.withSeq(null))
        .isEqualTo(full("A"));
    assertThat(get(ticks.getPrice("A", exchange))).isEqualTo(LONG);
    assertThat(get(ticks.getAllTickers(exchange)))
        .hasSize(3)
        .isEqualTo(get(here.ticks().getAllTickers(exchange)));
    assertThat(get(ticks.deleteTicker("A", exchange))).isTrue();
    assertThat(get(ticks.deleteExchangeTickers(exchange))).isEqualTo(2);
  }

  @Test
  void typedCallsGiveTheSameNothing() {
    TickCache ticks = TickCache.proxy(typed);
    SymbolCache symbols = SymbolCache.proxy(typed);

    assertThat(get(ticks.getTicker("A", exchange))).isNull();
    assertThat(get(ticks.getPrice("A", exchange))).isNull();
    assertThat(get(ticks.getNextTicker("A", exchange, 1))).isNull();
    assertThat(get(ticks.getAnyTicker("NONE"))).isNull();
    assertThat(get(ticks.getAllTickers(exchange))).isEmpty();
    assertThat(get(ticks.deleteTicker("A", exchange))).isFalse();
    assertThat(get(ticks.deleteExchangeTickers(exchange))).isZero();
    assertThat(get(ticks.updateTickers(List.of()))).isZero();
    assertThat(get(symbols.getSymbol("A", exchange))).isNull();
    assertThat(get(symbols.getSymbols(exchange))).isEmpty();
    assertThat(get(symbols.putSymbols(List.of()))).isNull();
  }

  @Test
  void theNextTickerIsWaitedForAcrossTheCluster() {
    TickCache ticks = TickCache.proxy(typed);
    Future<Tick> next = ticks.getNextTicker("A", exchange, 20_000);
    // Answered behind it: it waits now.
    get(ticks.getTicker("A", exchange));

    get(here.ticks().updateTicker(exchange, full("A")));

    assertThat(get(next).price()).isEqualTo(LONG);
  }

  @Test
  void typedSymbolsAreTheSameExactly() {
    SymbolCache symbols = SymbolCache.proxy(typed);
    Symbol symbol =
        new Symbol(
            "BTC/USD:PERP",
            exchange,
            "BTC",
            "USD",
            8,
            new BigDecimal("0.0100"),
            false,
            LONG,
            new BigDecimal("1.0"),
            "€");

    get(symbols.putSymbol(symbol));

    assertThat(get(symbols.getSymbol("BTC/USD:PERP", exchange))).isEqualTo(symbol);
    assertThat(get(symbols.getSymbols(exchange))).containsExactly(symbol);
    assertThat(get(here.symbols().getSymbols(exchange))).containsExactly(symbol);
    assertThat(get(symbols.deleteSymbol("BTC/USD:PERP", exchange))).isTrue();
  }

  @Test
  void plainJsonIsTheSame() {
    JsonObject tick = full("A").toJson();
    JsonObject which = new JsonObject().put("exchange", exchange).put("symbol", "A");
    JsonObject update = new JsonObject().put("exchange", exchange).put("tick", tick);

    assertThat(get(call(TickCache.ADDRESS, "updateTicker", update))).isEqualTo(true);

    for (String action : List.of("getTicker", "getPrice", "getAllTickers")) {
      Object answer = get(call(TickCache.ADDRESS, action, which));
      assertThat(answer).as(action).isEqualTo(get(here.call(TickCache.ADDRESS, action, which)));
    }
    JsonObject answer = (JsonObject) get(call(TickCache.ADDRESS, "getTicker", which));
    answer.remove("seq");
    assertThat(answer).isEqualTo(tick);
    assertThat(answer.getValue("time")).isInstanceOf(Double.class);
  }

  static Stream<Arguments> badCalls() {
    JsonObject which = new JsonObject().put("exchange", "a").put("symbol", "A");
    JsonObject tick =
        new JsonObject().put("exchange", "a").put("symbol", "A").put("price", 1).put("time", 1);
    return Stream.of(
        Arguments.of("drop", new JsonObject()),
        Arguments.of("getTicker", null),
        Arguments.of("getTicker", new JsonArray()),
        Arguments.of("getTicker", "text"),
        Arguments.of("getTicker", new JsonObject().put("exchange", "a")),
        Arguments.of("getTicker", which.copy().put("symbol", "A B")),
        Arguments.of("getNextTicker", which.copy().put("timeoutMs", 20_001)),
        Arguments.of("getNextTicker", which.copy().put("timeoutMs", 1.5)),
        Arguments.of("getNextTicker", which.copy().put("timeoutMs", 4_294_967_297L)),
        Arguments.of("updateTicker", which.copy().put("tick", tick.copy().put("price", "abc"))),
        Arguments.of("updateTicker", new JsonObject().put("exchange", "b").put("tick", tick)),
        Arguments.of("updateTickers", new JsonObject().put("ticks", new JsonArray().addNull())));
  }

  @ParameterizedTest
  @MethodSource("badCalls")
  void failuresAreTheSame(String action, Object body) {
    ServiceException failure = (ServiceException) failure(call(TickCache.ADDRESS, action, body));
    ServiceException failureHere =
        (ServiceException) failure(here.call(TickCache.ADDRESS, action, body));

    assertThat(failure.failureCode()).isEqualTo(400).isEqualTo(failureHere.failureCode());
    assertThat(failure).hasMessage(failureHere.getMessage());
    assertThat(failure.getDebugInfo())
        .isEqualTo(failureHere.getDebugInfo())
        .isEqualTo(new JsonObject().put("code", "INVALID_ARGUMENT"));
  }

  @Test
  void typedFailuresAreTheSame() {
    Tick tick = full("A");

    ServiceException failure =
        (ServiceException) failure(TickCache.proxy(typed).updateTicker("other", tick));

    assertThat(failure)
        .hasMessage("tick.exchange: must be the call's exchange other, got \"" + exchange + "\"");
    assertThat(failure.failureCode()).isEqualTo(400);
    assertThat(failure.getDebugInfo()).isEqualTo(new JsonObject().put("code", "INVALID_ARGUMENT"));
  }
}
