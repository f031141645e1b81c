package io.fullon.cache.ohlcv;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.fullon.cache.events.Events;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;

/**
 * Bars (candles) of every market: made of ticks, or brought by programs.
 *
 * <p>A bar belongs to an exchange, a symbol and a timeframe, of which it begins at a multiple. The
 * ticks' own time decides which one a tick is in. A tick counts once, however often it is seen, and
 * however old it is while no later bar of its symbol is stored; else it must be at most {@code
 * ohlcv.late_ms} older than its symbol's newest tick. Two seconds after its end a bar is final.
 * What changes it after that makes it {@code corrected}. A period without a tick has no bar.
 *
 * <p>A bar that a program brings replaces the one of its time, and ticks do not change it. Longer
 * bars are made again of brought 1m bars, unless they were brought themselves; their volume is the
 * sum if every 1m bar has one.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface OhlcvCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.ohlcv";

  /**
   * Every change of a bar is published here, on every node, on that node's bus only; the body is
   * the {@link Bar} itself. A running one is published at most four times a second, a final one at
   * once.
   */
  String UPDATES = Events.updates(ADDRESS);

  /**
   * Whether all changes arrive: {@code stale} and {@code live} are published here, on this node
   * only. After a gap the latest bar that has changed is published of each market and timeframe.
   */
  String STATE = ADDRESS + ".state";

  /** Deletions are published here, on this node only; the body is a {@link BarRemoval}. */
  String REMOVED = ADDRESS + ".removed";

  /** The most bars that one call brings or gives. */
  int MAX_BARS = 10_000;

  /** Where changes of the bars of one market and timeframe are published. */
  static String updates(String exchange, String symbol, Timeframe timeframe) {
    return UPDATES + "." + exchange + "." + symbol + "." + timeframe;
  }

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static OhlcvCache proxy(Vertx vertx) {
    return TypedClient.of(OhlcvCache.class, ADDRESS, vertx);
  }

  /**
   * Stores bars that a program brings, as one atomic step. One bad bar refuses all. Without {@code
   * final} a bar is final when its end has passed. Of bars that begin at the same time the last one
   * stays.
   *
   * @param bars of this market and timeframe, in any order, at most {@link #MAX_BARS}
   * @return how many were new or changed. Those that are older than what is kept do not count
   */
  Future<Integer> updateOhlcvBars(
      String symbol, String exchange, Timeframe timeframe, List<Bar> bars);

  /**
   * @param count 1 to {@link #MAX_BARS}
   * @return the latest bars, oldest first, the running one last; fewer when there are fewer
   */
  Future<List<Bar>> getLatestOhlcvBars(
      String symbol, String exchange, Timeframe timeframe, int count);

  /**
   * @return the bars that begin from there on and before {@code to}, oldest first, at most {@link
   *     #MAX_BARS}
   */
  Future<List<Bar>> getOhlcvBars(
      String symbol, String exchange, Timeframe timeframe, Instant from, Instant to);

  /**
   * Deletes all bars of the market and timeframe. Ticks go on making new ones.
   *
   * @return true if there were any
   */
  Future<Boolean> deleteOhlcvBars(String symbol, String exchange, Timeframe timeframe);
}
