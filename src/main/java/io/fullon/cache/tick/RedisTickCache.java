package io.fullon.cache.tick;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.ForeignPages;
import io.fullon.cache.redis.Gatherer;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Tickers in Redis: writes by script, reads from the node's table. */
final class RedisTickCache implements TickCache {

  private static final Script UPDATE = Script.load("tick-update");
  private static final Script DELETE = Script.load("tick-delete");

  /** So many tickers go in one script. */
  private static final int PAGE = 500;

  private final Vertx vertx;
  private final RedisLink link;
  private final TickNode node;
  private final TickTable table;
  private final String maxAheadMicros;

  private final Gatherer<Tick> writes;
  private final LongAdder stored;
  private final LongAdder older;
  private final LongAdder ahead;

  /** By exchange, that it was said that there is one. */
  private final Map<String, Future<?>> announced = new HashMap<>();

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
    byExchange.forEach(
        (exchange, its) -> pages(its).forEach(page -> counts.add(update(exchange, page))));
    return Future.join(counts).map(all -> counts.stream().mapToInt(Future::result).sum());
  }

  private void checkNotAhead(String field, Tick tick) {
    try {
      node.reader().checkNotAhead(field, tick);
    } catch (InvalidValueException e) {
      ahead.increment();
      throw e;
    }
  }

  private Future<Integer> update(String exchange, List<Tick> ticks) {
    List<TickState> before = states(exchange, ticks.stream().map(Tick::symbol).toList());
    return writes
        .add(exchange, ticks, (numbers, first) -> updated(exchange, ticks, before, numbers, first))
        .compose(updated -> updated);
  }

  private Future<Response> send(String exchange, List<Tick> ticks) {
    List<String> arguments = new ArrayList<>(2 + 3 * ticks.size());
    arguments.add(TickKeys.channelPrefix(exchange));
    arguments.add(maxAheadMicros);
    for (Tick tick : ticks) {
      arguments.add(tick.symbol());
      arguments.add(Times.plain(tick.time()));
      arguments.add(tick.encodeUnnumbered(DecimalStyle.NUMBER));
    }
    return announced(exchange).compose(v -> link.run(UPDATE, keys(exchange), arguments));
  }

  /**
   * Says once that there is the exchange, for nodes that may miss its messages. Where that fails a
   * comparison says it: the ticks must not wait for it, which are on another server of a Cluster.
   */
  private Future<?> announced(String exchange) {
    return announced.computeIfAbsent(
        exchange,
        added ->
            link.write(Command.SADD, node.keys().exchanges(), added)
                .onFailure(cause -> announced.remove(added))
                .otherwiseEmpty());
  }

  private static <T> List<List<T>> pages(List<T> all) {
    List<List<T>> pages = new ArrayList<>();
    for (int first = 0; first < all.size(); first += PAGE) {
      pages.add(all.subList(first, Math.min(first + PAGE, all.size())));
    }
    return pages;
  }

  private List<TickState> states(String exchange, List<String> symbols) {
    return symbols.stream().map(symbol -> table.state(exchange, symbol)).toList();
  }

  private Future<Integer> updated(
      String exchange, List<Tick> ticks, List<TickState> before, Response numbers, int first) {
    List<Answer> answers = new ArrayList<>(ticks.size());
    for (int i = 0; i < ticks.size(); i++) {
      Response number = numbers.get(first + i);
      if (number != null) {
        Tick tick = ticks.get(i).withSeq(number.toLong());
        answers.add(new Answer(before.get(i), tick.symbol(), tick, tick.seq()));
      }
    }
    stored.add(answers.size());
    older.add(ticks.size() - answers.size());
    return answered(exchange, answers).map(answers.size());
  }

  /**
   * What Redis has answered to a write.
   *
   * @param before what was known when the write was called
   * @param tick null for a deletion
   */
  private record Answer(TickState before, String symbol, Tick tick, long number) {

    boolean tellsOfLoss() {
      return before.isRefutedBy(tick, number);
    }
  }

  /** Reads on this node must reflect what was done before its caller is told. */
  private Future<Void> answered(String exchange, List<Answer> answers) {
    for (Answer answer : answers) {
      if (answer.tellsOfLoss()) {
        return node.lost(exchange, answer.before.era())
            .onSuccess(v -> answers.forEach(one -> take(exchange, one)));
      }
    }
    boolean isSure = true;
    for (Answer answer : answers) {
      // Else Redis may have lost that too, since it was done.
      isSure &= take(exchange, answer).before().era() == answer.before.era();
    }
    if (!isSure) {
      node.doubt(exchange);
    }
    return Future.succeededFuture();
  }

  private ExchangeTicks.Change take(String exchange, Answer answer) {
    return answer.tick == null
        ? table.change(exchange, answer.symbol, state -> state.answered(null, answer.number))
        : table.answered(answer.tick);
  }

  @Override
  public Future<Tick> getTicker(String symbol, String exchange, Long maxAgeMs) {
    return node.readable(exchange)
        .map(
            v -> {
              Tick tick = table.latest(exchange, symbol);
              return tick == null || maxAgeMs == null || isYounger(tick, maxAgeMs) ? tick : null;
            });
  }

  private static boolean isYounger(Tick tick, long maxAgeMs) {
    return !tick.time().isBefore(Instant.now().minusMillis(maxAgeMs));
  }

  @Override
  public Future<BigDecimal> getPrice(String symbol, String exchange, Long maxAgeMs) {
    return getTicker(symbol, exchange, maxAgeMs).map(tick -> tick == null ? null : tick.price());
  }

  @Override
  public Future<Tick> getNextTicker(String symbol, String exchange, long timeoutMs) {
    return node.readable(exchange).compose(v -> next(symbol, exchange, timeoutMs));
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
    return node.readableWith(symbol).map(exchanges -> TickTable.latestOfAny(exchanges, symbol));
  }

  @Override
  public Future<List<Tick>> getAllTickers(String exchange) {
    return node.readable(exchange)
        .map(
            v -> {
              ExchangeTicks ticks = table.find(exchange);
              return ticks == null ? List.of() : ticks.latest();
            });
  }

  @Override
  public Future<Boolean> deleteTicker(String symbol, String exchange) {
    return delete(exchange, List.of(symbol)).map(deleted -> deleted > 0);
  }

  /** Also those that only this node still knows: another program may have deleted them. */
  @Override
  public Future<Integer> deleteExchangeTickers(String exchange) {
    ExchangeTicks known = table.find(exchange);
    Deletion deletion = new Deletion(exchange);
    return deletion
        .known(known == null ? Collections.emptyIterator() : known.symbols())
        .compose(v -> deletion.stored())
        .map(v -> deletion.count);
  }

  /** Deletes all tickers of an exchange, a page at a time. */
  private final class Deletion {

    private final String exchange;
    private int count;

    Deletion(String exchange) {
      this.exchange = exchange;
    }

    Future<Void> known(Iterator<String> symbols) {
      Promise<Void> done = Promise.promise();
      next(symbols, done);
      return done.future();
    }

    private void next(Iterator<String> symbols, Promise<Void> done) {
      List<String> page = new ArrayList<>();
      while (page.size() < PAGE && symbols.hasNext()) {
        page.add(symbols.next());
      }
      if (page.isEmpty()) {
        done.complete();
      } else {
        page(page).onFailure(done::fail).onSuccess(v -> next(symbols, done));
      }
    }

    Future<Void> stored() {
      return ForeignPages.names(
              link, TickKeys.ticks(exchange), () -> this, (deletion, names) -> pages(names))
          .mapEmpty();
    }

    private Future<Void> pages(List<String> names) {
      Promise<Void> done = Promise.promise();
      next(names.iterator(), done);
      return done.future();
    }

    private Future<Void> page(List<String> symbols) {
      return delete(exchange, symbols)
          .map(
              deleted -> {
                count += deleted;
                return null;
              });
    }
  }

  /**
   * @param symbols at most a page
   */
  private Future<Integer> delete(String exchange, List<String> symbols) {
    List<String> arguments = new ArrayList<>(2 + symbols.size());
    arguments.add(node.keys().removals());
    arguments.add(exchange);
    arguments.addAll(symbols);
    List<TickState> before = states(exchange, symbols);
    writes.flush(exchange);
    // What was gathered may still wait for that, and what comes now must not overtake this.
    return announced
        .getOrDefault(exchange, Future.succeededFuture())
        .compose(
            v -> {
              Future<?> times = deletePythonTimes(exchange, symbols);
              Future<Response> deleted = link.run(DELETE, keys(exchange), arguments);
              return times.transform(done -> deleted);
            })
        .compose(
            answer -> {
              List<Answer> answers = new ArrayList<>(symbols.size());
              for (int i = 0; i < symbols.size(); i++) {
                long number = answer.get(i + 1).toLong();
                answers.add(new Answer(before.get(i), symbols.get(i), null, number));
              }
              return answered(exchange, answers).map(answer.get(0).toInteger());
            });
  }

  /**
   * In front of the tickers: what remained of one that is gone would remain for ever. In a Cluster
   * their server may be away, which must not keep the tickers.
   */
  private Future<?> deletePythonTimes(String exchange, List<String> symbols) {
    List<String> names =
        symbols.stream().map(symbol -> TickKeys.pythonTime(exchange, symbol)).toList();
    if (!link.options().cluster()) {
      return link.write(Command.DEL, names.get(0), names.subList(1, names.size()).toArray());
    }
    // Each is in a slot of its own.
    return Future.join(names.stream().map(name -> link.write(Command.DEL, name)).toList());
  }

  private List<String> keys(String exchange) {
    return List.of(
        TickKeys.ticks(exchange), node.keys().sequence(exchange), node.keys().version(exchange));
  }
}
