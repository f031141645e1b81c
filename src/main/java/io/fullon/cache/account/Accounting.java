package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Changes accounts, each in one step of Redis. Belongs to the link's event loop. */
public final class Accounting {

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
    return changes.isEmpty() ? Future.succeededFuture(true) : changes.change(link);
  }
}
