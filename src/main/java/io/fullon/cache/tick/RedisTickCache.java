package io.fullon.cache.tick;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.Gatherer;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Tickers in Redis: writes by script, reads from the node's table. */
final class RedisTickCache implements TickCache {

  private static final Script UPDATE = Script.load("tick-update");
  private static final Script DELETE = Script.load("tick-delete");

  private final Vertx vertx;
  private final RedisLink link;
  private final TickNode node;
  private final TickTable table;
  private final String maxAheadMicros;

  private final Gatherer<Tick> writes;
  private final LongAdder stored;
  private final LongAdder older;
  private final LongAdder ahead;

  /** Those who wait for a next tick; it comes on the node's event loop. */
  private final Set<Promise<Tick>> waiting = ConcurrentHashMap.newKeySet();

  RedisTickCache(Vertx vertx, RedisLink link, TickNode node, TickOptions options, Meters meters) {
    this.vertx = vertx;
    this.link = link;
    this.node = node;
    this.table = node.table();
    this.writes = new Gatherer<>(vertx, this::send);
    this.maxAheadMicros = String.valueOf(options.maxAheadMs() * 1_000);
    this.stored = meters.counter("fullon.cache.ticks.stored", "Ticks that services stored");
    this.older = refused(meters, "older");
    this.ahead = refused(meters, "ahead");
  }

  private static LongAdder refused(Meters meters, String reason) {
    return meters.counter(
        "fullon.cache.ticks.refused",
        "Ticks that services did not store, because of their time",
        "reason",
        reason);
  }

  @Override
  public Future<Boolean> updateTicker(String exchange, Tick tick) {
    if (!exchange.equals(tick.exchange())) {
      throw new InvalidValueException(
          "tick.exchange", "must be the call's exchange " + exchange, tick.exchange());
    }
    checkNotAhead("tick.time", tick);
    return update(exchange, List.of(tick)).map(stored -> stored == 1);
  }

  @Override
  public Future<Integer> updateTickers(List<Tick> ticks) {
    Map<String, List<Tick>> byExchange = new LinkedHashMap<>();
    for (int i = 0; i < ticks.size(); i++) {
      Tick tick = ticks.get(i);
      checkNotAhead("ticks[" + i + "].time", tick);
      byExchange.computeIfAbsent(tick.exchange(), exchange -> new ArrayList<>()).add(tick);
    }
    List<Future<Integer>> counts = new ArrayList<>();
    byExchange.forEach((exchange, its) -> counts.add(update(exchange, its)));
    return Future.join(counts).map(all -> counts.stream().mapToInt(Future::result).sum());
  }

  private void checkNotAhead(String field, Tick tick) {
    try {
      node.checkNotAhead(field, tick);
    } catch (InvalidValueException e) {
      ahead.increment();
      throw e;
    }
  }

  private Future<Integer> update(String exchange, List<Tick> ticks) {
    return writes.add(exchange, ticks, (numbers, first) -> updated(ticks, numbers, first));
  }

  private Future<Response> send(String exchange, List<Tick> ticks) {
    List<String> arguments = new ArrayList<>(2 + 3 * ticks.size());
    arguments.add(TickKeys.channel(exchange));
    arguments.add(maxAheadMicros);
    for (Tick tick : ticks) {
      arguments.add(tick.symbol());
      arguments.add(Times.plain(tick.time()));
      arguments.add(tick.encodeUnnumbered(DecimalStyle.NUMBER));
    }
    return link.run(UPDATE, keys(exchange), arguments);
  }

  /** Reads on this node must reflect what was stored before its caller is told. */
  private int updated(List<Tick> ticks, Response numbers, int first) {
    int count = 0;
    for (int i = 0; i < ticks.size(); i++) {
      Response number = numbers.get(first + i);
      if (number != null) {
        Tick tick = ticks.get(i).withSeq(number.toLong());
        table.change(tick.exchange(), tick.symbol(), state -> state.answered(tick, tick.seq()));
        count++;
      }
    }
    stored.add(count);
    older.add(ticks.size() - count);
    return count;
  }

  @Override
  public Future<Tick> getTicker(String symbol, String exchange) {
    return read(() -> table.latest(exchange, symbol));
  }

  @Override
  public Future<BigDecimal> getPrice(String symbol, String exchange) {
    return getTicker(symbol, exchange).map(tick -> tick == null ? null : tick.price());
  }

  @Override
  public Future<Tick> getNextTicker(String symbol, String exchange, long timeoutMs) {
    return node.readable().compose(v -> next(symbol, exchange, timeoutMs));
  }

  private Future<Tick> next(String symbol, String exchange, long timeoutMs) {
    if (timeoutMs == 0) {
      return Future.succeededFuture();
    }
    Promise<Tick> next = Promise.promise();
    waiting.add(next);
    table.await(exchange, symbol, next);
    long timer = vertx.setTimer(timeoutMs, id -> next.tryComplete());
    return next.future()
        .onComplete(
            result -> {
              vertx.cancelTimer(timer);
              waiting.remove(next);
              table.takeBack(exchange, symbol, next);
            });
  }

  /** Tells whoever still waits for a tick that none will come from here. */
  Future<Void> close() {
    List.copyOf(waiting)
        .forEach(next -> next.tryFail(Failure.UNAVAILABLE.exception("The service stops")));
    return Future.succeededFuture();
  }

  @Override
  public Future<Tick> getAnyTicker(String symbol) {
    return read(() -> table.latestOfAny(symbol));
  }

  @Override
  public Future<List<Tick>> getAllTickers(String exchange) {
    return read(() -> table.latest(exchange));
  }

  private <T> Future<T> read(Supplier<T> reader) {
    return node.readable().map(v -> reader.get());
  }

  @Override
  public Future<Boolean> deleteTicker(String symbol, String exchange) {
    return delete(exchange, false, List.of(symbol)).map(deleted -> deleted > 0);
  }

  @Override
  public Future<Integer> deleteExchangeTickers(String exchange) {
    // Also those that only this node still knows: another program may have deleted them.
    return delete(exchange, true, List.copyOf(table.snapshot(exchange).keySet()));
  }

  private Future<Integer> delete(String exchange, boolean all, List<String> symbols) {
    List<String> arguments = new ArrayList<>(3 + symbols.size());
    arguments.add(node.keys().removals());
    arguments.add(exchange);
    arguments.add(all ? "1" : "0");
    arguments.addAll(symbols);
    writes.flush(exchange);
    return link.run(DELETE, keys(exchange), arguments)
        .map(
            answer -> {
              for (int i = 1; i < answer.size(); i += 2) {
                long number = answer.get(i + 1).toLong();
                table.change(
                    exchange, answer.get(i).toString(), state -> state.answered(null, number));
              }
              return answer.get(0).toInteger();
            });
  }

  private List<String> keys(String exchange) {
    return List.of(TickKeys.ticks(exchange), node.keys().numbers(exchange));
  }
}
