package io.fullon.cache.source;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** That one node at a time runs the source of an exchange. Each step is one script. */
final class SourceLease {

  private static final Script SCRIPT = Script.load("source-lease");

  private final RedisLink link;
  private final SourceKeys keys;
  private final String exchange;
  private final String node;
  private final long ttlMs;
  private final LongSupplier nanos;

  private boolean isHeld;
  private long until;

  SourceLease(
      RedisLink link,
      SourceKeys keys,
      String exchange,
      String node,
      long ttlMs,
      LongSupplier nanos) {
    this.link = link;
    this.keys = keys;
    this.exchange = exchange;
    this.node = node;
    this.ttlMs = ttlMs;
    this.nanos = nanos;
  }

  /** Makes the exchange known to who looks for states. */
  Future<?> announce() {
    return link.write(Command.SADD, keys.exchanges(), exchange);
  }

  /**
   * Takes or keeps the lease, and says how the source is.
   *
   * @param state null for as it was
   * @return for how long another node has it (ms); 0 when this one has
   */
  Future<Long> hold(SourceState state) {
    long asked = nanos.getAsLong();
    return run("hold", state)
        .map(
            answer -> {
              isHeld = answer.get(0).toInteger() == 1;
              // By this node's clock it ends before it does by that of Redis.
              until = asked + TimeUnit.MILLISECONDS.toNanos(ttlMs);
              return isHeld ? 0L : Math.max(1, answer.get(1).toLong());
            });
  }

  /** Whether no other node can have it now. */
  boolean isHeld() {
    return isHeld && nanos.getAsLong() - until < 0;
  }

  /** Gives it up; others need not wait for its end. */
  Future<?> release(SourceState state) {
    if (!isHeld) {
      return Future.succeededFuture();
    }
    isHeld = false;
    return run("release", state);
  }

  private Future<Response> run(String operation, SourceState state) {
    return link.run(
        SCRIPT,
        List.of(keys.lease(exchange)),
        List.of(
            operation,
            node,
            String.valueOf(ttlMs),
            state == null ? "" : state.encodeUnnumbered(),
            keys.states()));
  }

  /**
   * What Redis knows of an exchange.
   *
   * @param state empty for nothing
   * @param endedAtMs when who had it was last heard of; 0 while somebody has it, or after it was
   *     given up
   * @param endedForMs how long ago that is
   */
  record Known(String state, long endedAtMs, long endedForMs) {}

  static Future<Known> read(RedisLink link, SourceKeys keys, String exchange) {
    return link.read(SCRIPT, List.of(keys.lease(exchange)), List.of("read", "", "0", "", ""))
        .map(
            answer ->
                new Known(
                    answer.get(0).toString(), answer.get(1).toLong(), answer.get(2).toLong()));
  }
}
