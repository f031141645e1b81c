package io.fullon.cache.tick;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.redis.ForeignPages;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.fullon.cache.redis.Subscription;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the node's table with what is in Redis, now and then and after each gap in what was
 * heard, one exchange after the other, in pages. An exchange without news costs one command, but
 * not more than so many times running, since other programs change tickers without telling. What is
 * in the table is asked for by name, so that nothing counts as deleted because a scan has missed
 * it; a scan finds what is not. Lives on the node's own event loop.
 */
final class TickComparison {

  private static final Logger LOG = LoggerFactory.getLogger(TickComparison.class);

  private static final Repeats FAILURES = new Repeats(System::nanoTime);

  private static final Script NEWS = Script.load("tick-news");
  private static final Script TIDY = Script.load("tick-tidy");

  private static final int MAX_SKIPPED = 9;
  private static final String FIRST = "0";

  /** So many strange keys are remembered, so as not to be told again. */
  private static final int MAX_TOLD = 1_000;

  /** Stands for the version where the key is another program's and no hash. */
  private static final String NO_HASH = "no hash";

  private final Vertx vertx;
  private final RedisLink link;
  private final Subscription subscription;
  private final TickTable table;
  private final TickFollower follower;
  private final TickKeys keys;
  private final TickReader reader;
  private final TickBus bus;
  private final TickOptions options;

  /** Keys that begin like those of tickers and name no exchange, as the last scan found them. */
  private Set<String> strangeKeys = Set.of();

  private Future<Void> running;
  private boolean again;
  private boolean closed;
  private long timer = -1;
  private long scanTimer = -1;

  TickComparison(
      Vertx vertx,
      RedisLink link,
      Subscription subscription,
      TickTable table,
      TickFollower follower,
      TickKeys keys,
      TickReader reader,
      TickBus bus,
      TickOptions options) {
    this.vertx = vertx;
    this.link = link;
    this.subscription = subscription;
    this.table = table;
    this.follower = follower;
    this.keys = keys;
    this.reader = reader;
    this.bus = bus;
    this.options = options;
  }

  // When

  /** Finds the exchanges and compares each; may be called again when that fails. */
  Future<Void> first() {
    return findExchanges().compose(v -> compareAll());
  }

  /** From now on compares at intervals. */
  void goOn() {
    if (isBehind()) {
      run();
    } else {
      compareLater();
    }
    scanLater();
  }

  void close() {
    closed = true;
    vertx.cancelTimer(timer);
    vertx.cancelTimer(scanTimer);
  }

  /** Compares now; if that is under way, once more when it is done. */
  void run() {
    if (closed) {
      return;
    }
    if (running != null) {
      again = true;
      return;
    }
    vertx.cancelTimer(timer);
    again = false;
    running = compareAll();
    running.onComplete(
        done -> {
          running = null;
          if (done.failed()) {
            failed("Comparing the ticks with Redis", done.cause());
          }
          if (again) {
            run();
          } else if (isBehind()) {
            timer = vertx.setTimer(link.options().reconnectMaxMs(), id -> run());
          } else {
            compareLater();
          }
        });
  }

  /** Whether an exchange waits for a comparison that could succeed. */
  private boolean isBehind() {
    boolean isAllBehind = !follower.isLive() && subscription.reach() != 0;
    return isAllBehind
        || table.exchanges().stream()
            .anyMatch(ticks -> !ticks.isLive() && follower.reach(ticks.name()) != 0);
  }

  /** Not all nodes at the same time, after Redis has come back for instance. */
  private static long earlier(long intervalMs) {
    return intervalMs - ThreadLocalRandom.current().nextLong(intervalMs / 5 + 1);
  }

  private void compareLater() {
    if (!closed) {
      timer = vertx.setTimer(Math.max(1, earlier(options.compareIntervalMs())), id -> run());
    }
  }

  private void scanLater() {
    scanTimer =
        vertx.setTimer(
            Math.max(1, earlier(options.scanIntervalMs())),
            id ->
                findExchanges()
                    .onSuccess(v -> run())
                    .onFailure(e -> failed("Looking for exchanges", e))
                    .transform(found -> tidyAll())
                    .onFailure(e -> failed("Tidying up after tickers", e))
                    .onComplete(
                        done -> {
                          if (!closed) {
                            scanLater();
                          }
                        }));
  }

  /** It is tried again every second. */
  private static void failed(String what, Throwable cause) {
    FAILURES
        .add(what + cause.getMessage())
        .ifPresent(leftOut -> LOG.warn("{}: {}{}", what, cause.getMessage(), leftOut));
  }

  // Which exchanges there are

  /** Goes through all keys of Redis, which costs it more than a microsecond for each. */
  private Future<Void> findExchanges() {
    Set<String> told = new HashSet<>();
    return Scans.keys(
            link,
            TickKeys.ALL_TICKS,
            key -> {
              if (!found(TickKeys.exchange(key)) && told.size() < MAX_TOLD) {
                told.add(key);
              }
            })
        .onSuccess(v -> strangeKeys = told);
  }

  /**
   * @return whether it is the name of an exchange; what stays there is told once
   */
  private boolean found(String exchange) {
    try {
      table.found(Names.exchange("exchange", exchange));
      return true;
    } catch (InvalidValueException e) {
      if (!strangeKeys.contains(TickKeys.ticks(exchange))) {
        reader.skip(exchange, "", e);
      }
      return false;
    }
  }

  /** Those that nodes have written to. */
  private Future<Set<String>> announced() {
    return link.read(Command.SMEMBERS, keys.exchanges())
        .map(
            members -> {
              Set<String> names = new HashSet<>();
              members.forEach(member -> names.add(member.toString()));
              names.forEach(this::found);
              return names;
            });
  }

  /** Says that there is the exchange, to nodes that may have missed its messages. */
  private Future<?> announce(String exchange) {
    return link.write(Command.SADD, keys.exchanges(), exchange)
        // Where nothing can be written reads go on.
        .otherwiseEmpty();
  }

  // Comparing

  private Future<Void> compareAll() {
    // In a Cluster the server that has the announced ones can be away alone.
    return announced()
        .onFailure(cause -> failed("Reading which exchanges there are", cause))
        .otherwiseEmpty()
        .compose(announced -> each(reached(), ticks -> compareOne(ticks, announced)))
        .onComplete(done -> follower.allCompared());
  }

  /** Those that can be compared. */
  private Iterator<ExchangeTicks> reached() {
    return table.exchanges().stream()
        .filter(ticks -> follower.reach(ticks.name()) != 0)
        .toList()
        .iterator();
  }

  /** One after the other; fails with the first failure, after all. */
  private <T> Future<Void> each(Iterator<T> things, Function<T, Future<Void>> step) {
    Promise<Void> done = Promise.promise();
    next(things, step, null, done);
    return done.future();
  }

  private <T> void next(
      Iterator<T> things, Function<T, Future<Void>> step, Throwable failure, Promise<Void> done) {
    if (closed || !things.hasNext()) {
      Future<Void> result =
          failure == null ? Future.succeededFuture() : Future.failedFuture(failure);
      result.onComplete(done);
      return;
    }
    step.apply(things.next())
        .onComplete(result -> next(things, step, failure == null ? result.cause() : failure, done));
  }

  /**
   * @param announced those that other nodes know of; null when that is not known
   */
  private Future<Void> compareOne(ExchangeTicks ticks, Set<String> announced) {
    long reach = follower.reach(ticks.name());
    if (reach != ticks.reach()) {
      follower.reachChanged();
    }
    return link.read(
            NEWS, List.of(TickKeys.ticks(ticks.name()), keys.version(ticks.name())), List.of())
        .compose(
            news -> {
              String version = news.get(0).toString();
              long count = news.get(1).toLong();
              boolean isMissing =
                  count > 0 && announced != null && !announced.contains(ticks.name());
              Future<?> told = isMissing ? announce(ticks.name()) : Future.succeededFuture();
              return told.compose(v -> new Comparing(ticks, reach, version, count).compare());
            })
        .recover(
            cause -> {
              if (!isNoHash(cause)) {
                return Future.failedFuture(cause);
              }
              if (!ticks.seen().version().equals(NO_HASH)) {
                reader.skip(
                    ticks.name(),
                    "",
                    new InvalidValueException(TickKeys.ticks(ticks.name()), cause.getMessage()));
              }
              return new Comparing(ticks, reach, NO_HASH, 0).compare();
            });
  }

  private static boolean isNoHash(Throwable cause) {
    return Scans.isWrongType(cause);
  }

  /** One comparison of one exchange. */
  private final class Comparing {

    private final ExchangeTicks ticks;
    private final String key;
    private final long reach;
    private final long era;
    private final String version;
    private final long count;
    private final ExchangeTicks.Seen seen;
    private final boolean thorough;

    /** How many known tickers are in Redis. */
    private long present;

    private Map<String, Integer> garbage;

    Comparing(ExchangeTicks ticks, long reach, String version, long count) {
      this.ticks = ticks;
      this.key = TickKeys.ticks(ticks.name());
      this.reach = reach;
      this.era = ticks.era();
      this.version = version;
      this.count = count;
      this.seen = ticks.seen();
      this.thorough = seen.sinceThorough() >= MAX_SKIPPED;
      this.garbage = seen.garbage();
    }

    Future<Void> compare() {
      if (version.equals(NO_HASH) && ticks.isEmpty()) {
        return done(0);
      }
      // One that another program has deleted and one that it has published look like none.
      boolean isOfAnotherSize = count != ticks.count() + garbage.size();
      boolean hasNews = isOfAnotherSize || !version.equals(seen.version()) || count != seen.count();
      if (!thorough && !hasNews) {
        return done(seen.sinceThorough() + 1);
      }
      return known(ticks.symbols(), List.of())
          .compose(
              v ->
                  isIncomplete() && !version.equals(NO_HASH) ? unknown() : Future.succeededFuture())
          .compose(v -> done(thorough ? 0 : seen.sinceThorough() + 1));
    }

    private Future<Void> done(int comparisons) {
      if (isOver()) {
        return lostMeanwhile();
      }
      follower.compared(ticks, new ExchangeTicks.Seen(version, count, comparisons, garbage));
      if (ticks.count() == 0) {
        bus.forget(ticks.name());
      }
      return Future.succeededFuture();
    }

    private boolean isOver() {
      return closed || follower.reach(ticks.name()) != reach || ticks.era() != era;
    }

    private Future<Void> lostMeanwhile() {
      return Failure.UNAVAILABLE.future("the connection or what Redis had was lost meanwhile");
    }

    /**
     * Whether there may be more than what is known. After a gap always: one that was missed and one
     * that has come meanwhile look like none.
     */
    private boolean isIncomplete() {
      return thorough || !ticks.isLive() || count > present + garbage.size();
    }

    /** Asks for what is in the table, by name. */
    private Future<Void> known(Iterator<String> symbols, List<String> begun) {
      Promise<Void> done = Promise.promise();
      nextKnown(symbols, begun, done);
      return done.future();
    }

    /**
     * @param begun those of the page before that were not answered
     */
    private void nextKnown(Iterator<String> symbols, List<String> begun, Promise<Void> done) {
      List<String> page = new ArrayList<>(begun);
      while (page.size() < ForeignPages.SIZE && symbols.hasNext()) {
        page.add(symbols.next());
      }
      if (page.isEmpty()) {
        done.complete();
        return;
      }
      List<TickState> before = page.stream().map(ticks::state).toList();
      named(page)
          .compose(fields -> whenDelivered(() -> adopt(fields, before)).map(fields.size()))
          .onFailure(done::fail)
          .onSuccess(read -> nextKnown(symbols, page.subList(read, page.size()), done));
    }

    private Future<List<ForeignPages.Field>> named(List<String> page) {
      return version.equals(NO_HASH)
          ? Future.succeededFuture(page.stream().map(ForeignPages.Field::absent).toList())
          : ForeignPages.named(link, key, page);
    }

    /**
     * What was published before it was read must have been received: else a tick that was read
     * would hide those before it that are still on their way.
     */
    private Future<Void> whenDelivered(Runnable adopt) {
      return subscription
          .awaitDelivery(key)
          .compose(
              v -> {
                if (isOver()) {
                  return lostMeanwhile();
                }
                adopt.run();
                return Future.succeededFuture();
              });
    }

    private void adopt(List<ForeignPages.Field> fields, List<TickState> before) {
      List<String> gone = new ArrayList<>();
      List<Tick> changed = new ArrayList<>();
      for (int i = 0; i < fields.size(); i++) {
        ForeignPages.Field field = fields.get(i);
        if (field.isAbsent()) {
          ticks.brokenTicks().remove(field.name());
          adopt(field.name(), null, before.get(i), gone, changed);
        } else {
          present++;
          // What is no tick is no news, neither of a price nor of a deletion.
          Tick there = read(field, ticks.brokenTicks(), ticks.brokenTicks());
          if (there != null) {
            adopt(field.name(), there, before.get(i), gone, changed);
          }
        }
      }
      bus.publishRemoval(ticks.name(), gone);
      changed.forEach(bus::publish);
    }

    private void adopt(
        String symbol, Tick there, TickState before, List<String> gone, List<Tick> changed) {
      ExchangeTicks.Change change =
          table.change(ticks.name(), symbol, state -> state.compared(there, before));
      if (change.mustBePublished()) {
        Tick published = change.before().published();
        if (there == null || (published != null && there.precedes(published))) {
          gone.add(symbol);
        }
        if (there != null) {
          changed.add(there);
        }
      } else if (there == null && before.equals(change.after())) {
        ticks.forget(symbol, change.after());
      }
    }

    /**
     * @param known what is no tick already and was told, by its symbol
     * @param found where it is noted
     * @return null for what is no tick
     */
    private Tick read(
        ForeignPages.Field field, Map<String, Integer> known, Map<String, Integer> found) {
      InvalidValueException problem;
      try {
        if (!field.isTooLong()) {
          Tick tick = reader.read(ticks.name(), field.name(), field.text());
          found.remove(field.name());
          return tick;
        }
        problem = Json.tooLongForeign(field.bytes());
      } catch (InvalidValueException e) {
        problem = e;
      }
      Integer hash = field.isTooLong() ? Long.hashCode(field.bytes()) : field.text().hashCode();
      boolean isTold = hash.equals(known.get(field.name())) || hash.equals(found.get(field.name()));
      found.put(field.name(), hash);
      if (!isTold) {
        reader.skip(ticks.name(), field.name(), problem);
      }
      return null;
    }

    /** Looks for what is not in the table. */
    private Future<Void> unknown() {
      follower.beginReading();
      return ForeignPages.<Map<String, Integer>>all(
              link,
              key,
              HashMap::new,
              (found, page) -> {
                List<ForeignPages.Field> strange =
                    page.stream().filter(field -> !ticks.knows(field.name())).toList();
                return strange.isEmpty() && !isOver()
                    ? Future.succeededFuture()
                    : whenDelivered(() -> adopt(strange, found));
              })
          .onSuccess(found -> garbage = found)
          .onComplete(v -> follower.endReading())
          .mapEmpty();
    }

    private void adopt(List<ForeignPages.Field> fields, Map<String, Integer> found) {
      for (ForeignPages.Field field : fields) {
        Tick there = read(field, garbage, found);
        if (there != null && !follower.wasRemoved(ticks.name(), field.name())) {
          ExchangeTicks.Change change =
              table.change(
                  ticks.name(),
                  field.name(),
                  state -> state.isUnknown() ? state.compared(there, state) : state);
          if (change.mustBePublished()) {
            bus.publish(there);
          }
        }
      }
    }
  }

  // What remains of tickers that are gone

  private Future<Void> tidyAll() {
    return each(reached(), this::tidy);
  }

  private Future<Void> tidy(ExchangeTicks ticks) {
    Promise<Void> done = Promise.promise();
    tidy(ticks, FIRST, done);
    return done.future();
  }

  private void tidy(ExchangeTicks ticks, String cursor, Promise<Void> done) {
    link.run(
            TIDY,
            List.of(
                TickKeys.ticks(ticks.name()),
                keys.sequence(ticks.name()),
                keys.version(ticks.name()),
                keys.tidied(ticks.name())),
            List.of(cursor, String.valueOf(options.scanIntervalMs() / 2)))
        .compose(answer -> tidied(ticks, answer))
        .onFailure(
            cause -> {
              if (isNoHash(cause)) {
                done.complete();
              } else {
                done.fail(cause);
              }
            })
        .onSuccess(
            more -> {
              if (more.equals(FIRST)) {
                done.complete();
              } else {
                tidy(ticks, more, done);
              }
            });
  }

  private Future<String> tidied(ExchangeTicks ticks, Response answer) {
    boolean isEmpty = answer.get(1).toInteger() == 1;
    Future<?> withdrawn =
        isEmpty
            ? link.write(Command.SREM, keys.exchanges(), ticks.name())
            : Future.succeededFuture();
    return withdrawn.map(
        v -> {
          if (isEmpty && ticks.isEmpty()) {
            table.forget(ticks);
          }
          return answer.get(0).toString();
        });
  }
}
