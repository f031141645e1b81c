package io.fullon.cache.trades;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Callers on two nodes push, take, acknowledge, drain and pop at random, and what each of them was
 * told is put together: no trade is lost, none is given to two at the same time, and each has one
 * end.
 */
class TradesModelIT {

  private static final int PUSHERS = 4;
  private static final int ROUNDS = 1_500;
  private static final int TAKERS = 12;
  private static final int ALL = PUSHERS * ROUNDS;
  private static final long VISIBILITY_MS = 60;

  /** Redis' clock is read in milliseconds. */
  private static final long ROUNDED_MS = 1;

  private static final String EXCHANGE = "binance";
  private static final String UID = "u";
  private static final List<String> SYMBOLS = List.of("BTC/USDT", "ETH/USDT");

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final JsonObject CONFIG =
      Options.section("trades", "instances", 2, "visibility_timeout_ms", VISIBILITY_MS);
  private static final CacheNode one = redis.node(CONFIG);
  private static final CacheNode other = redis.node(CONFIG);

  /** One trade was given once: at these times it was asked for, and was there. */
  private record Delivery(int number, long asked, long given) {}

  /** What is known of a trade. */
  private static final class Fate {
    final List<Delivery> deliveries = new ArrayList<>();
    int ends;
  }

  private final Map<String, Fate> fates = new HashMap<>();
  private final AtomicInteger ended = new AtomicInteger();

  private static TradesCache node(int caller) {
    return (caller % 2 == 0 ? one : other).trades();
  }

  private static Trade trade(int number) {
    return Trade.builder(String.valueOf(number), SYMBOLS.get(number % 2), Side.BUY)
        .volume(BigDecimal.ONE)
        .price(BigDecimal.ONE)
        .build();
  }

  /** A third of all goes to the list of a user. */
  private static boolean isOwn(int number) {
    return number % 3 == 0;
  }

  private static Future<Integer> push(int caller, int number, boolean once) {
    Trade trade = trade(number);
    return isOwn(number)
        ? node(caller).pushMyTradesList(UID, EXCHANGE, trade, once)
        : node(caller).pushTradeList(trade.symbol(), EXCHANGE, trade, once);
  }

  /** Each trade is pushed once only; those of even numbers by two callers. */
  private static Future<?> pusher(int caller) {
    return Callers.inTurn(
        ROUNDS,
        i -> {
          int number = i * PUSHERS + caller;
          return number % 2 == 0
              ? Future.all(push(caller, number, true), push(caller + 1, number, true))
              : push(caller, number, false);
        });
  }

  private synchronized void given(List<Trade> trades, int number, long asked) {
    long now = System.nanoTime();
    for (Trade trade : trades) {
      fates
          .computeIfAbsent(trade.tradeId(), id -> new Fate())
          .deliveries
          .add(new Delivery(number, asked, now));
    }
  }

  private synchronized void ended(List<Trade> trades) {
    for (Trade trade : trades) {
      fates.computeIfAbsent(trade.tradeId(), id -> new Fate()).ends++;
      ended.incrementAndGet();
    }
  }

  private Future<?> taker(int caller, Random random) {
    return Callers.until(
        () -> ended.get() >= ALL,
        () -> {
          String symbol = SYMBOLS.get(random.nextInt(2));
          int max = 1 + random.nextInt(random.nextBoolean() ? 5 : 300);
          long timeout = random.nextInt(4);
          TradesCache trades = node(caller);
          return switch (random.nextInt(6)) {
            case 0 -> trades.drainTradesList(symbol, EXCHANGE, max).onSuccess(this::ended);
            case 1 ->
                trades
                    .popMyTrade(UID, EXCHANGE, timeout)
                    .onSuccess(trade -> ended(trade == null ? List.of() : List.of(trade)));
            case 2, 3 -> takeOwn(trades, max, timeout, random);
            default -> take(trades, symbol, max, timeout, random);
          };
        });
  }

  private Future<?> take(TradesCache trades, String symbol, int max, long timeout, Random random) {
    long asked = System.nanoTime();
    return trades
        .takeTrades(symbol, EXCHANGE, "c", max, timeout)
        .compose(
            claim ->
                dealWith(
                    claim,
                    asked,
                    random,
                    () -> trades.ackTrades(symbol, EXCHANGE, claim.receipt())));
  }

  private Future<?> takeOwn(TradesCache trades, int max, long timeout, Random random) {
    long asked = System.nanoTime();
    return trades
        .takeMyTrades(UID, EXCHANGE, "c", max, timeout)
        .compose(
            claim ->
                dealWith(
                    claim,
                    asked,
                    random,
                    () -> trades.ackMyTrades(UID, EXCHANGE, claim.receipt())));
  }

  private interface Ack {
    Future<Boolean> send();
  }

  /** Acknowledges at once, about the end of the claim's time, twice, or never. */
  private Future<?> dealWith(TradesClaim claim, long asked, Random random, Ack ack) {
    if (claim == null) {
      return Future.succeededFuture();
    }
    given(claim.trades(), claim.deliveries(), asked);
    return switch (random.nextInt(5)) {
      case 0 -> Future.succeededFuture();
      case 1 ->
          one.vertx()
              .timer(VISIBILITY_MS - 5 + random.nextInt(10), TimeUnit.MILLISECONDS)
              .compose(v -> acknowledge(claim, ack));
      case 2 -> Future.all(acknowledge(claim, ack), acknowledge(claim, ack));
      default -> acknowledge(claim, ack);
    };
  }

  private Future<?> acknowledge(TradesClaim claim, Ack ack) {
    return ack.send()
        .onSuccess(
            acknowledged -> {
              if (acknowledged) {
                ended(claim.trades());
              }
            });
  }

  @Test
  void everyTradeHasOneEndAndIsWithOneCallerAtATime() {
    long seed = System.nanoTime();
    System.out.println("Seed of the trades' model: " + seed);
    List<Future<?>> callers = new ArrayList<>();
    for (int i = 0; i < PUSHERS; i++) {
      callers.add(pusher(i));
    }
    for (int i = 0; i < TAKERS; i++) {
      callers.add(taker(i, new Random(seed + i)));
    }
    Callers.await(callers);

    assertThat(fates).as("none is lost").hasSize(ALL);
    fates.forEach(TradesModelIT::assertRight);
    assertThat(one.redis(Command.KEYS, "*{trades*").stream())
        .map(Object::toString)
        .filteredOn(key -> !key.contains("recorded:"))
        .as("nothing is left but what remembers")
        .containsExactly("fullon:{trades:binance}:status");
  }

  private static void assertRight(String id, Fate fate) {
    assertThat(fate.ends).as("ends of " + id).isEqualTo(1);
    List<Delivery> deliveries = new ArrayList<>(fate.deliveries);
    deliveries.sort((a, b) -> Integer.compare(a.number(), b.number()));
    for (int i = 0; i < deliveries.size(); i++) {
      assertThat(deliveries.get(i).number()).as("deliveries of " + id).isEqualTo(i + 1);
      if (i > 0) {
        long between = deliveries.get(i).given() - deliveries.get(i - 1).asked();
        assertThat(TimeUnit.NANOSECONDS.toMillis(between))
            .as("ms between two deliveries of " + id)
            .isGreaterThanOrEqualTo(VISIBILITY_MS - ROUNDED_MS);
      }
    }
  }
}
