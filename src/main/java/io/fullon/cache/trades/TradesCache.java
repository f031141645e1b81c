package io.fullon.cache.trades;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.bus.EventState;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.fullon.cache.fill.Trade;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;

/**
 * Trades: for each exchange and symbol a list, for each user and exchange a queue of the own ones.
 *
 * <p>A user's own queue is a list, too. {@link #drainTradesList} and {@link #popMyTrade} give each
 * trade at most once: one whose answer is lost on the way is gone. {@link #takeTrades} and {@link
 * #takeMyTrades} give each at least once: again and again, until it is acknowledged.
 *
 * <p>A list is bounded (configuration {@code trades.max_list}); trades that are claimed are still
 * in it. When it is full (configuration {@code trades.on_full}), either the oldest trades fall off
 * that are not claimed, counted in the metric {@code fullon.cache.trades.dropped}; or it takes no
 * more: {@link Failure#CONFLICT}, counted in {@code fullon.cache.trades.refused}.
 *
 * <p>What is in a list and is no trade, since something else has written it, is skipped, logged and
 * counted in {@code fullon.cache.trades.garbage}. It goes with the trades around it.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface TradesCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.trades";

  /**
   * Where every trade is published that is put into the list of a symbol, on the local bus of each
   * node that tells events (configuration {@code trades.events}); body {@link Trade}. In the order
   * of each list.
   */
  String UPDATES = ADDRESS + ".updates";

  /**
   * Where it is published that messages from Redis are missed ({@link EventState#STALE}) or not any
   * more ({@link EventState#LIVE}), body String, on the local bus. The trades in between are not
   * repeated: {@link #takeTrades} gives them.
   */
  String STATE = ADDRESS + ".state";

  /** How many trades are given at once when the call does not say. */
  int DEFAULT_MAX = 1_000;

  /** How many trades are given at once at most. */
  int MAX_MAX = 5_000;

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static TradesCache proxy(Vertx vertx) {
    return TypedClient.of(TradesCache.class, ADDRESS, vertx);
  }

  /** Where the trades of one exchange are published, as at {@link #UPDATES}. */
  static String updates(String exchange) {
    return UPDATES + "." + exchange;
  }

  /**
   * Puts a trade at the end of the list.
   *
   * @param symbol the same as the trade's own
   * @param trade its {@code volume} must be above zero
   * @param once whether nothing is done when it was put there before, by symbol, trade id, side and
   *     order, in whichever way, also when the trade was drained meanwhile; it is remembered for as
   *     long as fills are (configuration {@code fills.remember_ms}). Null: no
   * @return the list's length, claimed trades not counted; fails with {@link Failure#CONFLICT} when
   *     it is full and takes no more. A trade that is there once already is never too much
   */
  Future<Integer> pushTradeList(
      String symbol, String exchange, Trade trade, @Nullable Boolean once);

  /** The same, whether or not the trade is there already. */
  default Future<Integer> pushTradeList(String symbol, String exchange, Trade trade) {
    return pushTradeList(symbol, exchange, trade, null);
  }

  /**
   * Reads the oldest trades of a list and leaves them there.
   *
   * @param max how many at most, 1 to {@link #MAX_MAX}
   * @return the trades, oldest first; empty when there is none. Fewer where they are longer than 4
   *     MB together
   */
  Future<List<Trade>> getTradesList(String symbol, String exchange, int max);

  /** The same, with {@link #DEFAULT_MAX}. */
  default Future<List<Trade>> getTradesList(String symbol, String exchange) {
    return getTradesList(symbol, exchange, DEFAULT_MAX);
  }

  /**
   * Takes the oldest trades out of a list; each goes to one caller.
   *
   * @param max how many at most, 1 to {@link #MAX_MAX}
   * @return as {@link #getTradesList(String, String, int)}
   */
  Future<List<Trade>> drainTradesList(String symbol, String exchange, int max);

  /** The same, with {@link #DEFAULT_MAX}. */
  default Future<List<Trade>> drainTradesList(String symbol, String exchange) {
    return drainTradesList(symbol, exchange, DEFAULT_MAX);
  }

  /**
   * Claims the oldest trades of a list. Unless they are acknowledged within the visibility timeout
   * (configuration {@code trades.visibility_timeout_ms}), they are delivered again, before newer
   * ones. What was delivered together is delivered again together, or, to who wants fewer, in
   * parts.
   *
   * @param consumer who claims them, for the logs
   * @param max how many at most, 1 to {@link #MAX_MAX}
   * @param timeoutMs how long to wait for one, 0 to 20,000 milliseconds
   * @return the claim, or null when there was none in that time
   */
  Future<@Nullable TradesClaim> takeTrades(
      String symbol, String exchange, String consumer, int max, long timeoutMs);

  /** The same, waiting for {@link Endpoint#DEFAULT_TIMEOUT_MS}. */
  default Future<@Nullable TradesClaim> takeTrades(
      String symbol, String exchange, String consumer, int max) {
    return takeTrades(symbol, exchange, consumer, max, Endpoint.DEFAULT_TIMEOUT_MS);
  }

  /** The same, with {@link #DEFAULT_MAX}. */
  default Future<@Nullable TradesClaim> takeTrades(
      String symbol, String exchange, String consumer) {
    return takeTrades(symbol, exchange, consumer, DEFAULT_MAX);
  }

  /**
   * Says that claimed trades were dealt with and must not be delivered again.
   *
   * @param receipt the claim's
   * @return true if they were still claimed by that receipt; false when their time was over, or
   *     they were acknowledged before
   */
  Future<Boolean> ackTrades(String symbol, String exchange, String receipt);

  /**
   * Puts a trade at the end of a user's own queue.
   *
   * @param trade its {@code uid}, if it has one, must be the call's; its {@code volume} must be
   *     above zero
   * @param once as that of {@link #pushTradeList(String, String, Trade, Boolean)}
   * @return the queue's length, likewise
   */
  Future<Integer> pushMyTradesList(
      String uid, String exchange, Trade trade, @Nullable Boolean once);

  /** The same, whether or not the trade is there already. */
  default Future<Integer> pushMyTradesList(String uid, String exchange, Trade trade) {
    return pushMyTradesList(uid, exchange, trade, null);
  }

  /**
   * Takes the oldest trade out of a user's own queue; each goes to one caller.
   *
   * @param timeoutMs how long to wait for one, 0 to 20,000 milliseconds
   * @return the trade, or null when there was none in that time
   */
  Future<@Nullable Trade> popMyTrade(String uid, String exchange, long timeoutMs);

  /** The same, waiting for {@link Endpoint#DEFAULT_TIMEOUT_MS}. */
  default Future<@Nullable Trade> popMyTrade(String uid, String exchange) {
    return popMyTrade(uid, exchange, Endpoint.DEFAULT_TIMEOUT_MS);
  }

  /**
   * Claims the oldest trades of a user's own queue, as {@link #takeTrades(String, String, String,
   * int, long)} does of a list.
   */
  Future<@Nullable TradesClaim> takeMyTrades(
      String uid, String exchange, String consumer, int max, long timeoutMs);

  /** The same, waiting for {@link Endpoint#DEFAULT_TIMEOUT_MS}. */
  default Future<@Nullable TradesClaim> takeMyTrades(
      String uid, String exchange, String consumer, int max) {
    return takeMyTrades(uid, exchange, consumer, max, Endpoint.DEFAULT_TIMEOUT_MS);
  }

  /** The same, with {@link #DEFAULT_MAX}. */
  default Future<@Nullable TradesClaim> takeMyTrades(String uid, String exchange, String consumer) {
    return takeMyTrades(uid, exchange, consumer, DEFAULT_MAX);
  }

  /** As {@link #ackTrades}, of a user's own. */
  Future<Boolean> ackMyTrades(String uid, String exchange, String receipt);

  /**
   * @return when a trade of the exchange was last pushed, to any list or queue, by Redis' clock;
   *     null when none ever was
   */
  Future<@Nullable Instant> getTradeStatus(String exchange);
}
