package io.fullon.cache.examples;

import io.fullon.cache.bot.BotCache;
import io.fullon.cache.fill.Side;
import io.fullon.cache.flow.BotSession;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uses BotCache to coordinate multiple bots: with a session, which does the coordination by itself,
 * and step by step.
 */
public final class BotCoordination {

  private static final Logger LOG = LoggerFactory.getLogger(BotCoordination.class);
  private static final String SYMBOL = "BTC/USDT";
  private static final String EXCHANGE = "binance";
  private static final String BOT_ID = "arbitrage_bot_1";
  private static final String ORDER_ID = BOT_ID + "_ORD";

  private final Vertx vertx;
  private final BotCache botCache;
  private final OrdersCache ordersCache;
  private final TickCache tickCache;

  private BotCoordination(Vertx vertx) {
    this.vertx = vertx;
    this.botCache = BotCache.proxy(vertx);
    this.ordersCache = OrdersCache.proxy(vertx);
    this.tickCache = TickCache.proxy(vertx);
  }

  /**
   * In a session. It fails with CONFLICT while another bot has the symbol; if this process dies,
   * the block ends after the given time.
   */
  public static Future<Order> run(Vertx vertx) {
    BotCoordination bot = new BotCoordination(vertx);

    // 1. Check if symbol is available, 2. Block symbol for this bot,
    // 4. Mark that we're opening a position, 8. Always cleanup bot coordination: the session does
    return BotSession.run(
        vertx,
        EXCHANGE,
        SYMBOL,
        BOT_ID,
        Duration.ofSeconds(30),
        session ->
            // 3. Get current price
            bot.tickCache
                .getPrice(SYMBOL, EXCHANGE)
                // 5. Create order: only while the symbol is ours
                .compose(currentPrice -> session.step(() -> bot.createOrder(currentPrice)))
                // 6. Simulate order processing
                .compose(order -> bot.simulateOrderProcessing())
                // 7. Update order status
                .compose(v -> session.step(bot::updateOrderStatus)));
  }

  /**
   * Step by step. If this process dies, the symbol stays blocked until somebody unblocks it.
   *
   * @return null when another bot has the symbol
   */
  public static Future<Order> stepByStep(Vertx vertx) {
    BotCoordination bot = new BotCoordination(vertx);

    // 1. Check if symbol is available
    return bot.botCache
        .isBlocked(EXCHANGE, SYMBOL)
        .compose(
            blockingBot -> {
              if (blockingBot != null) {
                LOG.info("Symbol {} blocked by {}", SYMBOL, blockingBot);
                return Future.succeededFuture();
              }
              return bot.blockAndTrade();
            });
  }

  private Future<Order> blockAndTrade() {
    // 2. Block symbol for this bot
    return botCache
        .blockExchange(EXCHANGE, SYMBOL, BOT_ID)
        .compose(
            success -> {
              if (!success) {
                LOG.info("Failed to block {}", SYMBOL);
                return Future.succeededFuture();
              }
              return trade().eventually(this::cleanup);
            });
  }

  private Future<Order> trade() {
    // 3. Get current price
    return tickCache
        .getPrice(SYMBOL, EXCHANGE)
        .compose(
            currentPrice ->
                // 4. Mark that we're opening a position
                botCache
                    .markOpeningPosition(EXCHANGE, SYMBOL, BOT_ID)
                    // 5. Create order
                    .compose(marked -> createOrder(currentPrice)))
        // 6. Simulate order processing
        .compose(order -> simulateOrderProcessing())
        // 7. Update order status
        .compose(v -> updateOrderStatus());
  }

  private Future<Order> createOrder(BigDecimal currentPrice) {
    Order newOrder =
        Order.builder()
            .symbol(SYMBOL)
            .side(Side.BUY)
            .volume(new BigDecimal("0.1"))
            .price(currentPrice)
            .status("open")
            .botId(BOT_ID)
            .build();

    return ordersCache
        .saveOrderData(EXCHANGE, ORDER_ID, newOrder.toJson())
        .onSuccess(order -> LOG.info("Bot {} created order for {}", BOT_ID, SYMBOL));
  }

  private Future<Void> simulateOrderProcessing() {
    // Simulate time for order to fill
    return vertx.timer(10, TimeUnit.MILLISECONDS);
  }

  private Future<Order> updateOrderStatus() {
    return ordersCache.saveOrderData(
        EXCHANGE, ORDER_ID, new JsonObject().put("status", "filled").put("final_volume", "0.1"));
  }

  // 8. Always cleanup bot coordination: the mark that was made under the block ends with it too
  private Future<Boolean> cleanup() {
    return botCache
        .unmarkOpeningPosition(EXCHANGE, SYMBOL, BOT_ID)
        .eventually(() -> botCache.unblockExchange(EXCHANGE, SYMBOL, BOT_ID, null))
        .onSuccess(unmarked -> LOG.info("Bot {} released control of {}", BOT_ID, SYMBOL));
  }
}
