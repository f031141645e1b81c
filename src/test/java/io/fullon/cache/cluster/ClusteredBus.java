package io.fullon.cache.cluster;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static java.util.Collections.singletonList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.process.ProcessType;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Cluster;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickVerticle;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The nodes of a cluster that have no service get what the node with the services gets. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ClusteredBus {

  private static final BigDecimal LONG =
      new BigDecimal("12345678901234567890.12345678901234567890");
  private static final int ROUNDS = 100;
  private static final String MARKET = "market";
  private static final Trade TRADE =
      Trade.fromJson(
          new JsonObject()
              .put("trade_id", "T1")
              .put("symbol", "A")
              .put("side", "buy")
              .put("volume", "1.50")
              .put("price", "9.9640")
              .put("time", 1));
  private static final Order ORDER =
      Order.fromJson(
          new JsonObject()
              .put("ex_order_id", "O1")
              .put("ex_id", MARKET)
              .put("symbol", "A")
              .put("volume", "1.50")
              .put("note", "own"));
  private static final JsonObject UPDATE = new JsonObject().put("status", "open").put("price", "2");
  private static final AtomicInteger EXCHANGES = new AtomicInteger();

  private final Cluster.Kind kind;
  private EmbeddedRedis redis;
  private Cluster cluster;
  private CacheNode here;
  private Vertx typed;
  private Vertx plain;
  private String exchange;

  ClusteredBus(Cluster.Kind kind) {
    this.kind = kind;
  }

  @BeforeAll
  void startCluster() {
    redis = CacheNode.newRedis();
    cluster = new Cluster(kind);
    here = CacheNode.start(redis, cluster.join(), new JsonObject());
    typed = cluster.join();
    // Has neither a service nor a typed client.
    plain = cluster.join();
    Failure.registerCodec(plain);
    fill();
  }

  @BeforeEach
  void anotherExchange() {
    exchange = "exchange" + EXCHANGES.incrementAndGet();
  }

  @AfterAll
  void stopCluster() {
    cluster.close();
    redis.close();
  }

  private Future<Object> call(String address, String action, Object body) {
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
        Symbol.builder(exchange, "BTC/USD:PERP")
            .base("BTC")
            .quote("USD")
            .precision(8)
            .tickSize(new BigDecimal("0.0100"))
            .margin(false)
            .leverage(LONG)
            .contractSize(new BigDecimal("1.0"))
            .description("€")
            .build();

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

  @Test
  void whoeverDeletesWhereTheServiceIsDoesNotReadItAgain() {
    // Calls of this node could go to the other one, too.
    try (Other other = new Other()) {
      TickCache ticks = other.ticks();
      for (int i = 0; i < ROUNDS; i++) {
        Tick tick = Tick.of(exchange, "A", BigDecimal.valueOf(i), Instant.ofEpochSecond(i));

        assertThat(get(ticks.updateTicker(exchange, tick))).isTrue();
        assertThat(get(ticks.getPrice("A", exchange))).as("round " + i).isEqualTo(tick.price());
        assertThat(get(ticks.deleteTicker("A", exchange))).isTrue();
        assertThat(get(ticks.getTicker("A", exchange))).as("round " + i).isNull();
      }
    }
  }

  /** One more node with services, of ticks alone. */
  private final class Other implements AutoCloseable {

    private final Vertx vertx = cluster.join();
    private final String deployment =
        get(
            vertx.deployVerticle(
                new TickVerticle(),
                new DeploymentOptions()
                    .setConfig(
                        CacheNode.config(redis, new JsonObject().put("web", new JsonObject())))));

    TickCache ticks() {
      return TickCache.proxy(vertx);
    }

    @Override
    public void close() {
      get(vertx.undeploy(deployment));
    }
  }

  static Stream<Arguments> calls() {
    return Stream.of(
        Arguments.of("getSymbols", symbols(c -> c.getSymbols(MARKET))),
        Arguments.of("getSymbol", symbols(c -> c.getSymbol("A", MARKET))),
        Arguments.of("getTicker", ticks(c -> c.getTicker("A", MARKET))),
        Arguments.of("getAnyTicker", ticks(c -> c.getAnyTicker("A"))),
        Arguments.of("getAllTickers", ticks(c -> c.getAllTickers(MARKET))),
        Arguments.of("getOrders", orders(c -> c.getOrders(MARKET))),
        Arguments.of("getOrderStatus", orders(c -> c.getOrderStatus(MARKET, "O1"))),
        Arguments.of("saveOrderData", orders(c -> c.saveOrderData(MARKET, "O1", UPDATE))),
        Arguments.of("getQueueLength", orders(c -> c.getQueueLength("queue"))),
        Arguments.of("ackOpenOrder", orders(c -> c.ackOpenOrder("queue", "receipt"))),
        Arguments.of("getTradesList", trades(c -> c.getTradesList("A", MARKET, 10))),
        Arguments.of("getTradeStatus", trades(c -> c.getTradeStatus(MARKET))),
        Arguments.of("pushTradeList", trades(c -> c.pushTradeList("A", MARKET, TRADE, true))),
        Arguments.of("getPositions", accounts(c -> c.getPositions(1))),
        Arguments.of("applyFill", accounts(c -> c.applyFill(1, TRADE))),
        Arguments.of(
            "replacePositions",
            accounts(c -> c.replacePositions(2, List.of(), Instant.ofEpochSecond(1, 5_000)))),
        Arguments.of("getFullAccount", accounts(c -> c.getFullAccount(1, "USDT"))),
        Arguments.of("getAllAccounts", accounts(AccountCache::getAllAccounts)),
        Arguments.of("getBlocks", bots(BotCache::getBlocks)),
        Arguments.of("isBlocked", bots(c -> c.isBlocked(MARKET, "A"))),
        Arguments.of("getBots", bots(BotCache::getBots)),
        Arguments.of("updateBot", bots(c -> c.updateBot("bot", new JsonObject().put("a", 1)))),
        Arguments.of(
            "getActiveProcesses",
            processes(c -> c.getActiveProcesses(ProcessType.ACCOUNT, null, null, true))),
        Arguments.of("getComponentStatus", processes(c -> c.getComponentStatus("follower"))),
        Arguments.of("updateProcess", processes(c -> c.updateProcess("bot:nobody:1.5"))),
        Arguments.of("getQuote", flows(c -> c.getQuote("A", MARKET))),
        // Failures.
        Arguments.of("putSymbol(null)", symbols(c -> c.putSymbol(null))),
        Arguments.of("putSymbols([null])", symbols(c -> c.putSymbols(singletonList(null)))),
        Arguments.of("updateTickers(null)", ticks(c -> c.updateTickers(null))),
        Arguments.of("getNextTicker(-1)", ticks(c -> c.getNextTicker("A", MARKET, -1))),
        Arguments.of("popOpenOrder(MAX)", orders(c -> c.popOpenOrder("q", Long.MAX_VALUE))),
        Arguments.of("saveOrderData(null)", orders(c -> c.saveOrderData(MARKET, "O1", null))),
        Arguments.of("saveOrder(other)", orders(c -> c.saveOrder("other", ORDER))),
        Arguments.of("upsertPositions(null)", accounts(c -> c.upsertPositions(1, null))),
        Arguments.of(
            "replacePositions(MAX)", accounts(c -> c.replacePositions(1, List.of(), Instant.MAX))),
        Arguments.of("getTradesList(0)", trades(c -> c.getTradesList("A", MARKET, 0))),
        Arguments.of("registerProcess(null)", processes(c -> c.registerProcess(null, "a"))),
        Arguments.of("settleOrder(none)", flows(c -> c.settleOrder(MARKET, "none", 1))));
  }

  private static Function<Vertx, Future<?>> symbols(Function<SymbolCache, Future<?>> call) {
    return vertx -> call.apply(SymbolCache.proxy(vertx));
  }

  private static Function<Vertx, Future<?>> ticks(Function<TickCache, Future<?>> call) {
    return vertx -> call.apply(TickCache.proxy(vertx));
  }

  private static Function<Vertx, Future<?>> orders(Function<OrdersCache, Future<?>> call) {
    return vertx -> call.apply(OrdersCache.proxy(vertx));
  }

  private static Function<Vertx, Future<?>> trades(Function<TradesCache, Future<?>> call) {
    return vertx -> call.apply(TradesCache.proxy(vertx));
  }

  private static Function<Vertx, Future<?>> accounts(Function<AccountCache, Future<?>> call) {
    return vertx -> call.apply(AccountCache.proxy(vertx));
  }

  private static Function<Vertx, Future<?>> bots(Function<BotCache, Future<?>> call) {
    return vertx -> call.apply(BotCache.proxy(vertx));
  }

  private static Function<Vertx, Future<?>> processes(Function<ProcessCache, Future<?>> call) {
    return vertx -> call.apply(ProcessCache.proxy(vertx));
  }

  private static Function<Vertx, Future<?>> flows(Function<FlowCache, Future<?>> call) {
    return vertx -> call.apply(FlowCache.proxy(vertx));
  }

  /** What is there to be read; the same calls again change nothing. */
  private void fill() {
    Vertx vertx = here.vertx();
    get(here.symbols().putSymbol(Symbol.of(MARKET, "A", 2, new BigDecimal("0.0100"))));
    get(
        here.ticks()
            .updateTicker(MARKET, Tick.of(MARKET, "A", LONG, Instant.ofEpochSecond(1, 1_000))));
    get(here.orders().saveOrder(MARKET, ORDER));
    get(here.orders().saveOrderData(MARKET, "O1", UPDATE));
    get(here.trades().pushTradeList("A", MARKET, TRADE, true));
    get(here.trades().pushTradeList("A", MARKET, TRADE, true));
    get(AccountCache.proxy(vertx).applyFill(1, TRADE));
    get(AccountCache.proxy(vertx).applyFill(1, TRADE));
    get(
        AccountCache.proxy(vertx)
            .upsertUserAccount(
                1, new JsonObject().put("USDT", new JsonObject().put("free", "9.9640"))));
    get(BotCache.proxy(vertx).blockExchange(MARKET, "A", "bot"));
    get(BotCache.proxy(vertx).updateBot("bot", new JsonObject().put("state", "up")));
    JsonObject params = new JsonObject().put("accounts", new JsonArray().add(1).add("9.9640"));
    get(
        ProcessCache.proxy(vertx)
            .registerProcess(ProcessType.ACCOUNT, "follower", params, null, null));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void typedCallsNearAndFarAreTheSame(String name, Function<Vertx, Future<?>> call) {
    Object near = outcome(call.apply(here.vertx()));
    Object far = outcome(call.apply(typed));

    assertThat(far).isEqualTo(near);
  }

  /** The result, which may be changed if it is a list, or all that a failure says. */
  private static Object outcome(Future<?> call) {
    Object outcome =
        get(
            call.transform(
                result ->
                    Future.succeededFuture(
                        result.succeeded()
                            ? result.result()
                            : String.valueOf(((ServiceException) result.cause()).getDebugInfo())
                                + result.cause().getMessage())));
    if (outcome instanceof List<?> list) {
      List<Object> copy = new ArrayList<>(list);
      list.clear();
      return copy;
    }
    if (outcome instanceof JsonObject json) {
      // The clock of each answer.
      json.forEach(
          entry -> {
            if (entry.getValue() instanceof JsonObject inner) {
              inner.remove("updated_at");
            }
          });
    }
    return outcome;
  }

  @Test
  void whoListensWithoutTheServiceGetsNoTicks() {
    List<Tick> got = new CopyOnWriteArrayList<>();
    List<Tick> gotHere = new CopyOnWriteArrayList<>();
    typed.eventBus().<Tick>consumer(TickCache.UPDATES, m -> got.add(m.body()));
    here.vertx().eventBus().<Tick>localConsumer(TickCache.UPDATES, m -> gotHere.add(m.body()));

    get(TickCache.proxy(typed).updateTicker(exchange, full("A")));

    await("the tick where the service is").until(() -> !gotHere.isEmpty());
    assertThat(got).isEmpty();
  }

  @Test
  void withoutAServiceTypedClientsSayItIsUnavailableAndOthersWhatTheBusSays() {
    Vertx lonely = Vertx.vertx();
    try {
      ServiceException failure =
          (ServiceException) failure(TickCache.proxy(lonely).getPrice("A", exchange));
      Throwable plainly =
          failure(
              lonely
                  .eventBus()
                  .request(
                      TickCache.ADDRESS,
                      new JsonObject(),
                      new DeliveryOptions().addHeader("action", "getPrice")));

      assertThat(failure).hasMessage("fullon.tick, getPrice: no node has the service");
      assertThat(failure.failureCode()).isEqualTo(503);
      assertThat(failure.getDebugInfo()).isEqualTo(new JsonObject().put("code", "UNAVAILABLE"));
      assertThat(plainly)
          .isInstanceOfSatisfying(
              ReplyException.class,
              e -> assertThat(e.failureType()).isEqualTo(ReplyFailure.NO_HANDLERS));
    } finally {
      get(lonely.close());
    }
  }
}
