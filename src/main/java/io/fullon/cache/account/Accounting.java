package io.fullon.cache.account;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.events.Events;
import io.fullon.cache.events.News;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Changes accounts, each in one step of Redis. Belongs to the link's event loop. */
public final class Accounting {

  /**
   * How far ahead of now a fill or an adjustment may be: clocks are by seconds, a time of another
   * unit is by centuries.
   */
  public static final Duration MAX_AHEAD = Duration.ofDays(1);

  private static final Script CLAIM = Script.load("order-claim");

  /** Longer than any call takes. */
  private static final long RELEASABLE_MS = 2L * Endpoint.MAX_TIMEOUT_MS;

  private final Vertx vertx;
  private final RedisLink link;
  private final FillOptions fills;
  private final AccountKeys keys;
  private final Map<Integer, AccountQueue> queues = new HashMap<>();
  private final LongAdder queued;
  private int waiting;

  public Accounting(Vertx vertx, RedisLink link, FillOptions fills, Meters meters) {
    this.vertx = vertx;
    this.link = link;
    this.fills = fills;
    this.keys = new AccountKeys(link.options().prefix());
    this.queued = meters.gauge("fullon.cache.fills.queued", "Fills that wait for the one before");
  }

  /**
   * Checks the time of what is to be counted: what is far ahead would be put on top of all
   * synchronizations that come.
   *
   * @param time may be null
   * @throws InvalidValueException when it is more than {@link #MAX_AHEAD} ahead of now
   */
  public static void checkTime(String field, Instant time) {
    if (isFarAhead(time)) {
      throw new InvalidValueException(
          field, "must be at most " + MAX_AHEAD.toHours() + " h ahead of now", time);
    }
  }

  static boolean isFarAhead(Instant time) {
    return time != null && time.isAfter(Instant.now().plus(MAX_AHEAD));
  }

  <T> Future<T> change(int exId, AccountChange<T> change) {
    if (waiting >= link.options().maxInFlight()) {
      return Failure.UNAVAILABLE.future(
          "Too much in flight: " + waiting + " changes of accounts wait for Redis");
    }
    waiting++;
    return queues
        .computeIfAbsent(
            exId, key -> new AccountQueue(vertx, this, exId, queued, () -> queues.remove(exId)))
        .add(change)
        .onComplete(done -> waiting--);
  }

  /**
   * Has the order belong to the account, if it belongs to none.
   *
   * @param call names this call among all
   * @return the account that it belongs to
   */
  public Future<Integer> claim(
      String exchange, String symbol, String exOrderId, int account, String call) {
    return link.run(
            CLAIM,
            claimKeys(exchange, symbol, exOrderId),
            List.of(
                "claim",
                String.valueOf(account),
                call,
                String.valueOf(fills.rememberOrdersMs()),
                String.valueOf(RELEASABLE_MS)))
        .map(Response::toInteger);
  }

  /** Takes a claim back that this call made, unless another of the account has come since. */
  public Future<Void> release(
      String exchange, String symbol, String exOrderId, int account, String call) {
    return link.run(
            CLAIM,
            claimKeys(exchange, symbol, exOrderId),
            List.of("release", String.valueOf(account), call))
        .mapEmpty();
  }

  /** Which account the order belongs to; null when it belongs to none. */
  public Future<Integer> owner(String exchange, String symbol, String exOrderId) {
    return link.read(Command.GET, keys.orderAccount(exchange, symbol, exOrderId))
        .map(owner -> owner == null ? null : owner.toInteger());
  }

  /** Has the order belong to none, if it belongs to the account. */
  public Future<Void> disown(String exchange, String symbol, String exOrderId, int account) {
    return link.run(
            CLAIM,
            claimKeys(exchange, symbol, exOrderId),
            List.of("disown", String.valueOf(account)))
        .mapEmpty();
  }

  private List<String> claimKeys(String exchange, String symbol, String exOrderId) {
    return List.of(
        keys.orderAccount(exchange, symbol, exOrderId),
        keys.orderClaim(exchange, symbol, exOrderId));
  }

  /**
   * Counts a fill with its order's id, and keeps it for the list of its symbol.
   *
   * @param ownId what the order was called before the exchange gave it an id; may be null
   */
  public Future<OrderStep> report(int exId, Trade fill, String ownId) {
    return change(exId, new FillReport(fill, ownId));
  }

  /** Counts what of an order is not counted yet, and keeps it for the list of its symbol. */
  public Future<OrderStep> settle(int exId, OrderSettlement settlement) {
    return change(exId, settlement);
  }

  /** Forgets what was kept of an order for the list; with none it tells what is kept. */
  public Future<OrderStep> listed(int exId, String symbol, String exOrderId, List<Trade> listed) {
    return change(exId, new TradesListed(symbol, exOrderId, listed));
  }

  AccountReads reads(int exId) {
    return new AccountReads(keys, exId);
  }

  Future<AccountState> read(AccountReads reads) {
    long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    return reads.run(link, now - TimeUnit.MILLISECONDS.toMicros(fills.replayMs()));
  }

  /** Whether nobody was faster. */
  Future<Boolean> store(AccountState state) {
    Commands changes = state.changes(fills.rememberMs(), fills.rememberOrdersMs());
    if (changes.isEmpty()) {
      return Future.succeededFuture(true);
    }
    if (!state.told().isEmpty()) {
      String message = News.message(state.told());
      Events.expect(vertx, AccountCache.ADDRESS, message, state.told());
      changes.publish(keys.updates(), message);
    }
    return changes.change(link);
  }
}
