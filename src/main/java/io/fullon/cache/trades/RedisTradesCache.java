package io.fullon.cache.trades;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.events.Events;
import io.fullon.cache.events.News;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.queue.Waiters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trades in Redis: lists of JSON, all those of one exchange in one Cluster slot. */
final class RedisTradesCache implements TradesCache {

  private static final Logger LOG = LoggerFactory.getLogger(RedisTradesCache.class);
  private static final Script LIST = Script.load("trade-list");

  /** Who takes trades for good says so to the script with no name; who claims gives its own. */
  private static final String POPS = "";

  private static final int REFUSED = -1;

  private final Vertx vertx;
  private final RedisLink link;
  private final TradesOptions options;
  private final TradesKeys keys;
  private final StoredTrades stored;
  private final List<String> pushArguments;
  private final LongAdder dropped;
  private final LongAdder refused;
  private Waiters<TradesClaim> waiters;

  private RedisTradesCache(
      Vertx vertx, RedisLink link, TradesOptions options, FillOptions fills, Meters meters) {
    this.vertx = vertx;
    this.link = link;
    this.options = options;
    this.keys = new TradesKeys(link.options().prefix());
    this.pushArguments =
        List.of(
            String.valueOf(options.maxList()),
            options.onFull() == TradesOptions.OnFull.REFUSE ? "1" : "0",
            String.valueOf(fills.rememberMs()),
            keys.pushed());
    this.dropped =
        meters.counter(
            "fullon.cache.trades.dropped", "Trades that fell off the beginning of a full list");
    this.refused =
        meters.counter("fullon.cache.trades.refused", "Trades that a full list did not take");
    this.stored =
        new StoredTrades(
            vertx,
            meters.counter(
                "fullon.cache.trades.garbage", "Trades in Redis that are none, skipped"));
  }

  static Future<RedisTradesCache> open(
      Vertx vertx, RedisLink link, TradesOptions options, FillOptions fills, Meters meters) {
    RedisTradesCache cache = new RedisTradesCache(vertx, link, options, fills, meters);
    return Waiters.open(
            vertx, link, cache.keys.pushed(), options.maxWaiting(), key -> key, cache::take)
        .map(
            opened -> {
              cache.waiters = opened;
              return cache;
            });
  }

  Future<Void> close() {
    return waiters.close();
  }

  // The list of a symbol

  @Override
  public Future<Integer> pushTradeList(String symbol, String exchange, Trade trade, Boolean once) {
    if (!symbol.equals(trade.symbol())) {
      throw new InvalidValueException(
          "trade.symbol", "must be the call's " + symbol, trade.symbol());
    }
    trade.checkVolume();
    String text = trade.encode();
    List<News> news = List.of(new News(exchange, Names.inKey(symbol), text, trade));
    Events.expect(vertx, ADDRESS, News.message(news), news);
    return push(
        keys.list(exchange, symbol),
        text,
        once,
        keys.recorded(exchange, symbol, trade.tradeId(), trade.side().toString(), orderOf(trade)));
  }

  @Override
  public Future<List<Trade>> getTradesList(String symbol, String exchange, int max) {
    return read(keys.list(exchange, symbol), 0, max, new ArrayList<>());
  }

  @Override
  public Future<List<Trade>> drainTradesList(String symbol, String exchange, int max) {
    return drain(keys.list(exchange, symbol), max, new ArrayList<>());
  }

  @Override
  public Future<TradesClaim> takeTrades(
      String symbol, String exchange, String consumer, int max, long timeoutMs) {
    return waiters.next(keys.list(exchange, symbol), request(consumer, max), timeoutMs);
  }

  @Override
  public Future<Boolean> ackTrades(String symbol, String exchange, String receipt) {
    return acknowledge(keys.list(exchange, symbol), receipt);
  }

  // A user's own

  @Override
  public Future<Integer> pushMyTradesList(String uid, String exchange, Trade trade, Boolean once) {
    if (trade.uid() != null && !trade.uid().equals(uid)) {
      throw new InvalidValueException("trade.uid", "must be the call's " + uid, trade.uid());
    }
    trade.checkVolume();
    return push(
        keys.own(exchange, uid),
        trade.encode(),
        once,
        keys.recordedOwn(
            exchange,
            uid,
            trade.symbol(),
            trade.tradeId(),
            trade.side().toString(),
            orderOf(trade)));
  }

  @Override
  public Future<Trade> popMyTrade(String uid, String exchange, long timeoutMs) {
    return waiters
        .next(keys.own(exchange, uid), request(POPS, 1), timeoutMs)
        .map(popped -> popped == null ? null : popped.trades().get(0));
  }

  @Override
  public Future<TradesClaim> takeMyTrades(
      String uid, String exchange, String consumer, int max, long timeoutMs) {
    return waiters.next(keys.own(exchange, uid), request(consumer, max), timeoutMs);
  }

  @Override
  public Future<Boolean> ackMyTrades(String uid, String exchange, String receipt) {
    return acknowledge(keys.own(exchange, uid), receipt);
  }

  @Override
  public Future<Instant> getTradeStatus(String exchange) {
    return link.read(Command.GET, keys.status(exchange))
        .map(micros -> micros == null ? null : Times.ofMicros(micros.toLong()));
  }

  // Either

  private static String orderOf(Trade trade) {
    return trade.exOrderId() == null ? "" : trade.exOrderId();
  }

  private Future<Integer> push(String list, String trade, Boolean once, String recorded) {
    List<String> all = new ArrayList<>(keys.of(list));
    all.add(recorded);
    List<String> arguments = new ArrayList<>(3 + pushArguments.size());
    arguments.add("push");
    arguments.add(trade);
    arguments.add(Boolean.TRUE.equals(once) ? "1" : "0");
    arguments.addAll(pushArguments);
    return link.run(LIST, all, arguments).compose(answer -> pushed(list, answer));
  }

  private Future<Integer> pushed(String list, Response answer) {
    dropped.add(answer.get(1).toInteger());
    int length = answer.get(0).toInteger();
    if (length == REFUSED) {
      refused.increment();
      return Failure.CONFLICT.future(
          "The list is full: " + list + " has " + options.maxList() + " trades");
    }
    return Future.succeededFuture(length);
  }

  /** Reads on behind what is no trade, so that it hides none. */
  private Future<List<Trade>> read(String list, int skip, int max, List<Trade> trades) {
    int wanted = max - trades.size();
    return link.read(
            LIST, keys.of(list), List.of("read", String.valueOf(skip), String.valueOf(wanted)))
        .compose(
            texts ->
                stored
                    .read(list, texts)
                    .compose(
                        found -> {
                          trades.addAll(found);
                          return found.size() == texts.size()
                              ? Future.succeededFuture(trades)
                              : read(list, skip + texts.size(), max, trades);
                        }));
  }

  private Future<List<Trade>> drain(String list, int max, List<Trade> trades) {
    return link.run(LIST, keys.of(list), List.of("drain", String.valueOf(max - trades.size())))
        .compose(
            texts ->
                stored
                    .read(list, texts)
                    .compose(
                        found -> {
                          trades.addAll(found);
                          return found.size() == texts.size()
                              ? Future.succeededFuture(trades)
                              : drainOn(list, max, trades);
                        }));
  }

  /** What was taken out already is given, whatever becomes of the rest. */
  private Future<List<Trade>> drainOn(String list, int max, List<Trade> trades) {
    Future<List<Trade>> all = drain(list, max, trades);
    return trades.isEmpty() ? all : all.otherwise(trades);
  }

  // Taking

  private static String request(String consumer, int max) {
    return max + " " + consumer;
  }

  /** What those of the requests got that have been looked at; null for those that got nothing. */
  private record Taken(List<TradesClaim> claims, boolean areMore, long retryAfterMs) {

    Taken andMore() {
      return new Taken(claims, true, retryAfterMs);
    }
  }

  private Future<Waiters.Batch<TradesClaim>> take(String list, List<String> requests) {
    return take(list, requests, Arrays.asList(new TradesClaim[requests.size()]));
  }

  /**
   * Asks until each request has got something or there is nothing any more: one answer of Redis may
   * be too short for all, or have what is no trade.
   */
  private Future<Waiters.Batch<TradesClaim>> take(
      String list, List<String> requests, List<TradesClaim> claims) {
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < claims.size(); i++) {
      if (claims.get(i) == null) {
        open.add(i);
      }
    }
    return takeOnce(list, open.stream().map(requests::get).toList())
        .compose(
            taken -> {
              for (int i = 0; i < taken.claims().size(); i++) {
                claims.set(open.get(i), taken.claims().get(i));
              }
              Waiters.Batch<TradesClaim> batch = new Waiters.Batch<>(claims, taken.retryAfterMs());
              if (!taken.areMore() || !claims.contains(null)) {
                return Future.succeededFuture(batch);
              }
              Future<Waiters.Batch<TradesClaim>> all = take(list, requests, claims);
              // What was taken already is given, whatever becomes of the rest.
              return claims.stream().allMatch(Objects::isNull)
                  ? all
                  : all.recover(cause -> Future.succeededFuture(new Waiters.Batch<>(claims, 0)));
            });
  }

  private Future<Taken> takeOnce(String list, List<String> requests) {
    List<String> arguments = new ArrayList<>(2 + 2 * requests.size());
    arguments.add("take");
    arguments.add(String.valueOf(options.visibilityTimeoutMs()));
    for (String request : requests) {
      int space = request.indexOf(' ');
      arguments.add(request.substring(0, space));
      arguments.add(request.substring(space + 1));
    }
    return link.run(LIST, keys.of(list), arguments)
        .compose(
            answer -> {
              boolean areMore = answer.get(1).toInteger() == 1;
              Taken taken = new Taken(new ArrayList<>(), areMore, answer.get(0).toLong());
              return readClaims(list, answer, taken);
            });
  }

  private Future<Taken> readClaims(String list, Response answer, Taken taken) {
    int next = 2 + taken.claims().size();
    if (next == answer.size()) {
      return Future.succeededFuture(taken);
    }
    Response entry = answer.get(next);
    String receipt = entry.get(0).toString();
    int deliveries = entry.get(1).toInteger();
    if (deliveries > 1) {
      LOG.warn(
          "{} trades of {} are delivered again ({}): {} did not acknowledge them in time",
          entry.get(3).size(),
          list,
          deliveries,
          entry.get(2));
    }
    return stored
        .read(list, entry.get(3))
        .compose(
            trades -> {
              boolean isNothing = trades.isEmpty();
              taken.claims().add(isNothing ? null : new TradesClaim(trades, receipt, deliveries));
              return isNothing
                  ? acknowledge(list, receipt)
                      .compose(v -> readClaims(list, answer, taken.andMore()))
                  : readClaims(list, answer, taken);
            });
  }

  private Future<Boolean> acknowledge(String list, String receipt) {
    return link.run(LIST, keys.of(list), List.of("ack", receipt))
        .map(acknowledged -> acknowledged.toInteger() == 1);
  }
}
