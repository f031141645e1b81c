package io.fullon.cache.trades;

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
 * <p>Lists and queues are bounded (configuration {@code trades.max_list}): the oldest trades fall
 * off and are counted in the metric {@code fullon.cache.trades.dropped}.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface TradesCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.trades";

  /** How many trades are given at once when the call does not say. */
  int DEFAULT_MAX = 1_000;

  /** How many trades are given at once at most. */
  int MAX_MAX = 100_000;

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static TradesCache proxy(Vertx vertx) {
    return TypedClient.of(TradesCache.class, ADDRESS, vertx);
  }

  /**
   * Puts a trade at the end of the list.
   *
   * @param symbol the same as the trade's own
   * @param once whether it is put there once only, by symbol, trade id, side and order, however
   *     often it is called, also when the trade was drained meanwhile; it is remembered for as long
   *     as fills are (configuration {@code fills.remember_ms}). Null: no
   * @return the list's length
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
   * @return the trades, oldest first; empty when there is none
   */
  Future<List<Trade>> getTradesList(String symbol, String exchange, int max);

  /**
   * Takes the oldest trades out of a list; each goes to one caller.
   *
   * @param max how many at most, 1 to {@link #MAX_MAX}
   * @return the trades, oldest first; empty when there is none
   */
  Future<List<Trade>> drainTradesList(String symbol, String exchange, int max);

  /**
   * Puts a trade at the end of a user's own queue.
   *
   * @param once as that of {@link #pushTradeList(String, String, Trade, Boolean)}
   * @return the queue's length
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

  /**
   * @return when a trade of the exchange was last pushed, to any list or queue, by Redis' clock;
   *     null when none ever was
   */
  Future<@Nullable Instant> getTradeStatus(String exchange);
}
