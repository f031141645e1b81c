package io.fullon.cache.account;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.serviceproxy.ServiceException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The changes of one account, one after the other. Decimals are computed here, because Redis
 * cannot; what comes out is stored only if the account has not changed meanwhile, else it is
 * computed again. Changes that come while others are under way go together in the next step.
 */
final class AccountQueue {

  /** How many changes one step takes, so that neither Redis nor the event loop is held up. */
  static final int MAX_BATCH = 250;

  /** Each lost attempt is one that somebody else has won. */
  private static final int MAX_ATTEMPTS = 500;

  /** What waits longer is not begun, so that its answer precedes the bus's own timeout. */
  private static final long MAX_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(Endpoint.MAX_TIMEOUT_MS);

  private final Vertx vertx;
  private final Accounting accounting;
  private final int exId;
  private final LongAdder queued;
  private final Runnable idle;
  private final Deque<Pending<?>> pending = new ArrayDeque<>();
  private boolean busy;

  private static final class Pending<T> {

    private final AccountChange<T> change;
    private final Promise<T> promise = Promise.promise();
    private final long since = System.nanoTime();

    /** Told when what was computed is stored. */
    private Runnable answer;

    Pending(AccountChange<T> change) {
      this.change = change;
    }

    boolean isLate() {
      return System.nanoTime() - since > MAX_WAIT_NANOS;
    }

    void compute(AccountState state) {
      try {
        T result = change.apply(state);
        answer = () -> promise.complete(result);
      } catch (InvalidValueException e) {
        ServiceException invalid = Failure.INVALID_ARGUMENT.exception("position." + e.getMessage());
        answer = () -> promise.fail(invalid);
      } catch (RuntimeException e) {
        // The others of the step are none the worse for it.
        answer = () -> promise.fail(e);
      }
    }

    boolean readsMore(AccountState state, AccountReads reads) {
      try {
        return change.readsMore(state, reads);
      } catch (RuntimeException e) {
        // It says so when it is computed.
        return false;
      }
    }
  }

  /**
   * @param queued counts the changes that wait for the one before
   * @param idle told when nothing is left to do
   */
  AccountQueue(Vertx vertx, Accounting accounting, int exId, LongAdder queued, Runnable idle) {
    this.vertx = vertx;
    this.accounting = accounting;
    this.exId = exId;
    this.queued = queued;
    this.idle = idle;
  }

  <T> Future<T> add(AccountChange<T> change) {
    Pending<T> added = new Pending<>(change);
    queued.increment();
    pending.add(added);
    if (!busy) {
      next();
    }
    return added.promise.future();
  }

  private void next() {
    List<Pending<?>> batch = new ArrayList<>();
    while (!pending.isEmpty() && batch.size() < MAX_BATCH) {
      if (!batch.isEmpty() && pending.peek().change.isAlone()) {
        break;
      }
      Pending<?> each = pending.poll();
      queued.decrement();
      if (each.isLate()) {
        each.promise.fail(unavailable("takes too long"));
        continue;
      }
      batch.add(each);
      if (each.change.isAlone()) {
        break;
      }
    }
    busy = !batch.isEmpty();
    if (!busy) {
      idle.run();
      return;
    }
    attempt(batch, 1)
        .onFailure(cause -> batch.forEach(each -> each.promise.tryFail(cause)))
        // Not at once: while Redis is out of reach, thousands of changes would fail inside each
        // other.
        .onComplete(done -> vertx.runOnContext(v -> next()));
  }

  private ServiceException unavailable(String problem) {
    return Failure.UNAVAILABLE.exception(
        "Account " + exId + " " + problem + ": nothing was changed");
  }

  private Future<Void> attempt(List<Pending<?>> batch, int attempts) {
    AccountReads reads = accounting.reads(exId);
    batch.forEach(each -> each.change.reads(reads));
    return read(reads, batch)
        .compose(
            state -> {
              batch.forEach(each -> each.compute(state));
              return accounting.store(state);
            })
        .compose(
            stored -> {
              if (stored) {
                batch.forEach(each -> each.answer.run());
                return Future.succeededFuture();
              }
              return attempts == MAX_ATTEMPTS || batch.get(0).isLate()
                  ? Future.failedFuture(unavailable("changes too often"))
                  : attempt(batch, attempts + 1);
            });
  }

  private Future<AccountState> read(AccountReads reads, List<Pending<?>> batch) {
    return accounting
        .read(reads)
        .compose(
            state -> {
              boolean isMore = false;
              for (Pending<?> each : batch) {
                isMore |= each.readsMore(state, reads);
              }
              return isMore ? read(reads, batch) : Future.succeededFuture(state);
            });
  }
}
