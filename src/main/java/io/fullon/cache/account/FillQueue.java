package io.fullon.cache.account;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import io.vertx.serviceproxy.ServiceException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The fills of one position, one after the other. Decimals are computed here, because Redis cannot;
 * what comes out replaces what it was computed from only if that has not changed meanwhile, else it
 * is computed again. Fills that come while others are under way go together in the next step.
 */
final class FillQueue {

  /** Stands for a position that stays. */
  private static final String AS_IT_IS = "=";

  private static final Script APPLY = Script.load("fill-apply");

  /** How many fills one step takes, so that neither Redis nor the event loop is held up. */
  private static final int MAX_BATCH = 100;

  /** Each lost attempt is one that somebody else has won. */
  private static final int MAX_ATTEMPTS = 500;

  /** What waits longer is not begun, so that its answer precedes the bus's own timeout. */
  private static final long MAX_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(Endpoint.MAX_TIMEOUT_MS);

  private final Vertx vertx;
  private final RedisLink link;
  private final AccountKeys keys;
  private final int exId;
  private final String symbol;
  private final String rememberMs;
  private final LongAdder queued;
  private final Runnable idle;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private boolean busy;

  /** What is known of a fill, as the script says it. */
  private static final int UNKNOWN = 0;

  private static final int KNOWN = 1;

  private record Pending(Trade fill, Promise<AppliedFill> promise, long since) {

    boolean isLate() {
      return System.nanoTime() - since > MAX_WAIT_NANOS;
    }
  }

  /**
   * The position as it is stored, and what else decides about fills; what there is not is empty.
   *
   * @param lastVersion that of a deleted position
   * @param asOf up to when fills are contained in it, in µs
   */
  private record State(String json, String lastVersion, String asOf) {

    static final State NONE = new State("", "", "");

    /** Where in an answer what is said of each fill begins. */
    static final int SIZE = 4;

    static State of(Response answer) {
      return new State(
          answer.get(1).toString(), answer.get(2).toString(), answer.get(3).toString());
    }

    Position position(String symbol, int exId) {
      return json.isEmpty()
          ? Position.builder(symbol)
              .exId(exId)
              .version(lastVersion.isEmpty() ? 0 : Long.valueOf(lastVersion))
              .build()
          : Position.read(Json.parse("position", json));
    }

    boolean contains(Trade fill) {
      return fill.time() != null
          && !asOf.isEmpty()
          && Times.micros(fill.time()) <= Long.parseLong(asOf);
    }
  }

  /**
   * @param queued counts the fills that wait for the one before
   * @param idle told when nothing is left to do
   */
  FillQueue(
      Vertx vertx,
      RedisLink link,
      AccountKeys keys,
      int exId,
      String symbol,
      long rememberMs,
      LongAdder queued,
      Runnable idle) {
    this.vertx = vertx;
    this.link = link;
    this.keys = keys;
    this.exId = exId;
    this.symbol = symbol;
    this.rememberMs = String.valueOf(rememberMs);
    this.queued = queued;
    this.idle = idle;
  }

  Future<AppliedFill> add(Trade fill) {
    Promise<AppliedFill> promise = Promise.promise();
    queued.increment();
    pending.add(new Pending(fill, promise, System.nanoTime()));
    if (!busy) {
      next();
    }
    return promise.future();
  }

  private void next() {
    List<Pending> batch = batch();
    busy = !batch.isEmpty();
    if (!busy) {
      idle.run();
      return;
    }
    Map<String, Integer> known = new HashMap<>();
    List<Trade> fills = batch.stream().map(Pending::fill).toList();
    // So that it only reads.
    link.read(APPLY, keysOf(fills), arguments("", State.NONE, fills, known))
        .compose(
            answer -> {
              learn(known, fills, answer);
              return attempt(batch, known, State.of(answer), 1);
            })
        .onFailure(cause -> batch.forEach(each -> each.promise.tryFail(cause)))
        // Not at once: while Redis is out of reach, thousands of fills would fail inside each
        // other.
        .onComplete(done -> vertx.runOnContext(v -> next()));
  }

  /** The next ones, but each trade id once: what is known of the second depends on the first. */
  private List<Pending> batch() {
    List<Pending> batch = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    while (!pending.isEmpty() && batch.size() < MAX_BATCH) {
      Pending each = pending.peek();
      if (each.isLate()) {
        each.promise.fail(unavailable("takes too long"));
      } else if (ids.add(each.fill.tradeId())) {
        batch.add(each);
      } else {
        break;
      }
      pending.remove();
      queued.decrement();
    }
    return batch;
  }

  private ServiceException unavailable(String problem) {
    return Failure.UNAVAILABLE.exception(
        "The position of " + symbol + " " + problem + ": nothing was changed");
  }

  private Future<Void> attempt(
      List<Pending> batch, Map<String, Integer> known, State state, int attempts) {
    Step step = new Step(state);
    batch.forEach(each -> step.take(each, known.get(each.fill.tradeId())));
    if (step.fresh.isEmpty()) {
      return step.tell();
    }
    String json = step.changed ? step.position.encode() : AS_IT_IS;
    return link.run(APPLY, keysOf(step.fresh), arguments(json, state, step.fresh, known))
        .compose(
            answer -> {
              if (answer.get(0).toInteger() == 1) {
                return step.tell();
              }
              if (attempts == MAX_ATTEMPTS || batch.get(0).isLate()) {
                return Future.failedFuture(unavailable("changes too often"));
              }
              learn(known, step.fresh, answer);
              return attempt(batch, known, State.of(answer), attempts + 1);
            });
  }

  private List<String> keysOf(List<Trade> fills) {
    List<String> all =
        new ArrayList<>(List.of(keys.positions(exId), keys.lastVersions(exId), keys.asOf(exId)));
    fills.forEach(fill -> all.add(keys.fill(exId, symbol, fill.tradeId())));
    return all;
  }

  private List<String> arguments(
      String json, State state, List<Trade> fills, Map<String, Integer> known) {
    List<String> all =
        new ArrayList<>(
            List.of(symbol, rememberMs, json, state.json, state.lastVersion, state.asOf));
    for (Trade fill : fills) {
      all.add(fill.side().toString());
      all.add(fill.exOrderId() == null ? "" : fill.exOrderId());
      all.add(known.getOrDefault(fill.tradeId(), UNKNOWN).toString());
    }
    return all;
  }

  private static void learn(Map<String, Integer> known, List<Trade> fills, Response answer) {
    for (int i = 0; i < fills.size(); i++) {
      known.put(fills.get(i).tradeId(), answer.get(State.SIZE + i).toInteger());
    }
  }

  /** What the fills of a batch make of one state. */
  private final class Step {

    private final State state;
    private final Instant now = Instant.now();

    /** Those to remember: counted here, contained in the position, or told without their order. */
    private final List<Trade> fresh = new ArrayList<>();

    private boolean changed;
    private final List<Runnable> answers = new ArrayList<>();
    private Position position;

    Step(State state) {
      this.state = state;
      this.position = state.position(symbol, exId);
    }

    void take(Pending each, int known) {
      Trade fill = each.fill;
      boolean before = known != UNKNOWN || state.contains(fill);
      if (!before) {
        try {
          position = FillArithmetic.apply(position, fill, now);
        } catch (InvalidValueException e) {
          ServiceException tooLong =
              Failure.INVALID_ARGUMENT.exception("position." + e.getMessage());
          answers.add(() -> each.promise.fail(tooLong));
          return;
        } catch (ServiceException e) {
          answers.add(() -> each.promise.fail(e));
          return;
        }
        changed = true;
      }
      if (known != KNOWN) {
        fresh.add(fill);
      }
      AppliedFill result = new AppliedFill(present(), !before);
      answers.add(() -> each.promise.complete(result));
    }

    /** The version of what is not there is 0, whatever that of a deleted position was. */
    private Position present() {
      return state.json.isEmpty() && !changed ? position.toBuilder().version(0L).build() : position;
    }

    Future<Void> tell() {
      answers.forEach(Runnable::run);
      return Future.succeededFuture();
    }
  }
}
