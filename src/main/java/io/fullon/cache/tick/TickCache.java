package io.fullon.cache.tick;

import io.fullon.cache.bus.EventState;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.util.List;

/**
 * The latest tick of every symbol of every exchange, shared by all programs on one Redis.
 *
 * <p>Reads come from this node's table and touch Redis not at all; they reflect every update and
 * deletion that this node has answered before. While Redis is out of reach they go on answering for
 * a while (configuration {@code tick.stale_reads_ms}), then fail with {@link Failure#UNAVAILABLE}.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 *
 * <p>Every stored tick is published on each node that has this service, on that node's bus only, as
 * the immutable {@link Tick} itself: see {@link #UPDATES} and {@link #updates}.
 */
public interface TickCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.tick";

  /** Where every tick is published, body {@link Tick}, on the local bus. */
  String UPDATES = "fullon.tick.updates";

  /** Where deletions are published, body {@link TickRemoval}, on the local bus. */
  String REMOVED = "fullon.tick.removed";

  /**
   * Where each tick is published, body {@link Tick}, on the local bus, that this node has stored
   * and whose message it has missed, or may have: for who must know of all of them, not only of the
   * latest. Some are published in {@link #UPDATES}, too.
   */
  String LOST = "fullon.tick.lost";

  /**
   * Where it is published that the link to Redis went ({@link #STALE}) or came back ({@link
   * #LIVE}), body String, on the local bus. What changed in between has been published just before.
   * With the header {@link #STATE_EXCHANGE} that is so for one exchange only: in a Cluster the
   * server that has it can be away alone. A service that is undeployed is no outage: its end is not
   * published.
   */
  String STATE = "fullon.tick.state";

  /** The header of a message about one exchange only. */
  String STATE_EXCHANGE = "exchange";

  /** The link to Redis is gone: changes are not seen. */
  String STALE = EventState.STALE;

  /** The link to Redis holds. */
  String LIVE = EventState.LIVE;

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static TickCache proxy(Vertx vertx) {
    return TypedClient.of(TickCache.class, ADDRESS, vertx);
  }

  /** Where the ticks of one symbol are published, body {@link Tick}, on the local bus. */
  static String updates(String exchange, String symbol) {
    return UPDATES + "." + exchange + "." + symbol;
  }

  /**
   * Stores a tick and publishes it.
   *
   * @param exchange the same as the tick's own
   * @param tick its {@code seq} is ignored; its {@code time} may be at most {@code
   *     tick.max_ahead_ms} ahead of now, because it would lock out all later ones
   * @return false when the stored tick has a later time: then nothing changes and nothing is
   *     published; at equal time the one that reaches Redis last wins
   */
  Future<Boolean> updateTicker(String exchange, Tick tick);

  /**
   * Stores ticks of any exchanges, in their order, up to 500 of an exchange as one atomic step. One
   * bad tick refuses all. After {@link Failure#UNAVAILABLE} or {@link Failure#TIMEOUT} a part may
   * be stored.
   *
   * @return how many were stored, which are those that were not older than the stored ones
   */
  Future<Integer> updateTickers(List<Tick> ticks);

  /**
   * @param maxAgeMs how long ago the tick's time may be by this node's clock, 0 or more, also of a
   *     symbol of which nothing came since; null for any time
   * @return the latest tick, or null when there is none, or none so young
   */
  Future<@Nullable Tick> getTicker(String symbol, String exchange, @Nullable Long maxAgeMs);

  /** The same, however old it is. */
  default Future<@Nullable Tick> getTicker(String symbol, String exchange) {
    return getTicker(symbol, exchange, null);
  }

  /**
   * @param maxAgeMs as that of {@link #getTicker(String, String, Long)}
   * @return the latest price, or null when there is none, or none so young
   */
  Future<@Nullable BigDecimal> getPrice(String symbol, String exchange, @Nullable Long maxAgeMs);

  /** The same, however old it is. */
  default Future<@Nullable BigDecimal> getPrice(String symbol, String exchange) {
    return getPrice(symbol, exchange, null);
  }

  /**
   * Waits for the first tick that this node learns of after the call.
   *
   * @param timeoutMs how long, 0 to 20,000 milliseconds
   * @return the tick, or null when none came in time
   */
  Future<@Nullable Tick> getNextTicker(String symbol, String exchange, long timeoutMs);

  /**
   * @return the latest tick by time over all exchanges, or null when there is none
   */
  Future<@Nullable Tick> getAnyTicker(String symbol);

  /**
   * @return the latest ticks of the exchange, by symbol; empty when there is none
   */
  Future<List<Tick>> getAllTickers(String exchange);

  /**
   * Deletes a ticker; every node forgets it. The next tick may have any earlier time.
   *
   * @return true if there was one
   */
  Future<Boolean> deleteTicker(String symbol, String exchange);

  /**
   * Deletes all tickers of the exchange, in pieces; every node forgets them. After {@link
   * Failure#UNAVAILABLE} or {@link Failure#TIMEOUT} a part may be deleted.
   *
   * @return how many there were
   */
  Future<Integer> deleteExchangeTickers(String exchange);
}
