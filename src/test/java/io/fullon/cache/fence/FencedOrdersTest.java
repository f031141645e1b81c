package io.fullon.cache.fence;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Writes of orders that only the holder of the block can make. */
class FencedOrdersTest {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();
  private static final String SYMBOL = "币安人生/USD:PERP";
  private static final String BOT = "bot 1";
  private static final String OTHER = "bot 2";
  private static final long LONG_MS = 600_000;

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final BotCache bots = BotCache.proxy(node.vertx());
  private static final OrdersCache orders = node.orders();

  private final String exchange = "exchange-" + EXCHANGES.incrementAndGet();

  /** Every write, of the order O1 that is there. */
  private static final Map<String, BiFunction<String, Long, Future<?>>> WRITES =
      new LinkedHashMap<>();

  static {
    WRITES.put(
        "saveOrder",
        (exchange, token) -> orders.saveOrder(exchange, order().exOrderId("O1").build(), token));
    WRITES.put(
        "saveOrderData",
        (exchange, token) -> orders.saveOrderData(exchange, "O1", new JsonObject(), token));
    WRITES.put("bindOrder", (exchange, token) -> orders.bindOrder(exchange, "mine", "O1", token));
    WRITES.put("deleteOrder", (exchange, token) -> orders.deleteOrder(exchange, "O1", token));
  }

  static Stream<Arguments> writes() {
    return WRITES.entrySet().stream().map(write -> Arguments.of(write.getKey(), write.getValue()));
  }

  private static Order.Builder order() {
    return Order.builder().symbol(SYMBOL).status("open");
  }

  private static JsonObject data() {
    return new JsonObject().put("symbol", SYMBOL).put("status", "open");
  }

  @BeforeEach
  void saveOne() {
    get(orders.saveOrder(exchange, order().exOrderId("O1").reason("before").build()));
  }

  private long acquire(String bot) {
    return acquire(bot, SYMBOL);
  }

  private long acquire(String bot, String symbol) {
    return get(bots.acquireBlock(exchange, symbol, bot, LONG_MS)).token();
  }

  private Order stored() {
    return get(orders.getOrderStatus(exchange, "O1"));
  }

  private void letItEnd(String bot, long token) {
    get(bots.renewBlock(exchange, SYMBOL, bot, token, 10));
    await("the lease to end").until(() -> get(bots.isBlocked(exchange, SYMBOL)) == null);
  }

  private void assertFenced(Future<?> write, String holder) {
    Order before = stored();
    assertThat(assertFails(write, Failure.CONFLICT)).hasMessageContaining(holder);
    assertThat(stored()).isEqualTo(before);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writes")
  void aWriteWithTheTokenOfTheBlockIsDone(String name, BiFunction<String, Long, Future<?>> write) {
    long token = acquire(BOT);

    get(write.apply(exchange, token));

    if (name.equals("deleteOrder")) {
      assertThat(stored()).isNull();
    } else {
      assertThat(stored().blockToken()).isEqualTo(token);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writes")
  void aWriteUnderALastingBlockIsDoneToo(String name, BiFunction<String, Long, Future<?>> write) {
    get(bots.blockExchange(exchange, SYMBOL, BOT));
    long token =
        get(bots.getBlocks()).stream()
            .filter(block -> block.exchange().equals(exchange))
            .findFirst()
            .orElseThrow()
            .token();

    get(write.apply(exchange, token));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writes")
  void aWriteWithAnyOtherTokenIsRefused(String name, BiFunction<String, Long, Future<?>> write) {
    assertFenced(write.apply(exchange, 1L), "nobody");
    long old = acquire(BOT);
    long token = acquire(BOT);

    assertFenced(write.apply(exchange, old), BOT + " has it with " + token);
    assertFenced(write.apply(exchange, token + 1), BOT + " has it with " + token);
    letItEnd(BOT, token);
    assertFenced(write.apply(exchange, token), "nobody");
    long others = acquire(OTHER);
    assertFenced(write.apply(exchange, token), OTHER + " has it with " + others);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writes")
  void theBlockOfAnotherSymbolOrExchangeDoesNotDo(
      String name, BiFunction<String, Long, Future<?>> write) {
    assertFenced(write.apply(exchange, acquire(BOT, "BTC/USDT")), "nobody");
    long elsewhere = get(bots.acquireBlock(exchange + "-2", SYMBOL, BOT, LONG_MS)).token();
    assertFenced(write.apply(exchange, elsewhere), "nobody");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writes")
  void aWriteWithoutATokenIsNotLookedAt(String name, BiFunction<String, Long, Future<?>> write) {
    get(orders.saveOrderData(exchange, "O1", new JsonObject(), acquire(OTHER)));

    get(write.apply(exchange, null));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writes")
  void aTokenNeedsAnExchange(String name, BiFunction<String, Long, Future<?>> write) {
    assertRefused(write.apply("account:7", 1L), "exId");
    assertRefused(write.apply(exchange, -1L), "token");
  }

  @Test
  void theTokenStaysInTheOrder() {
    long first = acquire(BOT);
    Order merged = get(orders.saveOrderData(exchange, "O1", data(), first));
    assertThat(merged.blockToken()).isEqualTo(first);
    assertThat(stored()).isEqualTo(merged);

    get(orders.saveOrderData(exchange, "O1", new JsonObject().put("status", "filled")));
    assertThat(stored().blockToken()).isEqualTo(first);

    long second = acquire(BOT);
    get(orders.saveOrderData(exchange, "O1", new JsonObject().put("block_token", 7), second));
    assertThat(stored().blockToken()).isEqualTo(second);
    get(
        orders.saveOrder(
            exchange, order().exOrderId("O1").set(Order.BLOCK_TOKEN, 7L).build(), second));
    assertThat(stored().blockToken()).isEqualTo(second);
  }

  @Test
  void theBlockIsThatOfTheStoredSymbol() {
    long token = acquire(BOT);
    get(orders.saveOrderData(exchange, "O1", new JsonObject().put("reason", "merged"), token));
    assertThat(stored().reason()).isEqualTo("merged");

    get(orders.saveOrder(exchange, Order.builder().exOrderId("O1").status("open").build(), token));
    assertThat(stored().blockToken()).isEqualTo(token);
  }

  @Test
  void theBlockOfANewOrderIsThatOfItsOwnSymbol() {
    long token = acquire(BOT);
    get(orders.saveOrderData(exchange, "O2", data(), token));
    get(orders.saveOrder(exchange, order().exOrderId("O3").build(), token));

    assertThat(
            assertFails(orders.saveOrderData(exchange, "O4", data(), token - 1), Failure.CONFLICT))
        .hasMessageContaining(BOT);
    assertThat(get(orders.getOrderStatus(exchange, "O4"))).isNull();
  }

  @Test
  void twoSymbolsAreAConflict() {
    long token = acquire(BOT, "BTC/USDT");
    JsonObject others = data().put("symbol", "BTC/USDT");

    assertFenced(orders.saveOrderData(exchange, "O1", others, token), "symbol");
    assertFenced(
        orders.saveOrder(exchange, order().symbol("BTC/USDT").exOrderId("O1").build(), token),
        "symbol");
    assertFenced(
        orders.saveOrder(
            exchange, order().symbol("BTC/USDT").exOrderId("O1").build(), acquire(BOT)),
        "symbol");
    // As always without a token.
    get(orders.saveOrder(exchange, order().symbol("BTC/USDT").exOrderId("O1").build()));
  }

  @Test
  void aTokenNeedsASymbol() {
    long token = acquire(BOT);
    get(orders.saveOrder(exchange, Order.builder().exOrderId("N1").build()));

    assertRefused(
        orders.saveOrder(exchange, Order.builder().exOrderId("N1").build(), token), "symbol");
    assertRefused(orders.saveOrderData(exchange, "N1", new JsonObject(), token), "symbol");
    assertRefused(orders.saveOrderData(exchange, "N2", new JsonObject(), token), "symbol");
    assertRefused(orders.bindOrder(exchange, "mine", "N2", token), "symbol");
    assertRefused(orders.deleteOrder(exchange, "N1", token), "symbol");
    get(orders.saveOrderData(exchange, "N1", data(), token));
  }

  @Test
  void deletingWhatIsNotThereIsFalseWithAnyToken() {
    assertThat(get(orders.deleteOrder(exchange, "none", 1L))).isFalse();
  }

  @Test
  void whatIsBoundIsFencedByTheSymbolThatIsKnown() {
    long token = acquire(BOT);
    get(orders.saveOrderData(exchange, "own-1", data(), token));
    assertThat(assertFails(orders.bindOrder(exchange, "own-1", "O2", token - 1), Failure.CONFLICT))
        .hasMessageContaining(BOT);

    Order bound = get(orders.bindOrder(exchange, "own-1", "O2", token));

    assertThat(bound.blockToken()).isEqualTo(token);
    assertThat(bound.clientOrderId()).isEqualTo("own-1");
    assertThat(get(orders.getOrderStatus(exchange, "own-1"))).isEqualTo(bound);
    long later = acquire(BOT);
    assertThat(
            assertFails(
                orders.saveOrderData(exchange, "own-1", new JsonObject(), token), Failure.CONFLICT))
        .hasMessageContaining(String.valueOf(later));
    assertThat(assertFails(orders.deleteOrder(exchange, "own-1", token), Failure.CONFLICT))
        .hasMessageContaining(String.valueOf(later));
    assertThat(get(orders.deleteOrder(exchange, "own-1", later))).isTrue();
  }

  @Test
  void speaksPlainJson() {
    long token = acquire(BOT);
    JsonObject call =
        new JsonObject()
            .put("exId", exchange)
            .put("exOrderId", "P1")
            .put("clientOrderId", "p")
            .put("token", token);
    List<String> actions = new ArrayList<>(List.of("saveOrderData", "bindOrder", "deleteOrder"));
    for (String action : actions) {
      Object answer = get(node.call(OrdersCache.ADDRESS, action, call.copy().put("data", data())));
      assertThat(answer).isNotNull().isNotEqualTo(false);
    }
    JsonObject old = call.copy().put("token", token - 1).put("data", data());
    assertFails(node.call(OrdersCache.ADDRESS, "saveOrderData", old), Failure.CONFLICT);
    assertFails(
        node.call(
            OrdersCache.ADDRESS,
            "saveOrder",
            old.copy().put("order", data().put("ex_order_id", "P1"))),
        Failure.CONFLICT);
  }
}
