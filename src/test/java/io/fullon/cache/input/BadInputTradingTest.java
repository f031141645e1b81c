package io.fullon.cache.input;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.input.Action.BadCall;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every action of orders and trades refuses what does not fit, names it, and stores nothing. */
class BadInputTradingTest {

  private static final int MAX_MESSAGE = 1_000;
  private static final String ID = "id-1";
  private static final Order ORDER = Order.builder().exOrderId(ID).build();
  private static final Trade TRADE =
      Trade.builder(ID, "BTC", Side.BUY).volume(BigDecimal.ONE).price(BigDecimal.ONE).build();

  private static final Trade NOTHING = TRADE.toBuilder().volume(new BigDecimal("0.00")).build();

  @AutoClose private static final CacheNode node = CacheNode.start();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  static Stream<Action> actions() {
    return Stream.of(TradingServices.ORDERS_ACTIONS, TradingServices.TRADES_ACTIONS)
        .flatMap(actions -> actions.stream());
  }

  static Stream<BadCall> badCalls() {
    return actions().flatMap(Action::badCalls);
  }

  private static void assertRefused(Future<?> call, String field) {
    Throwable failure = failure(call);

    assertThat(failure)
        .isExactlyInstanceOf(ServiceException.class)
        .hasMessageStartingWith(field + ": ");
    ServiceException refusal = (ServiceException) failure;
    assertThat(refusal.failureCode()).isEqualTo(400);
    assertThat(refusal.getDebugInfo()).isEqualTo(new JsonObject().put("code", "INVALID_ARGUMENT"));
    assertThat(refusal.getMessage()).hasSizeLessThan(MAX_MESSAGE).doesNotContain("\n");
    assertThat(node.keys()).as("keys in Redis").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("actions")
  void takesTheCallThatTheBadOnesAreMadeOf(Action action) {
    Future<Object> call = node.call(action.address(), action.name(), action.goodCall());

    get(call.otherwiseEmpty());
    assertThat(call.succeeded()).as("%s", call.cause()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("badCalls")
  void refusesWhatDoesNotFitAndNamesIt(BadCall call) {
    assertRefused(
        node.call(call.action().address(), call.action().name(), call.body()),
        call.spoiled().path());
  }

  private record BadArgument(String call, String field, Function<CacheNode, Future<?>> make) {

    @Override
    public String toString() {
      return call;
    }
  }

  private static BadArgument orders(
      String call, String field, Function<OrdersCache, Future<?>> make) {
    return new BadArgument(call, field, node -> make.apply(node.orders()));
  }

  private static BadArgument trades(
      String call, String field, Function<TradesCache, Future<?>> make) {
    return new BadArgument(call, field, node -> make.apply(node.trades()));
  }

  static Stream<BadArgument> badArguments() {
    JsonObject data = new JsonObject();
    JsonObject otherId = new JsonObject().put("ex_order_id", "other");
    Order elsewhere = Order.builder().exOrderId(ID).exId("other").build();
    return Stream.of(
        orders("push(null, …)", "exOrderId", c -> c.pushOpenOrder(null, ID)),
        orders("push(\"\", …)", "exOrderId", c -> c.pushOpenOrder("", ID)),
        orders("push(…, null)", "localOrderId", c -> c.pushOpenOrder(ID, null)),
        orders("pop(null, …)", "localOrderId", c -> c.popOpenOrder(null, 0)),
        orders("pop(…, -1)", "timeoutMs", c -> c.popOpenOrder(ID, -1)),
        orders("pop(…, 20001)", "timeoutMs", c -> c.popOpenOrder(ID, 20_001)),
        orders("take(null, …)", "localOrderId", c -> c.takeOpenOrder(null, ID, 0)),
        orders("take(…, null, …)", "consumer", c -> c.takeOpenOrder(ID, null, 0)),
        orders("take(…, \"\", …)", "consumer", c -> c.takeOpenOrder(ID, "", 0)),
        orders("take(…, -1)", "timeoutMs", c -> c.takeOpenOrder(ID, ID, -1)),
        orders("take(…, 20001)", "timeoutMs", c -> c.takeOpenOrder(ID, ID, 20_001)),
        orders("ack(null, …)", "localOrderId", c -> c.ackOpenOrder(null, "1.1")),
        orders("ack(…, null)", "receipt", c -> c.ackOpenOrder(ID, null)),
        orders("length(null)", "localOrderId", c -> c.getQueueLength(null)),
        orders("saveOrder(null, …)", "exId", c -> c.saveOrder(null, ORDER)),
        orders("saveOrder(…, null)", "order", c -> c.saveOrder(ID, null)),
        orders("saveOrder(…, elsewhere)", "order.ex_id", c -> c.saveOrder(ID, elsewhere)),
        orders(
            "saveOrder(…, no id)",
            "order.ex_order_id",
            c -> c.saveOrder(ID, Order.builder().build())),
        orders("saveOrderData(null, …)", "exId", c -> c.saveOrderData(null, ID, data)),
        orders("saveOrderData(…, null, …)", "exOrderId", c -> c.saveOrderData(ID, null, data)),
        orders("saveOrderData(…, null)", "data", c -> c.saveOrderData(ID, ID, null)),
        orders(
            "saveOrderData(…, other id)",
            "data.ex_order_id",
            c -> c.saveOrderData(ID, ID, otherId)),
        orders("getOrderStatus(null, …)", "exId", c -> c.getOrderStatus(null, ID)),
        orders("getOrderStatus(…, null)", "exOrderId", c -> c.getOrderStatus(ID, null)),
        orders("getOrders(null)", "exId", c -> c.getOrders(null)),
        orders("deleteOrder(null, …)", "exId", c -> c.deleteOrder(null, ID)),
        orders("deleteOrder(…, null)", "exOrderId", c -> c.deleteOrder(ID, null)),
        trades("push(null, …)", "symbol", c -> c.pushTradeList(null, "x", TRADE)),
        trades("push(…, null, …)", "exchange", c -> c.pushTradeList("BTC", null, TRADE)),
        trades("push(…, null)", "trade", c -> c.pushTradeList("BTC", "x", null)),
        trades("push(…, nothing)", "trade.volume", c -> c.pushTradeList("BTC", "x", NOTHING)),
        trades("pushMy(…, nothing)", "trade.volume", c -> c.pushMyTradesList("u", "x", NOTHING)),
        trades("push(other, …)", "trade.symbol", c -> c.pushTradeList("ETH", "x", TRADE)),
        trades("get(*, …)", "symbol", c -> c.getTradesList("*", "x", 1)),
        trades("get(…, 0)", "max", c -> c.getTradesList("BTC", "x", 0)),
        trades("get(…, 100001)", "max", c -> c.getTradesList("BTC", "x", 100_001)),
        trades("drain(…, *, …)", "exchange", c -> c.drainTradesList("BTC", "*", 1)),
        trades("drain(…, -1)", "max", c -> c.drainTradesList("BTC", "x", -1)),
        trades("pushMy(null, …)", "uid", c -> c.pushMyTradesList(null, "x", TRADE)),
        trades("pushMy(…, null)", "trade", c -> c.pushMyTradesList(ID, "x", null)),
        trades("popMy(\"\", …)", "uid", c -> c.popMyTrade("", "x", 0)),
        trades("popMy(…, 20001)", "timeoutMs", c -> c.popMyTrade(ID, "x", 20_001)),
        trades("getTradeStatus(null)", "exchange", c -> c.getTradeStatus(null)));
  }

  @ParameterizedTest
  @MethodSource("badArguments")
  void makesFailedFuturesOfBadArguments(BadArgument call) {
    assertRefused(call.make().apply(node), call.field());
  }

  @ParameterizedTest
  @MethodSource("deepData")
  void refusesAProgramsOwnFieldThatCouldNotBeReadBack(String action, String parameter) {
    JsonObject deep = new JsonObject();
    for (int i = 0; i < 900; i++) {
      deep = new JsonObject().put("n", deep);
    }
    JsonObject body =
        new JsonObject()
            .put("exId", ID)
            .put("exOrderId", ID)
            .put(parameter, new JsonObject().put("ex_order_id", ID).put("deep", deep));

    assertRefused(node.call(OrdersCache.ADDRESS, action, body), parameter + ".deep");
  }

  static Stream<Arguments> deepData() {
    return Stream.of(Arguments.of("saveOrder", "order"), Arguments.of("saveOrderData", "data"));
  }
}
