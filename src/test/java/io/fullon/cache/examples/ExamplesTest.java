package io.fullon.cache.examples;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.account.PositionSide;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.examples.GracefulDegradation.Step;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.flow.Quote;
import io.fullon.cache.flow.Settlement;
import io.fullon.cache.orders.Order;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs every example, each on a Redis of its own that is empty at first. */
class ExamplesTest {

  private static final JsonObject WITHOUT_GATEWAY =
      new JsonObject().put("web", new JsonObject().put("enabled", false));
  private static final JsonObject FILL =
      new JsonObject()
          .put("status", "filled")
          .put("final_volume", "0.1")
          .put("fill_price", "50000.0");

  @AutoClose private final CacheNode node = CacheNode.start(WITHOUT_GATEWAY);
  private final Vertx vertx = node.vertx();

  private void haveAPrice(String price) {
    Tick tick = Tick.of("binance", "BTC/USDT", new BigDecimal(price), Instant.now());
    get(node.ticks().updateTicker("binance", tick));
  }

  private void haveAFilledOrder(String id) {
    JsonObject order =
        new JsonObject()
            .put("symbol", "BTC/USDT")
            .put("side", "buy")
            .put("uid", "user_123")
            .put("fee", "5.0")
            .put("timestamp", 1_626_916_403)
            .mergeIn(FILL);
    get(node.orders().saveOrderData("binance", id, order));
  }

  private List<Trade> trades() {
    return trades("BTC/USDT");
  }

  private List<Trade> trades(String symbol) {
    return get(TradesCache.proxy(vertx).getTradesList(symbol, "binance", 1_000));
  }

  private Position position() {
    return get(AccountCache.proxy(vertx).getPosition("BTC/USDT", 1));
  }

  private void assertNothingIsBlocked() {
    BotCache bots = BotCache.proxy(vertx);
    assertThat(get(bots.getBlocks())).isEmpty();
    assertThat(get(bots.isOpeningPosition("binance", "BTC/USDT"))).isFalse();
  }

  // Workflows

  @Test
  void completeTradingWorkflow() {
    CompleteTradingWorkflow.Outcome outcome = get(CompleteTradingWorkflow.run(vertx));

    assertThat(outcome.order().status()).isEqualTo("filled");
    assertThat(outcome.order().fillPrice()).isEqualTo("50000.0");
    assertThat(outcome.order().cost()).isEqualTo("5000.0");
    assertThat(outcome.trades()).extracting(Trade::tradeId).containsExactly("TRD_001");
    assertThat(outcome.positions()).hasSize(1);
    assertThat(outcome.positions().get(0).size()).isEqualTo("0.1");
    assertThat(outcome.positions().get(0).side()).isEqualTo(PositionSide.LONG);
    assertThat(outcome.price()).isEqualTo("50000.0");
    assertThat(get(node.symbols().getSymbol("BTC/USDT", "binance")).leverage()).isEqualTo("10.0");
    assertThat(get(node.orders().getQueueLength("LOCAL_001"))).isZero();
  }

  @Test
  void orderTradePositionFlow() {
    assertThat(get(OrderTradePositionFlow.run(vertx))).isNull();
    haveAFilledOrder("ORD_123");

    Settlement settlement = get(OrderTradePositionFlow.run(vertx));

    assertThat(settlement.settledBefore()).isFalse();
    assertThat(trades()).containsExactly(settlement.trade());
    assertThat(position()).isEqualTo(settlement.position());
    assertThat(position().costBasis()).isEqualByComparingTo("5000");
    assertThat(get(OrderTradePositionFlow.run(vertx)).settledBefore()).isTrue();
  }

  @Test
  void orderTradePositionFlowStepByStep() {
    assertThat(get(OrderTradePositionFlow.stepByStep(vertx))).isNull();
    haveAFilledOrder("ORD_123");

    Position updated = get(OrderTradePositionFlow.stepByStep(vertx));

    assertThat(updated.size()).isEqualTo("0.1");
    assertThat(updated.entryPrice()).isEqualByComparingTo("50000");
    // Both ways name the trade alike, so that they do not count it twice.
    assertThat(get(OrderTradePositionFlow.run(vertx)).settledBefore()).isTrue();
    assertThat(trades()).hasSize(1);
    assertThat(position()).isEqualTo(updated);
  }

  @Test
  void botCoordination() {
    haveAPrice("50000.0");

    for (Function<Vertx, Future<Order>> example :
        List.<Function<Vertx, Future<Order>>>of(
            BotCoordination::run, BotCoordination::stepByStep)) {
      Order order = get(example.apply(vertx));

      assertThat(order.status()).isEqualTo("filled");
      assertThat(order.botId()).isEqualTo("arbitrage_bot_1");
      assertThat(order.price()).isEqualTo("50000.0");
      assertNothingIsBlocked();
      get(node.orders().deleteOrder("binance", order.exOrderId()));
    }
  }

  @Test
  void botCoordinationWhileAnotherBotHasTheSymbol() {
    haveAPrice("50000.0");
    get(BotCache.proxy(vertx).blockExchange("binance", "BTC/USDT", "other_bot"));

    assertFails(BotCoordination.run(vertx), Failure.CONFLICT);
    assertThat(get(BotCoordination.stepByStep(vertx))).isNull();

    assertThat(get(node.orders().getOrders("binance"))).isEmpty();
    assertThat(get(BotCache.proxy(vertx).isBlocked("binance", "BTC/USDT"))).isEqualTo("other_bot");
  }

  @Test
  void batchOperations() {
    BatchOperations.Outcome outcome = get(BatchOperations.run(vertx));

    assertThat(outcome.tickersUpdated()).isEqualTo(3);
    assertThat(outcome.ordersCreated())
        .extracting(Order::symbol)
        .containsExactly("BTC/USDT", "ETH/USDT", "ADA/USDT");
    assertThat(get(node.ticks().getAllTickers("binance"))).hasSize(3);
  }

  @Test
  void gracefulDegradation() {
    assertThat(get(GracefulDegradation.run(vertx)))
        .isEqualTo(new GracefulDegradation.Outcome(null, Step.SKIPPED, Step.SKIPPED));
    haveAPrice("50000.0");

    assertThat(get(GracefulDegradation.run(vertx)))
        .isEqualTo(
            new GracefulDegradation.Outcome(new BigDecimal("50000.0"), Step.DONE, Step.DONE));
    assertThat(get(GracefulDegradation.run(vertx)).trade()).isEqualTo(Step.DONE);
    assertThat(trades()).hasSize(1);
  }

  @Test
  void gracefulDegradationWhileRedisIsAway() {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode lonely = CacheNode.start(redis, WITHOUT_GATEWAY)) {
      Tick tick = Tick.of("binance", "BTC/USDT", new BigDecimal("50000.0"), Instant.now());
      get(lonely.ticks().updateTicker("binance", tick));

      redis.close();

      // The price is still served for a while; what is under way when Redis goes may be UNKNOWN.
      await("Redis to be missed")
          .until(
              () -> get(GracefulDegradation.run(lonely.vertx())),
              new GracefulDegradation.Outcome(
                      new BigDecimal("50000.0"), Step.NOT_DONE, Step.NOT_DONE)
                  ::equals);
    }
  }

  @Test
  void resourceManagement() {
    assertThat(get(ResourceManagement.withoutAnythingToClose(vertx))).isTrue();
    int deployed = vertx.deploymentIDs().size();

    assertThat(get(ResourceManagement.withSomethingOfItsOwn(vertx))).isEqualTo(1);

    assertThat(vertx.deploymentIDs()).hasSize(deployed);
  }

  @Test
  void tradingEngine() {
    TradingEngine engine = new TradingEngine();
    get(vertx.deployVerticle(engine));
    Tick tick = Tick.of("binance", "ETH/USDT", BigDecimal.TEN, Instant.now());

    assertThat(get(engine.processMarketData(List.of(tick)))).isEqualTo(1);

    await("the tick to come by").until(() -> engine.latest() != null);
    assertThat(engine.latest().symbol()).isEqualTo("ETH/USDT");
  }

  // Each cache, typed and in plain JSON

  @Test
  void symbolExample() {
    JsonObject typed = get(SymbolExample.typed(vertx)).toJson();
    get(node.symbols().deleteSymbol("BTC/USDT", "binance"));

    assertThat(get(SymbolExample.plainJson(vertx))).isEqualTo(typed);
    assertThat(typed.getString("tick_size")).isEqualTo("0.01");
  }

  @Test
  void tickExample() {
    assertThat(get(TickExample.typed(vertx)).toPlainString()).isEqualTo("50000.10");
    get(node.ticks().deleteTicker("BTC/USDT", "binance"));

    assertThat(get(TickExample.plainJson(vertx))).isEqualTo("50000.10");
  }

  @Test
  void ordersExample() {
    JsonObject typed = get(OrdersExample.typed(vertx)).toJson();
    assertThat(get(node.orders().deleteOrder("binance", "ORD_1"))).isTrue();

    JsonObject plain = get(OrdersExample.plainJson(vertx));
    assertThat(plain.remove("version")).isNotEqualTo(typed.remove("version"));
    assertThat(plain).isEqualTo(typed);
    assertThat(typed.getString("status")).isEqualTo("filled");
    assertThat(get(node.orders().takeOpenOrder("LOCAL_1", "bot", 0))).isNull();
  }

  @Test
  void tradesExampleTyped() {
    assertThat(get(TradesExample.typed(vertx))).extracting(Trade::tradeId).containsExactly("TRD_1");
    assertThat(trades()).isEmpty();
  }

  @Test
  void tradesExampleInPlainJson() {
    assertThat(get(TradesExample.plainJson(vertx)).encode())
        .isEqualTo(
            "[{\"trade_id\":\"TRD_1\",\"symbol\":\"BTC/USDT\",\"side\":\"buy\","
                + "\"volume\":\"0.1\",\"price\":\"50000.0\"}]");
    assertThat(trades()).isEmpty();
  }

  @Test
  void accountExample() {
    Position typed = get(AccountExample.typed(vertx));
    assertThat(typed.size()).isEqualTo("0.1");

    // The same fill counts once, whoever brings it.
    assertThat(get(AccountExample.plainJson(vertx))).isEqualTo(typed.toJson());
  }

  @Test
  void botExample() {
    assertThat(get(BotExample.typed(vertx))).isEqualTo("bot_1");
    assertNothingIsBlocked();

    assertThat(get(BotExample.plainJson(vertx))).isEqualTo("bot_1");
    assertNothingIsBlocked();
  }

  @Test
  void processExample() {
    assertThat(get(ProcessExample.typed(vertx))).isEqualTo("page 7");
    assertThat(get(ProcessExample.plainJson(vertx))).isEqualTo("page 7");
  }

  @Test
  void flowExample() {
    assertThat(get(FlowExample.typedQuote(vertx))).isNull();
    get(SymbolExample.typed(vertx));
    haveAPrice("50000.126");
    haveAFilledOrder("ORD_1");

    Quote quote = get(FlowExample.typedQuote(vertx));
    assertThat(quote.aligned()).isFalse();
    assertThat(quote.formattedPrice()).isEqualTo("50000.13");
    assertThat(get(FlowExample.plainJsonQuote(vertx))).isEqualTo(quote.toJson());

    Settlement settlement = get(FlowExample.typedSettlement(vertx));
    assertThat(get(FlowExample.plainJsonSettlement(vertx)))
        .isEqualTo(settlement.toJson().put("counted", false).put("settled_before", true));
  }

  // What an exchange sends

  private Position held(String symbol) {
    return get(AccountCache.proxy(vertx).getPosition(symbol, 5));
  }

  @Test
  void exchangeMessages() {
    ExchangeMessages messages = new ExchangeMessages(vertx);
    Instant begin = Instant.now().minusSeconds(60);
    for (int times = 1; times <= 2; times++) {
      get(messages.orderUpdate(begin.plusSeconds(2)));
      get(messages.cancelThatCrossedAFill(begin.plusSeconds(3)));
      get(messages.orderUpdateAndExecution(begin.plusSeconds(3)));
      get(messages.execution(begin.plusSeconds(1)));
      get(messages.executionWithoutOrder(begin.plusSeconds(4)));
      get(messages.positionPush(begin.plusSeconds(5)));
      get(messages.funding(begin.plusSeconds(6)));

      assertThat(held("BTC/USDT").size()).isEqualByComparingTo("0.4");
      assertThat(held("BTC/USDT").fees()).isEqualTo(Map.of("BNB", new BigDecimal("0.008")));
      assertThat(held("SOL/USDT").size()).isEqualByComparingTo("2");
      assertThat(held("SOL/USDT").fees()).isEqualTo(Map.of("BNB", new BigDecimal("0.003")));
      assertThat(held("ETH/USDT:USDT").size()).isEqualByComparingTo("-3");
      assertThat(held("ETH/USDT:USDT").realizedPnl()).isEqualByComparingTo("-0.0175");
    }
    assertThat(get(node.orders().getOrderStatus("binance", "ORD_6")).isFinal()).isTrue();
    assertThat(get(node.orders().getOrderStatus("binance", "ORD_7")).status()).isEqualTo("FILLED");
    assertThat(trades()).hasSize(3);
    assertThat(trades("SOL/USDT")).extracting(Trade::tradeId).containsExactly("T3");

    assertThat(get(messages.allPositions(begin.plusSeconds(7)))).isEqualTo(1);
    assertThat(held("ETH/USDT:USDT").side()).isEqualTo(PositionSide.NEUTRAL);
    assertThat(get(messages.balances(begin))).isTrue();
  }

  // A restart

  /** Of the order, one of three executions was reported; one came after the positions. */
  private static class Meanwhile implements Restart.Exchange {

    private final Instant begin = Instant.now().minusSeconds(60);

    Trade execution(int number) {
      return Trade.builder("T" + number, "BTC/USDT", Side.BUY)
          .volume(new BigDecimal("0.1"))
          .price(new BigDecimal("50000"))
          .fee(new BigDecimal("0.001"))
          .feeCurrency("BNB")
          .exOrderId("ORD_7")
          .time(begin.plusSeconds(number))
          .build();
    }

    @Override
    public Future<Void> listen() {
      return Future.succeededFuture();
    }

    @Override
    public Future<JsonObject> order(String exOrderId) {
      return Future.succeededFuture(
          new JsonObject()
              .put("status", "partially_filled")
              .put("final_volume", "0.2")
              .put("fill_price", "50000")
              .put("fees", new JsonObject().put("BNB", "0.002"))
              .put("filled_at", Times.seconds(begin.plusSeconds(2))));
    }

    @Override
    public Future<List<Trade>> executions(String exOrderId) {
      return Future.succeededFuture(List.of(execution(1), execution(2)));
    }

    @Override
    public Future<Restart.Snapshot> positions() {
      return positions(begin.plusMillis(2_500));
    }

    /** What was bought without an order is in it. */
    Future<Restart.Snapshot> positions(Instant asOf) {
      Position position = Position.of("BTC/USDT", new BigDecimal("1.2"), new BigDecimal("50000"));
      return Future.succeededFuture(new Restart.Snapshot(List.of(position), asOf));
    }

    @Override
    public List<Trade> kept() {
      return List.of(execution(2), execution(3));
    }
  }

  /** The order has ended before the positions, and nothing comes any more. */
  private static class Ended extends Meanwhile {

    @Override
    public Future<JsonObject> order(String exOrderId) {
      return super.order(exOrderId).map(update -> update.put("status", "canceled"));
    }

    @Override
    public List<Trade> kept() {
      return List.of();
    }
  }

  private void haveAnOpenOrder() {
    JsonObject order =
        new JsonObject()
            .put("symbol", "BTC/USDT")
            .put("side", "buy")
            .put("volume", "0.3")
            .put("status", "open");
    get(node.orders().saveOrderData("binance", "ORD_7", order));
  }

  private void assertHeld(String size, String fee) {
    assertThat(held("BTC/USDT").size()).isEqualByComparingTo(size);
    assertThat(held("BTC/USDT").fees()).isEqualTo(Map.of("BNB", new BigDecimal(fee)));
  }

  @Test
  void restart() {
    Meanwhile meanwhile = new Meanwhile();
    haveAnOpenOrder();
    get(FlowCache.proxy(vertx).reportFill("binance", "ORD_7", 5, meanwhile.execution(1)));

    for (int times = 1; times <= 2; times++) {
      get(new Restart(vertx, meanwhile).run());

      assertHeld("1.3", "0.003");
      assertThat(get(node.orders().getOrderStatus("binance", "ORD_7")).status())
          .isEqualTo("filled");
      assertThat(trades()).hasSize(3);
    }
  }

  @Test
  void aRestartThatFailedIsBegunAgain() {
    Ended exchange =
        new Ended() {
          private boolean hasFailed;

          @Override
          public Future<List<Trade>> executions(String exOrderId) {
            if (hasFailed) {
              return super.executions(exOrderId);
            }
            hasFailed = true;
            return Future.failedFuture("Too many requests");
          }
        };
    haveAnOpenOrder();
    Restart restart = new Restart(vertx, exchange);

    assertThat(failure(restart.run())).hasMessage("Too many requests");
    get(restart.run());

    assertHeld("1.2", "0.002");
    assertThat(get(node.orders().getOrderStatus("binance", "ORD_7")).status())
        .isEqualTo("canceled");
    assertThat(trades()).extracting(Trade::tradeId).containsExactly("T1", "T2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRestartCountsWhatEndedJustBeforeTheProgram(boolean tellsExecutions) {
    Ended exchange = new Ended();
    JsonObject other = new JsonObject().put("symbol", "BTC/USDT").put("status", "canceled");
    get(
        Future.all(
            IntStream.range(0, 1_000)
                .mapToObj(i -> node.orders().saveOrderData("binance", "A" + i, other))
                .toList()));
    haveAnOpenOrder();
    get(node.orders().saveOrderData("binance", "ORD_7", get(exchange.order("ORD_7"))));

    for (int times = 1; times <= 2; times++) {
      Restart restart = new Restart(vertx, exchange);
      Future<?> done = tellsExecutions ? restart.run() : restart.runWithSums();
      get(done);

      assertHeld("1.2", "0.002");
      assertThat(trades()).extracting(Trade::volume).containsExactly(new BigDecimal("0.2"));
    }
  }

  @Test
  void aRestartAsksAFewTimesForPositionsThatAreUpToDate() {
    AtomicInteger asked = new AtomicInteger();
    Meanwhile exchange =
        new Meanwhile() {
          @Override
          public Future<Restart.Snapshot> positions() {
            return asked.incrementAndGet() <= 4
                ? positions(Instant.now().minusSeconds(120))
                : super.positions();
          }
        };
    haveAnOpenOrder();
    get(AccountCache.proxy(vertx).replacePositions(5, List.of(), exchange.execution(0).time()));
    Restart restart = new Restart(vertx, exchange);

    assertFails(restart.run(), Failure.CONFLICT);
    assertThat(asked).hasValue(3);
    get(restart.run());

    assertThat(asked).hasValue(5);
    assertHeld("1.3", "0.003");
  }

  @Test
  void restartOfAnExchangeThatTellsSums() {
    haveAnOpenOrder();
    Restart restart = new Restart(vertx, new Meanwhile());

    get(restart.runWithSums());
    get(restart.runWithSums());

    assertHeld("1.2", "0.002");
  }
}
