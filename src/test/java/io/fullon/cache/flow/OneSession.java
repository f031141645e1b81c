package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** A session on an exchange of its own, whose body ends when the test says so. */
final class OneSession {

  static final String SYMBOL = "BTC/USD";
  static final String BOT = "bot 1";
  static final String OTHER = "bot 2";

  /** Longer than any test. */
  static final Duration LONG = Duration.ofMinutes(10);

  private static final AtomicInteger EXCHANGES = new AtomicInteger();

  /** Ends the body. */
  final Promise<String> body = Promise.promise();

  final String exchange = "exchange-" + EXCHANGES.incrementAndGet();

  private final CacheNode node;
  private final AtomicReference<BotSession> session = new AtomicReference<>();

  OneSession(CacheNode node) {
    this.node = node;
  }

  /** Runs another body in its place. */
  <T> Future<T> run(Duration ttl, Function<BotSession, Future<T>> other) {
    return BotSession.run(node.vertx(), exchange, SYMBOL, BOT, ttl, other);
  }

  /** Runs the body. */
  Future<String> run(Duration ttl) {
    return run(
        ttl,
        begun -> {
          session.set(begun);
          return body.future();
        });
  }

  /** Runs the body and waits until it has begun. */
  Future<String> begin(Duration ttl) {
    Future<String> result = run(ttl);
    await("the body to begin").until(this::hasBegun);
    return result;
  }

  boolean hasBegun() {
    return session.get() != null;
  }

  BotSession session() {
    return session.get();
  }

  BotCache bots() {
    return BotCache.proxy(node.vertx());
  }

  Future<String> holder() {
    return bots().isBlocked(exchange, SYMBOL);
  }

  Future<Boolean> opening() {
    return bots().isOpeningPosition(exchange, SYMBOL);
  }

  void assertGivenBack() {
    assertThat(get(holder())).isNull();
    assertThat(get(opening())).isFalse();
  }

  /** Ends the session's lease, if there is one, by force: anybody who knows bot and token may. */
  void unblock() {
    get(bots().getBlocks()).stream()
        .filter(block -> block.exchange().equals(exchange))
        .forEach(block -> get(bots().unblockExchange(exchange, SYMBOL, BOT, block.token())));
  }

  /** Another bot takes block and mark by force. */
  Block takeOver() {
    unblock();
    Block others = get(bots().acquireBlock(exchange, SYMBOL, OTHER, LONG.toMillis()));
    get(bots().markOpeningPosition(exchange, SYMBOL, OTHER));
    return others;
  }

  void assertUntouched(Block others) {
    assertThat(get(bots().getBlocks())).contains(others);
    assertThat(get(opening())).isTrue();
  }

  Instant redisClock() {
    Response clock = node.redis(Command.TIME);
    return Instant.ofEpochSecond(clock.get(0).toLong(), clock.get(1).toLong() * 1_000);
  }
}
