package io.fullon.cache.flow;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Accounting;
import io.fullon.cache.account.OrderSettlement;
import io.fullon.cache.account.OrderStep;
import io.fullon.cache.account.Position;
import io.fullon.cache.account.Valuation;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderStore;
import io.fullon.cache.orders.Statuses;
import io.fullon.cache.orders.StoredOrder;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiFunction;

/** The flows, each made of calls of the caches' services and of steps in accounts and orders. */
final class ComposedFlow implements FlowCache {

  private final SymbolCache symbols;
  private final TickCache ticks;
  private final TradesCache trades;
  private final AccountCache accounts;
  private final Accounting accounting;
  private final OrderStore orders;
  private final Statuses statuses;

  ComposedFlow(Vertx vertx, Accounting accounting, OrderStore orders, Statuses statuses) {
    this.symbols = SymbolCache.proxy(vertx);
    this.ticks = TickCache.proxy(vertx);
    this.trades = TradesCache.proxy(vertx);
    this.accounts = AccountCache.proxy(vertx);
    this.accounting = accounting;
    this.orders = orders;
    this.statuses = statuses;
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

  // Valuation

  /** A position whose contract is told, as far as it is known, and its ticker, or null. */
  private record Marked(Position position, Tick tick) {}

  @Override
  public Future<JsonObject> getValuation(String exId, int accountId) {
    return accounts
        .getPositions(accountId)
        .compose(
            positions ->
                Future.join(positions.stream().map(position -> marked(position, exId)).toList()))
        .map(
            all -> {
              Valuation valuation = new Valuation(Instant.now());
              for (Marked each : all.<Marked>list()) {
                Tick tick = each.tick;
                valuation.add(
                    each.position,
                    tick == null ? null : tick.price(),
                    tick == null ? null : tick.time());
              }
              return valuation.toJson();
            });
  }

  private Future<Marked> marked(Position position, String exchange) {
    Future<Symbol> symbol =
        Valuation.needsSymbol(position)
            ? symbols.getSymbol(position.symbol(), exchange)
            : Future.succeededFuture();
    Future<Tick> tick = ticks.getTicker(position.symbol(), exchange);
    return Future.join(symbol, tick)
        .map(both -> new Marked(withContract(position, symbol.result()), tick.result()));
  }

  private static Position withContract(Position position, Symbol symbol) {
    return symbol == null
        ? position
        : position.toBuilder()
            .contractSize(firstTold(position.contractSize(), contractSize(symbol)))
            .inverse(firstTold(position.inverse(), symbol.inverse()))
            .build();
  }

  private static <T> T firstTold(T one, T other) {
    return one == null ? other : one;
  }

  /** Null when the symbol does not tell it; exchanges say 0 then, too. */
  private static BigDecimal contractSize(Symbol symbol) {
    BigDecimal size = symbol.contractSize();
    return size == null || size.signum() == 0 ? null : size;
  }

  /** The trade, with what the exchange's symbol tells of its contract. */
  private Future<Trade> withContract(Trade trade, String exchange) {
    if (trade.contractSize() != null && trade.inverse() != null) {
      return Future.succeededFuture(trade);
    }
    return symbols
        .getSymbol(trade.symbol(), exchange)
        .map(
            symbol ->
                symbol == null
                    ? trade
                    : trade.toBuilder()
                        .contractSize(firstTold(trade.contractSize(), contractSize(symbol)))
                        .inverse(firstTold(trade.inverse(), symbol.inverse()))
                        .build());
  }

  // Orders

  /**
   * An order of an account.
   *
   * @param id the exchange's, where the order is bound to it
   * @param stored as it was read
   */
  private record OfAccount(String exId, String id, int account, StoredOrder stored) {

    /** Null when there is none. */
    Order known() {
      return stored.order();
    }

    /** What it says that the bot calls it; null when that is the same, or not known. */
    String ownId() {
      String own = known() == null ? null : known().clientOrderId();
      return id.equals(own) ? null : own;
    }

    /** Whether it has another id besides since it was read. */
    boolean isBoundSince(Order now) {
      String own = known() == null ? null : known().clientOrderId();
      return now != null
          && now.exOrderId() != null
          && !(id.equals(now.exOrderId()) && Objects.equals(own, now.clientOrderId()));
    }

    <T> Future<T> conflict(String verb, String problem) {
      return Failure.CONFLICT.future(
          "Order " + id + " of " + exId + " cannot be " + verb + ": " + problem);
    }
  }

  /** What was done, and the order after it. */
  private record Done(OrderStep step, Order order) {}

  /** A bot may call it by its own id; it is counted by the exchange's. */
  private Future<OfAccount> find(String exId, String exOrderId, int account) {
    return orders
        .find(exId, exOrderId)
        .map(
            stored -> {
              Order known = stored.order();
              boolean isBound = known != null && known.exOrderId() != null;
              return new OfAccount(exId, isBound ? known.exOrderId() : exOrderId, account, stored);
            });
  }

  @Override
  public Future<ReportedFill> reportFill(
      String exId, String exOrderId, int accountId, Trade trade) {
    trade.checkVolume();
    Accounting.checkTime("trade.time", trade.time());
    return find(exId, exOrderId, accountId)
        .compose(
            order -> {
              String told = trade.exOrderId();
              if (told != null && !told.equals(exOrderId) && !told.equals(order.id)) {
                return Failure.INVALID_ARGUMENT.future(
                    new InvalidValueException(
                            "trade.ex_order_id", "must be the call's " + exOrderId, told)
                        .getMessage());
              }
              return report(order, fillOf(order, trade));
            });
  }

  private static Trade fillOf(OfAccount order, Trade trade) {
    Trade.Builder fill = trade.toBuilder().exOrderId(order.id);
    if (trade.exId() == null) {
      fill.exId(order.exId);
    }
    if (trade.positionSide() == null && order.known() != null) {
      fill.positionSide(order.known().positionSide());
    }
    return fill.build();
  }

  private Future<ReportedFill> report(OfAccount order, Trade fill) {
    String problem = order.known() == null ? null : contradiction(order.known(), fill);
    if (problem != null) {
      return order.conflict("reported", problem);
    }
    return count(order, fill)
        .compose(
            done ->
                order.isBoundSince(done.order)
                    ? reportAgain(order, fill, done)
                    : Future.succeededFuture(reported(fill, done, done.step.counted())));
  }

  private Future<Done> count(OfAccount order, Trade fill) {
    return counted(order, fill, (told, own) -> accounting.report(order.account, told, own))
        .compose(step -> finish(order, fill, step));
  }

  /** Another call may have counted it under the other id, without knowing of this one. */
  private Future<ReportedFill> reportAgain(OfAccount order, Trade fill, Done first) {
    return find(order.exId, order.id, order.account)
        .compose(
            bound -> {
              Trade told = fillOf(bound, fill);
              return count(bound, told)
                  .map(
                      done ->
                          reported(told, done, first.step.counted() && !done.step.nothingLeft()));
            })
        .recover(cause -> halfDone(order.id, cause));
  }

  private static ReportedFill reported(Trade fill, Done done, boolean isCounted) {
    return new ReportedFill(done.order, fill, done.step.position(), isCounted);
  }

  private static String contradiction(Order order, Trade fill) {
    if (order.symbol() != null && !order.symbol().equals(fill.symbol())) {
      return "its symbol is " + order.symbol();
    }
    return order.side() != null && order.side() != fill.side()
        ? "its side is " + order.side()
        : null;
  }

  /**
   * What the bot called an order before it was bound.
   *
   * @param id null when what is counted under it is of no concern
   * @param isOwned whether the order belongs to the account by it
   */
  private record OwnId(String id, boolean isOwned) {

    static final OwnId NONE = new OwnId(null, false);
  }

  /**
   * Counts the trade, with its contract, when the order is the account's, which it is of the first
   * that counted it, by whichever id: a call that is refused has not.
   */
  private Future<OrderStep> counted(
      OfAccount order, Trade trade, BiFunction<Trade, String, Future<OrderStep>> step) {
    String symbol = trade.symbol();
    String call = UUID.randomUUID().toString();
    Future<Trade> told = withContract(trade, order.exId);
    return ownId(order, symbol)
        .compose(
            own ->
                claim(order, symbol, call)
                    .compose(
                        v ->
                            told.compose(fill -> step.apply(fill, own.id))
                                .recover(cause -> release(order, symbol, call, cause)))
                    .compose(done -> disown(order, symbol, own).map(done)));
  }

  /** An id that is not bound, whatever the order says, may be the exchange's of another order. */
  private Future<OwnId> ownId(OfAccount order, String symbol) {
    String own = order.ownId();
    if (own == null) {
      return Future.succeededFuture(OwnId.NONE);
    }
    Future<Boolean> bound = orders.isBound(order.exId, own, order.id);
    Future<Integer> owner = accounting.owner(order.exId, symbol, own);
    return Future.join(bound, owner)
        .compose(
            both -> {
              if (!bound.result()) {
                return Future.succeededFuture(OwnId.NONE);
              }
              return owner.result() == null
                  ? Future.succeededFuture(new OwnId(own, false))
                  : ownId(order, symbol, owner.result());
            });
  }

  /** What another account has under the own id is not this order's if that is the account's. */
  private Future<OwnId> ownId(OfAccount order, String symbol, int owner) {
    if (owner == order.account) {
      return Future.succeededFuture(new OwnId(order.ownId(), true));
    }
    return accounting
        .owner(order.exId, symbol, order.id)
        .compose(
            ofId ->
                ofId != null && ofId == order.account
                    ? Future.succeededFuture(OwnId.NONE)
                    : belongsTo(order, owner));
  }

  /** A later order may have the own id. What fails is done by the next call. */
  private Future<Void> disown(OfAccount order, String symbol, OwnId own) {
    return own.isOwned
        ? accounting.disown(order.exId, symbol, own.id, order.account).otherwiseEmpty()
        : Future.succeededFuture();
  }

  private static <T> Future<T> belongsTo(OfAccount order, int owner) {
    return order.conflict("counted", "it belongs to account " + owner);
  }

  private Future<Void> claim(OfAccount order, String symbol, String call) {
    return accounting
        .claim(order.exId, symbol, order.id, order.account, call)
        .compose(
            owner -> owner == order.account ? Future.succeededFuture() : belongsTo(order, owner));
  }

  /** Unless something may have been counted. */
  private <T> Future<T> release(OfAccount order, String symbol, String call, Throwable cause) {
    boolean isNothingCounted =
        Failure.INVALID_ARGUMENT.matches(cause)
            || Failure.CONFLICT.matches(cause)
            || Failure.UNAVAILABLE.matches(cause);
    return isNothingCounted
        ? accounting
            .release(order.exId, symbol, order.id, order.account, call)
            .transform(done -> Future.failedFuture(cause))
        : Future.failedFuture(cause);
  }

  /**
   * The list first, then the order, then what was kept is forgotten: each is done once only, so
   * that after a failure the whole is simply begun again.
   */
  private Future<Done> finish(OfAccount order, Trade fill, OrderStep step) {
    return list(order.exId, step.pending())
        .compose(v -> tell(order, order.stored, fill, step))
        .compose(
            told ->
                step.pending().isEmpty()
                    ? Future.succeededFuture(told)
                    : forget(order, told, fill, step))
        .map(told -> new Done(step, told.order()))
        .recover(cause -> halfDone(order.id, cause));
  }

  /** What is not forgotten is listed again some day, which changes nothing. */
  private Future<StoredOrder> forget(
      OfAccount order, StoredOrder told, Trade fill, OrderStep step) {
    return accounting
        .listed(order.account, fill.symbol(), order.id, step.pending())
        .transform(done -> Future.succeededFuture(told));
  }

  private Future<Void> list(String exId, List<Trade> pending) {
    Future<Void> listed = Future.succeededFuture();
    for (Trade trade : pending) {
      listed =
          listed.compose(v -> trades.pushTradeList(trade.symbol(), exId, trade, true).mapEmpty());
    }
    return listed;
  }

  /** What comes in between counts: what there is to tell is found out anew then. */
  private Future<StoredOrder> tell(OfAccount order, StoredOrder known, Trade fill, OrderStep step) {
    return orders.merge(order.exId, known, now -> OrderNews.of(statuses, now.order(), fill, step));
  }

  @Override
  public Future<Settlement> settleOrder(
      String exId, String exOrderId, int accountId, Instant filledAt) {
    Accounting.checkTime("filledAt", filledAt);
    return find(exId, exOrderId, accountId)
        .compose(
            order -> {
              String problem = problemOf(order.known());
              return problem == null
                  ? settle(order, filledAt)
                  : finishKept(order)
                      .compose(
                          isFinished ->
                              isFinished
                                  ? settleOrder(exId, exOrderId, accountId, filledAt)
                                  : order.conflict("settled", problem));
            });
  }

  private Future<Settlement> settle(OfAccount order, Instant filledAt) {
    Trade all = tradeOf(order, filledAt);
    return counted(
            order,
            all,
            (told, own) ->
                accounting.settle(
                    order.account,
                    new OrderSettlement(
                        told,
                        order.known().fillPrice(),
                        order.known().cost(),
                        statuses.of(order.known()).isFinal(),
                        own)))
        .recover(cause -> refused(order, cause))
        .compose(step -> upToDate(order, step).compose(known -> finish(known, all, step)))
        .map(
            done ->
                new Settlement(
                    done.step.trade(),
                    done.step.position(),
                    done.step.counted(),
                    done.step.nothingLeft()));
  }

  /** An order of which more is counted than it told has told more since. */
  private Future<OfAccount> upToDate(OfAccount order, OrderStep step) {
    return step.volume().compareTo(order.known().finalVolume()) > 0
        ? find(order.exId, order.id, order.account)
        : Future.succeededFuture(order);
  }

  /** All that was filled, as one trade. */
  private static Trade tradeOf(OfAccount order, Instant filledAt) {
    Order known = order.known();
    return Trade.builder(
            known.tradeId() == null ? Trade.OF_ORDER + order.id : known.tradeId(),
            known.symbol(),
            known.side())
        .volume(known.finalVolume())
        .price(known.fillPrice() == null ? BigDecimal.ZERO : known.fillPrice())
        .fee(known.fee())
        .feeCurrency(known.feeCurrency())
        .fees(known.fees())
        .exOrderId(order.id)
        .exId(order.exId)
        .positionSide(known.positionSide())
        .orderType(known.orderType())
        .uid(known.uid())
        .botId(known.botId())
        .time(filledAt == null ? known.filledAt() : filledAt)
        .build();
  }

  /** What was kept is finished all the same. */
  private <T> Future<T> refused(OfAccount order, Throwable cause) {
    if (Failure.INVALID_ARGUMENT.matches(cause)) {
      return order.conflict("settled", cause.getMessage());
    }
    return Failure.CONFLICT.matches(cause)
        ? finishKept(order).compose(v -> Future.failedFuture(cause))
        : Future.failedFuture(cause);
  }

  /** Whether there was something: a call that was broken off has counted it. */
  private Future<Boolean> finishKept(OfAccount order) {
    if (order.known() == null || order.known().symbol() == null) {
      return Future.succeededFuture(false);
    }
    return accounting
        .listed(order.account, order.known().symbol(), order.id, List.of())
        .compose(
            kept ->
                kept.pending().isEmpty()
                    ? Future.succeededFuture(false)
                    : finish(order, kept.pending().get(0), kept).map(true));
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
