package io.fullon.cache.examples;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A complete trading workflow, from the symbol to the position. */
public final class CompleteTradingWorkflow {

  private static final Logger LOG = LoggerFactory.getLogger(CompleteTradingWorkflow.class);

  // Initialize cache modules: clients, which hold nothing that must be closed
  private final SymbolCache symbolCache;
  private final TickCache tickCache;
  private final OrdersCache ordersCache;
  private final TradesCache tradesCache;
  private final AccountCache accountCache;

  private CompleteTradingWorkflow(Vertx vertx) {
    symbolCache = SymbolCache.proxy(vertx);
    tickCache = TickCache.proxy(vertx);
    ordersCache = OrdersCache.proxy(vertx);
    tradesCache = TradesCache.proxy(vertx);
    accountCache = AccountCache.proxy(vertx);
  }

  /** What is there at the end. */
  public record Outcome(
      Order order, List<Trade> trades, List<Position> positions, BigDecimal price) {}

  /** Runs it on a node where everything is deployed. */
  public static Future<Outcome> run(Vertx vertx) {
    CompleteTradingWorkflow workflow = new CompleteTradingWorkflow(vertx);
    return workflow
        .setupTradingSymbol()
        .compose(v -> workflow.updateMarketData())
        .compose(v -> workflow.createAndManageOrder())
        .compose(v -> workflow.simulateOrderFill())
        .compose(v -> workflow.recordTrade())
        .compose(v -> workflow.updatePosition())
        .compose(v -> workflow.verifyCompleteWorkflow());
  }

  // 1. Setup trading symbol
  private Future<Void> setupTradingSymbol() {
    Symbol symbol =
        Symbol.builder("binance", "BTC/USDT")
            .base("BTC")
            .quote("USDT")
            .precision(8)
            .margin(true)
            .leverage(new BigDecimal("10.0"))
            .contractSize(new BigDecimal("1.0"))
            .tickSize(new BigDecimal("0.01"))
            .description("Bitcoin to USDT trading pair")
            .build();

    // Store symbol metadata (normally from database)
    return symbolCache.putSymbol(symbol);
  }

  // 2. Update market data
  private Future<Boolean> updateMarketData() {
    Tick tick =
        Tick.builder("binance", "BTC/USDT")
            .price(new BigDecimal("50000.0"))
            .volume(new BigDecimal("1234.56"))
            .time(Instant.now())
            .bid(new BigDecimal("49999.0"))
            .ask(new BigDecimal("50001.0"))
            .last(new BigDecimal("50000.0"))
            .build();

    return tickCache
        .updateTicker("binance", tick)
        .onSuccess(stored -> LOG.info("Updated ticker: {} @ ${}", tick.symbol(), tick.price()));
  }

  // 3. Create and manage order
  private Future<String> createAndManageOrder() {
    Order order =
        Order.builder()
            .tradeId("TRD_001")
            .exOrderId("ORD_001")
            .exId("binance")
            .symbol("BTC/USDT")
            .side(Side.BUY)
            .orderType("market")
            .volume(new BigDecimal("0.1"))
            .price(new BigDecimal("50000.0"))
            .cost(new BigDecimal("5000.0"))
            .fee(new BigDecimal("5.0"))
            .uid("user_123")
            .status("open")
            .build();

    // Queue order
    return ordersCache
        .pushOpenOrder(order.exOrderId(), "LOCAL_001")
        .compose(length -> ordersCache.saveOrder("binance", order))
        // Process order
        .compose(v -> ordersCache.popOpenOrder("LOCAL_001", 1_000))
        .onSuccess(orderId -> LOG.info("Processing order: {}", orderId));
  }

  // 4. Simulate order fill
  private Future<Order> simulateOrderFill() {
    return ordersCache.saveOrderData(
        "binance",
        "ORD_001",
        new JsonObject()
            .put("status", "filled")
            .put("final_volume", "0.1")
            .put("fill_price", "50000.0"));
  }

  // 5. Record trade
  private Future<Integer> recordTrade() {
    Trade trade =
        Trade.builder("TRD_001", "BTC/USDT", Side.BUY)
            .exOrderId("ORD_001")
            .exId("binance")
            .orderType("market")
            .volume(new BigDecimal("0.1"))
            .price(new BigDecimal("50000.0"))
            .cost(new BigDecimal("5000.0"))
            .fee(new BigDecimal("5.0"))
            .uid("user_123")
            .build();

    return tradesCache
        .pushTradeList("BTC/USDT", "binance", trade)
        .onSuccess(length -> LOG.info("Recorded trade: {} {}", trade.volume(), trade.symbol()));
  }

  // 6. Update position
  private Future<Integer> updatePosition() {
    Position position =
        Position.builder("BTC/USDT")
            .userId("123")
            .exId(1)
            .size(new BigDecimal("0.1"))
            .entryPrice(new BigDecimal("50000.0"))
            .unrealizedPnl(new BigDecimal("0.0"))
            .costBasis(new BigDecimal("5000.0"))
            .build();

    return accountCache
        .upsertPositions(1, List.of(position))
        .onSuccess(saved -> LOG.info("Updated position: {} {}", position.size(), "BTC/USDT"));
  }

  // 7. Verify complete workflow
  private Future<Outcome> verifyCompleteWorkflow() {
    Future<Order> finalOrder = ordersCache.getOrderStatus("binance", "ORD_001");
    Future<List<Trade>> trades = tradesCache.getTradesList("BTC/USDT", "binance", 1_000);
    Future<List<Position>> positions = accountCache.getPositions(1);
    Future<BigDecimal> currentPrice = tickCache.getPrice("BTC/USDT", "binance");

    return Future.all(finalOrder, trades, positions, currentPrice)
        .map(
            all ->
                new Outcome(
                    finalOrder.result(),
                    trades.result(),
                    positions.result(),
                    currentPrice.result()))
        .onSuccess(outcome -> LOG.info("Workflow complete: {}", outcome));
  }
}
