package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Callers who wait for what others put into queues in Redis. They wait here, not in Redis: however
 * many they are, they take one connection, and a queue is asked only when its channel tells that
 * there is something, not again and again.
 *
 * <p>Whoever puts something into an empty queue must publish the queue's name; whoever finds
 * something here looks for more, so that this is enough. Belongs to the event loop on which it was
 * opened.
 *
 * @param <T> what is in the queues
 */
public final class Waiters<T> {

  /** How many values one question may bring: what its lost answer would cost. */
  private static final int MAX_BATCH = 64;

  /** After how long a question that Redis refused is asked again, while somebody waits. */
  private static final long RETRY_MS = 250;

  /** Takes values out of a queue. */
  @FunctionalInterface
  public interface Source<T> {

    /**
     * @param requests what each of those says who want one, in their order
     * @return as many values as there are, at most one for each
     */
    Future<Taken<T>> take(String queue, List<String> requests);
  }

  /**
   * What a source gave.
   *
   * @param values for the first of the requests
   * @param retryAfterMs when there may be one again without anybody telling; −1 for never
   */
  public record Taken<T>(List<T> values, long retryAfterMs) {}

  private final Vertx vertx;
  private final Source<T> source;
  private final int maxWaiting;
  private final Map<String, Queue> queues = new HashMap<>();
  private Subscription subscription;
  private int waiting;
  private boolean closed;

  private Waiters(Vertx vertx, Source<T> source, int maxWaiting) {
    this.vertx = vertx;
    this.source = source;
    this.maxWaiting = maxWaiting;
  }

  /**
   * Opens the subscription to the channel on the current event loop.
   *
   * @param maxWaiting how many may wait at once; more fail with {@link Failure#UNAVAILABLE}
   */
  public static <T> Future<Waiters<T>> open(
      Vertx vertx, RedisLink link, String channel, int maxWaiting, Source<T> source) {
    Waiters<T> waiters = new Waiters<>(vertx, source, maxWaiting);
    return Subscription.open(vertx, link, channel, List.of(channel), waiters.new Listener())
        .map(
            opened -> {
              waiters.subscription = opened;
              return waiters;
            });
  }

  /**
   * Waits for a value.
   *
   * @param request what the source is told about who wants it
   * @param timeoutMs how long; at 0 the queue is asked once
   * @return the value, or null when there was none in that time; fails with {@link Failure#TIMEOUT}
   *     when a value may have been lost on the way
   */
  public Future<T> next(String queue, String request, long timeoutMs) {
    if (closed) {
      return Failure.UNAVAILABLE.future("The service stops");
    }
    if (waiting >= maxWaiting) {
      return Failure.UNAVAILABLE.future("Too many wait already: " + maxWaiting);
    }
    return queues.computeIfAbsent(queue, Queue::new).join(new Waiter<>(request), timeoutMs);
  }

  /** Ends the subscription; whoever still waits is told, after what is on its way has arrived. */
  public Future<Void> close() {
    closed = true;
    List<Future<?>> answers = new ArrayList<>();
    for (Queue queue : List.copyOf(queues.values())) {
      answers.add(queue.close());
    }
    return Future.join(answers).eventually(subscription::close).mapEmpty();
  }

  private final class Listener implements Subscription.Listener {

    @Override
    public void message(String channel, String queue) {
      Queue woken = queues.get(queue);
      if (woken != null) {
        woken.ask();
      }
    }

    @Override
    public void subscribed() {
      // Something may have come while nobody told.
      List.copyOf(queues.values()).forEach(Queue::ask);
    }

    @Override
    public void lost() {
      // They wait on.
    }
  }

  private static final class Waiter<T> {

    private final Promise<T> promise = Promise.promise();
    private final String request;
    private long timer = -1;

    Waiter(String request) {
      this.request = request;
    }
  }

  /** Those who wait for one queue. While it is asked, a value may be on its way to any of them. */
  private final class Queue {

    private final String name;
    private final Set<Waiter<T>> waiters = new LinkedHashSet<>();

    /** Those for whom it is not known yet that the queue is empty. */
    private final Set<Waiter<T>> fresh = new LinkedHashSet<>();

    /** Those whose time ended while the queue is asked. */
    private final Set<Waiter<T>> late = new LinkedHashSet<>();

    private int batch = 1;
    private Future<?> asking;
    private boolean askAgain;
    private long timer = -1;

    Queue(String name) {
      this.name = name;
    }

    Future<T> join(Waiter<T> waiter, long timeoutMs) {
      // Behind others it is known to be empty, and a message comes when it is not any more.
      boolean known = !waiters.isEmpty() && asking == null && timeoutMs > 0;
      waiters.add(waiter);
      waiting++;
      if (timeoutMs > 0) {
        waiter.timer = vertx.setTimer(timeoutMs, id -> expire(waiter));
      } else {
        late.add(waiter);
      }
      if (!known) {
        fresh.add(waiter);
        ask();
      }
      return waiter.promise.future();
    }

    private void expire(Waiter<T> waiter) {
      if (asking == null) {
        giveUp(waiter);
      } else {
        late.add(waiter);
      }
    }

    private void giveUp(Waiter<T> waiter) {
      leave(waiter);
      if (subscription.isUp()) {
        waiter.promise.complete();
      } else {
        waiter.promise.fail(Failure.UNAVAILABLE.exception("Redis is out of reach"));
      }
    }

    private void fail(Collection<Waiter<T>> those, Throwable cause) {
      for (Waiter<T> waiter : List.copyOf(those)) {
        leave(waiter);
        waiter.promise.fail(cause);
      }
    }

    private void leave(Waiter<T> waiter) {
      if (waiters.remove(waiter)) {
        fresh.remove(waiter);
        late.remove(waiter);
        waiting--;
        vertx.cancelTimer(waiter.timer);
      }
      removeIfIdle();
    }

    private void removeIfIdle() {
      if (waiters.isEmpty() && asking == null) {
        vertx.cancelTimer(timer);
        queues.remove(name, this);
      }
    }

    void ask() {
      if (asking != null) {
        askAgain = true;
        return;
      }
      if (waiters.isEmpty()) {
        return;
      }
      vertx.cancelTimer(timer);
      askAgain = false;
      List<Waiter<T>> those = waiters.stream().limit(batch).toList();
      Promise<Void> done = Promise.promise();
      asking = done.future();
      source
          .take(name, those.stream().map(waiter -> waiter.request).toList())
          .onComplete(
              answer -> {
                asking = null;
                if (answer.succeeded()) {
                  answered(those, answer.result());
                } else {
                  failed(those, answer.cause());
                }
                removeIfIdle();
                done.complete();
              });
    }

    private void answered(List<Waiter<T>> those, Taken<T> taken) {
      List<T> values = taken.values();
      for (int i = 0; i < values.size(); i++) {
        leave(those.get(i));
        those.get(i).promise.complete(values.get(i));
      }
      boolean all = values.size() == those.size();
      batch = all ? Math.min(2 * batch, MAX_BATCH) : 1;
      if (closed) {
        fail(waiters, stopping());
      } else if (all || askAgain) {
        ask();
      } else {
        fresh.clear();
        List.copyOf(late).forEach(this::giveUp);
        if (taken.retryAfterMs() >= 0) {
          askLater(taken.retryAfterMs());
        }
      }
    }

    private void failed(List<Waiter<T>> those, Throwable cause) {
      if (closed) {
        fail(those, cause);
        fail(waiters, stopping());
      } else if (Failure.TIMEOUT.matches(cause)) {
        fail(those, cause);
      } else if (Failure.UNAVAILABLE.matches(cause)) {
        // Who comes now is told at once; who waits already waits on for Redis to come back.
        fail(fresh, cause);
        fail(late, cause);
      } else {
        fail(waiters, cause);
      }
      batch = 1;
      askLater(RETRY_MS);
    }

    private void askLater(long delayMs) {
      if (!waiters.isEmpty()) {
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(Math.max(1, delayMs), id -> ask());
      }
    }

    /** Completes when nothing is on its way any more. */
    Future<?> close() {
      if (asking == null) {
        fail(waiters, stopping());
        return Future.succeededFuture();
      }
      return asking;
    }

    private Throwable stopping() {
      return Failure.UNAVAILABLE.exception("The service stops");
    }
  }
}
