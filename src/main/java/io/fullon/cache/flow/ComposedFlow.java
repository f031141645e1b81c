package io.fullon.cache.flow;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Accounting;
import io.fullon.cache.account.OrderSettlement;
import io.fullon.cache.account.OrderStep;
import io.fullon.cache.account.Position;
import io.fullon.cache.account.Valuation;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Fees;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The flows, each made of calls of the caches' services and of steps in an account. */
final class ComposedFlow implements FlowCache {

  private static final String FILLED = "filled";
  private static final String PARTIALLY_FILLED = "partially_filled";

  /** After which nothing more is to come, without what exchanges spell differently. */
  private static final Set<String> FINAL =
      Set.of("filled", "closed", "done", "canceled", "cancelled", "rejected", "expired");

  private final SymbolCache symbols;
  private final TickCache ticks;
  private final OrdersCache orders;
  private final TradesCache trades;
  private final AccountCache accounts;
  private final Accounting accounting;

  ComposedFlow(Vertx vertx, Accounting accounting) {
    this.symbols = SymbolCache.proxy(vertx);
    this.ticks = TickCache.proxy(vertx);
    this.orders = OrdersCache.proxy(vertx);
    this.trades = TradesCache.proxy(vertx);
    this.accounts = AccountCache.proxy(vertx);
    this.accounting = accounting;
  }

  @Override
  public Future<Quote> getQuote(String symbol, String exchange) {
    Future<Symbol> known = symbols.getSymbol(symbol, exchange);
    Future<Tick> latest = ticks.getTicker(symbol, exchange);
    return Future.join(known, latest)
        .map(
            both ->
                known.result() == null || latest.result() == null
                    ? null
                    : Quote.of(known.result(), latest.result()));
  }

  @Override
  public Future<JsonObject> getValuation(String exId, int accountId) {
    return accounts
        .getPositions(accountId)
        .compose(
            positions -> {
              Valuation valuation = new Valuation(Instant.now());
              Future<Void> all = Future.succeededFuture();
              for (Position position : positions) {
                all = all.compose(v -> value(valuation, position, exId));
              }
              return all.map(v -> valuation.toJson());
            });
  }

  private Future<Void> value(Valuation valuation, Position position, String exchange) {
    Future<Symbol> symbol =
        Valuation.needsSymbol(position)
            ? symbols.getSymbol(position.symbol(), exchange)
            : Future.succeededFuture();
    Future<Tick> tick = ticks.getTicker(position.symbol(), exchange);
    return Future.join(symbol, tick)
        .map(
            both -> {
              Symbol known = symbol.result();
              Position told =
                  known == null
                      ? position
                      : position.toBuilder()
                          .contractSize(known.contractSize())
                          .inverse(known.inverse())
                          .build();
              Tick latest = tick.result();
              valuation.add(
                  told,
                  latest == null ? null : latest.price(),
                  latest == null ? null : latest.time());
              return null;
            });
  }

  // Orders

  @Override
  public Future<ReportedFill> reportFill(
      String exId, String exOrderId, int accountId, Trade trade) {
    if (trade.volume().signum() <= 0) {
      throw new InvalidValueException("trade.volume", "must be above zero", trade.volume());
    }
    if (trade.exOrderId() != null && !trade.exOrderId().equals(exOrderId)) {
      throw new InvalidValueException(
          "trade.ex_order_id", "must be the call's " + exOrderId, trade.exOrderId());
    }
    Trade fill =
        trade.toBuilder()
            .exOrderId(exOrderId)
            .exId(trade.exId() == null ? exId : trade.exId())
            .build();
    return orders
        .getOrderStatus(exId, exOrderId)
        .compose(
            order -> {
              String problem = order == null ? null : contradiction(order, fill);
              return problem != null
                  ? conflict(exId, exOrderId, "reported", problem)
                  : claim(exId, exOrderId, accountId, fill.symbol())
                      .compose(v -> withContract(fill, exId))
                      .compose(told -> accounting.report(accountId, told))
                      .compose(step -> finish(exId, exOrderId, accountId, fill, order, step))
                      .compose(
                          done ->
                              done.order == null
                                  ? orders.getOrderStatus(exId, exOrderId).map(done::with)
                                  : Future.succeededFuture(done))
                      .map(
                          done ->
                              new ReportedFill(
                                  done.order, fill, done.step.position(), done.step.counted()));
            });
  }

  private static String contradiction(Order order, Trade fill) {
    if (order.symbol() != null && !order.symbol().equals(fill.symbol())) {
      return "its symbol is " + order.symbol();
    }
    return order.side() != null && order.side() != fill.side()
        ? "its side is " + order.side()
        : null;
  }

  private static <T> Future<T> conflict(
      String exId, String exOrderId, String verb, String problem) {
    return Failure.CONFLICT.future(
        "Order " + exOrderId + " of " + exId + " cannot be " + verb + ": " + problem);
  }

  private Future<Void> claim(String exId, String exOrderId, int accountId, String symbol) {
    return accounting
        .claim(exId, symbol, exOrderId, accountId)
        .compose(
            owner ->
                owner == accountId
                    ? Future.succeededFuture()
                    : conflict(exId, exOrderId, "counted", "it belongs to account " + owner));
  }

  /** What was done, and the order after it. */
  private record Done(OrderStep step, Order order) {
    Done with(Order read) {
      return new Done(step, read);
    }
  }

  /**
   * The list first, then the order, then what was kept is forgotten: each is done once only, so
   * that after a failure the whole is simply begun again.
   */
  private Future<Done> finish(
      String exId, String exOrderId, int accountId, Trade fill, Order order, OrderStep step) {
    return list(exId, step.pending())
        .compose(
            v -> {
              JsonObject news = news(order, fill, step);
              return news.isEmpty()
                  ? Future.succeededFuture(order)
                  : orders.saveOrderData(exId, exOrderId, news);
            })
        .compose(
            saved ->
                (step.pending().isEmpty()
                        ? Future.succeededFuture()
                        : accounting.listed(accountId, fill.symbol(), exOrderId, step.pending()))
                    .map(new Done(step, saved)))
        .recover(cause -> halfDone(exOrderId, cause));
  }

  private Future<Void> list(String exId, List<Trade> pending) {
    Future<Void> listed = Future.succeededFuture();
    for (Trade trade : pending) {
      listed =
          listed.compose(v -> trades.pushTradeList(trade.symbol(), exId, trade, true).mapEmpty());
    }
    return listed;
  }

  /** What the order was not told yet of its fills. */
  private static JsonObject news(Order order, Trade fill, OrderStep step) {
    JsonObject news = new JsonObject();
    BigDecimal told = order == null ? null : order.finalVolume();
    if (told == null || step.volume().compareTo(told) > 0) {
      news.put("symbol", fill.symbol())
          .put("side", fill.side().toString())
          .put("final_volume", Decimals.plain(step.volume()));
      BigDecimal price = mean(step);
      if (price != null) {
        news.put("fill_price", Decimals.plain(price));
      }
      if (order == null || !isFinal(order.status())) {
        boolean isFilled =
            order != null && order.volume() != null && step.volume().compareTo(order.volume()) >= 0;
        news.put("status", isFilled ? FILLED : PARTIALLY_FILLED);
      }
      if (order != null && order.volume() != null && step.volume().compareTo(order.volume()) > 0) {
        // It is filled beyond what it was for, and that is a fact.
        news.put("volume", Decimals.plain(step.volume()));
      }
    }
    Map<String, BigDecimal> fees =
        order == null ? Map.of() : Fees.of(order.fee(), order.feeCurrency(), order.fees());
    if (isMore(step.fees(), fees)) {
      if (step.fees().containsKey(Fees.NO_CURRENCY)) {
        news.put("fee", Decimals.plain(step.fees().get(Fees.NO_CURRENCY)));
      } else {
        JsonObject all = new JsonObject();
        step.fees().forEach((currency, fee) -> all.put(currency, Decimals.plain(fee)));
        news.put("fees", all);
      }
    }
    Instant filledAt = order == null ? null : order.filledAt();
    if (step.filledAt() != null && (filledAt == null || filledAt.isBefore(step.filledAt()))) {
      news.put("filled_at", Times.seconds(step.filledAt()));
    }
    return news;
  }

  private static BigDecimal mean(OrderStep step) {
    if (step.volume().signum() == 0 || step.cost().signum() == 0) {
      return step.volume().signum() == 0 ? null : BigDecimal.ZERO;
    }
    BigDecimal mean =
        step.inverse()
            ? step.volume().divide(step.cost(), MathContext.DECIMAL128)
            : step.cost().divide(step.volume(), MathContext.DECIMAL128);
    return Decimals.fits(mean) ? mean : null;
  }

  private static boolean isMore(Map<String, BigDecimal> counted, Map<String, BigDecimal> told) {
    BigDecimal bare = told.get(Fees.NO_CURRENCY);
    return counted.entrySet().stream()
        .anyMatch(
            fee -> {
              BigDecimal known = told.getOrDefault(fee.getKey(), bare);
              return known == null || known.abs().compareTo(fee.getValue().abs()) < 0;
            });
  }

  @Override
  public Future<Settlement> settleOrder(
      String exId, String exOrderId, int accountId, Instant filledAt) {
    return orders
        .getOrderStatus(exId, exOrderId)
        .compose(
            order -> {
              String problem = problemOf(order);
              return problem == null
                  ? settle(order, exId, exOrderId, accountId, filledAt)
                  : conflict(exId, exOrderId, "settled", problem);
            });
  }

  private Future<Settlement> settle(
      Order order, String exId, String exOrderId, int accountId, Instant filledAt) {
    Trade all =
        Trade.builder(
                order.tradeId() == null ? Trade.OF_ORDER + exOrderId : order.tradeId(),
                order.symbol(),
                order.side())
            .volume(order.finalVolume())
            .price(order.fillPrice() == null ? BigDecimal.ZERO : order.fillPrice())
            .fee(order.fee())
            .feeCurrency(order.feeCurrency())
            .fees(order.fees())
            .exOrderId(exOrderId)
            .exId(exId)
            .positionSide(order.positionSide())
            .orderType(order.orderType())
            .uid(order.uid())
            .botId(order.botId())
            .time(filledAt == null ? order.filledAt() : filledAt)
            .build();
    return claim(exId, exOrderId, accountId, order.symbol())
        .compose(v -> withContract(all, exId))
        .compose(
            told ->
                accounting
                    .settle(
                        accountId,
                        new OrderSettlement(
                            told, order.fillPrice(), order.cost(), isFinal(order.status())))
                    .recover(cause -> refused(exId, exOrderId, accountId, told, order, cause)))
        .compose(step -> finish(exId, exOrderId, accountId, all, order, step))
        .map(
            done ->
                new Settlement(
                    done.step.trade(),
                    done.step.position(),
                    done.step.counted(),
                    done.step.before()));
  }

  /** What was kept is finished all the same. */
  private Future<OrderStep> refused(
      String exId, String exOrderId, int accountId, Trade all, Order order, Throwable cause) {
    if (!Failure.CONFLICT.matches(cause)) {
      return Failure.INVALID_ARGUMENT.matches(cause)
          ? conflict(exId, exOrderId, "settled", cause.getMessage())
          : Future.failedFuture(cause);
    }
    return accounting
        .listed(accountId, all.symbol(), exOrderId, List.of())
        .compose(
            kept ->
                kept.pending().isEmpty()
                    ? Future.succeededFuture()
                    : finish(exId, exOrderId, accountId, all, order, kept))
        .compose(v -> Future.failedFuture(cause));
  }

  /** The trade, with what the exchange's symbol tells of its contract. */
  private Future<Trade> withContract(Trade trade, String exchange) {
    if (trade.contractSize() != null || trade.inverse() != null) {
      return Future.succeededFuture(trade);
    }
    return symbols
        .getSymbol(trade.symbol(), exchange)
        .map(
            symbol ->
                symbol == null
                    ? trade
                    : trade.toBuilder()
                        .contractSize(symbol.contractSize())
                        .inverse(symbol.inverse())
                        .build());
  }

  /** The failure of a later step must not say that nothing was done. */
  private static <T> Future<T> halfDone(String exOrderId, Throwable cause) {
    String message =
        "Order "
            + exOrderId
            + " is counted in the position, but not yet in the list and the order: "
            + cause.getMessage();
    if (Failure.UNAVAILABLE.matches(cause)) {
      return Failure.TIMEOUT.future(message);
    }
    return Failure.INVALID_ARGUMENT.matches(cause) || Failure.CONFLICT.matches(cause)
        ? Failure.CONFLICT.future(message)
        : Future.failedFuture(cause);
  }

  private static boolean isFinal(String status) {
    return status != null
        && FINAL.contains(status.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", ""));
  }

  /** Why it cannot be settled, or null. */
  private static String problemOf(Order order) {
    if (order == null) {
      return "there is none";
    }
    if (order.symbol() == null) {
      return "it has no symbol";
    }
    if (order.side() == null) {
      return "it has no side";
    }
    if (order.finalVolume() == null || order.finalVolume().signum() <= 0) {
      return "it has no final_volume above zero";
    }
    return order.fillPrice() == null && order.cost() == null
        ? "it has neither fill_price nor cost"
        : null;
  }
}
