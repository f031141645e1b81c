package io.fullon.cache.queue;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Subscription;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

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

  /** How many queues are asked at the same time after an outage. */
  private static final int PAGE = 500;

  /** After how long a question that Redis refused is asked again, while somebody waits. */
  private static final long RETRY_MS = 250;

  /** Takes values out of a queue. */
  @FunctionalInterface
  public interface Source<T> {

    /**
     * @param requests what each of those says who want one, in their order
     * @return as many values as there are, at most one for each
     */
    Future<Batch<T>> take(String queue, List<String> requests);
  }

  /**
   * What a source gave.
   *
   * @param values for the first of the requests, in their order; null for one that gets nothing
   * @param retryAfterMs when there may be one again without anybody telling; −1 for never
   */
  public record Batch<T>(List<T> values, long retryAfterMs) {}

  private final Vertx vertx;
  private final RedisLink link;
  private final UnaryOperator<String> keys;
  private final Source<T> source;
  private final int maxWaiting;
  private final Map<String, Queue> queues = new HashMap<>();
  private Subscription subscription;

  private final Meters meters = new Meters();
  private final LongAdder allWaiting;
  private int waiting;
  private long retry = -1;

  /** What those are told who still wait when the service stops; null until then. */
  private Throwable stopping;

  private Waiters(
      Vertx vertx,
      RedisLink link,
      String channel,
      int maxWaiting,
      UnaryOperator<String> keys,
      Source<T> source) {
    this.allWaiting =
        meters.gauge(
            "fullon.cache.waiting",
            "Callers that wait, by what announces its coming",
            "channel",
            channel);
    this.vertx = vertx;
    this.link = link;
    this.keys = keys;
    this.source = source;
    this.maxWaiting = maxWaiting;
  }

  /**
   * Opens the subscription to the channel on the current event loop.
   *
   * @param link by which the source asks
   * @param maxWaiting how many may wait at once; more fail with {@link Failure#UNAVAILABLE}
   * @param keys gives a key of a queue, by which it is known which server has it
   */
  public static <T> Future<Waiters<T>> open(
      Vertx vertx,
      RedisLink link,
      String channel,
      int maxWaiting,
      UnaryOperator<String> keys,
      Source<T> source) {
    Waiters<T> waiters = new Waiters<>(vertx, link, channel, maxWaiting, keys, source);
    return Subscription.open(vertx, link, List.of(channel), waiters.new Listener())
        .map(
            opened -> {
              waiters.subscription = opened;
              return waiters;
            })
        .onFailure(cause -> waiters.meters.close());
  }

  /**
   * Waits for a value.
   *
   * @param request what the source is told about who wants it
   * @param timeoutMs how long; at 0 the queue is asked once
   * @return the value, or null when there was none in that time; fails with {@link
   *     Failure#UNAVAILABLE} when Redis is out of reach at the beginning or the end of it, and with
   *     {@link Failure#TIMEOUT} when a value may have been lost on the way
   */
  public Future<T> next(String queue, String request, long timeoutMs) {
    if (stopping != null) {
      return Future.failedFuture(stopping);
    }
    if (!link.isUp(keys.apply(queue))) {
      return Future.failedFuture(outOfReach());
    }
    if (waiting >= maxWaiting) {
      return Failure.UNAVAILABLE.future("Too many wait already: " + maxWaiting);
    }
    return queues.computeIfAbsent(queue, Queue::new).join(request, timeoutMs);
  }

  /** Ends the subscription; whoever still waits is told, after what is on its way has arrived. */
  public Future<Void> close() {
    stopping = Failure.UNAVAILABLE.exception("The service stops");
    vertx.cancelTimer(retry);
    List<Future<?>> answers = new ArrayList<>();
    for (Queue queue : List.copyOf(queues.values())) {
      answers.add(queue.close());
    }
    return Future.join(answers)
        .eventually(subscription::close)
        .<Void>mapEmpty()
        .onComplete(closed -> meters.close());
  }

  /** Asks the queues that may have something of which nobody told, a page at a time. */
  private void askAll() {
    askAll(List.copyOf(queues.values()).iterator());
  }

  private void askAll(Iterator<Queue> rest) {
    List<Future<?>> asked = new ArrayList<>();
    while (rest.hasNext() && asked.size() < PAGE) {
      asked.add(rest.next().askIfUnsure());
    }
    if (rest.hasNext()) {
      Future.join(asked).onComplete(answers -> askAll(rest));
    }
  }

  private void retryLater() {
    if (retry < 0 && waiting > 0 && stopping == null) {
      retry =
          vertx.setTimer(
              RETRY_MS,
              timer -> {
                retry = -1;
                askAll();
              });
    }
  }

  private static Throwable outOfReach() {
    return Failure.UNAVAILABLE.exception("Redis is out of reach");
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
    public void reachChanged() {
      // Behind a gap there may be something of which nobody told.
      askAll(queues.values().stream().filter(Queue::hasRegained).toList().iterator());
    }
  }

  private static final class Waiter<T> {

    private final Promise<T> promise = Promise.promise();
    private final String request;

    /** How many questions there had been when it came. */
    private final long since;

    private long timer = -1;

    Waiter(String request, long since) {
      this.request = request;
      this.since = since;
    }
  }

  /**
   * Those who wait for one queue. While it is asked, a value may be on its way to any of them. That
   * there is nothing is only told by the answer to a question asked after the waiter came.
   */
  private final class Queue {

    private final String name;
    private final String key;
    private final Set<Waiter<T>> waiters = new LinkedHashSet<>();

    /** Those who came when it was not known that the queue is empty, and still do not know. */
    private Set<Waiter<T>> unanswered = new LinkedHashSet<>();

    /** Those whose time is over. */
    private final Set<Waiter<T>> expired = new LinkedHashSet<>();

    private int batchSize = 1;
    private long questions;
    private Future<?> asking;
    private boolean askAgain;

    /** It was empty when it was asked last, and when that changes a message comes. */
    private boolean knownEmpty;

    /** The subscription's for this queue, when it was looked at last. */
    private long reach;

    private long timer = -1;

    Queue(String name) {
      this.name = name;
      this.key = keys.apply(name);
      this.reach = subscription.reach(key);
    }

    /** Whether messages about it were missed and are not any more. */
    boolean hasRegained() {
      long now = subscription.reach(key);
      if (now == reach) {
        return false;
      }
      reach = now;
      knownEmpty = false;
      return now != 0;
    }

    Future<T> join(String request, long timeoutMs) {
      Waiter<T> waiter = new Waiter<>(request, questions);
      waiters.add(waiter);
      waiting++;
      allWaiting.increment();
      if (!knownEmpty) {
        unanswered.add(waiter);
      }
      if (timeoutMs == 0) {
        expire(waiter);
      } else {
        waiter.timer = vertx.setTimer(timeoutMs, id -> expire(waiter));
        // What comes after the question under way will be told, if messages arrive.
        if (!knownEmpty && !(reach != 0 && asking != null)) {
          ask();
        }
      }
      return waiter.promise.future();
    }

    private void expire(Waiter<T> waiter) {
      expired.add(waiter);
      boolean asked = waiter.since < questions;
      if (asked && knownEmpty) {
        giveUp(waiter);
      } else if (!asked || asking == null) {
        ask();
      }
    }

    private void giveUp(Waiter<T> waiter) {
      leave(waiter, Promise::complete);
    }

    private void fail(Collection<Waiter<T>> those, Throwable cause) {
      List.copyOf(those).forEach(waiter -> leave(waiter, promise -> promise.fail(cause)));
    }

    private void leave(Waiter<T> waiter, Consumer<Promise<T>> news) {
      waiters.remove(waiter);
      unanswered.remove(waiter);
      expired.remove(waiter);
      waiting--;
      allWaiting.decrement();
      vertx.cancelTimer(waiter.timer);
      removeIfIdle();
      // Later, so that who comes again at once finds everything in order.
      vertx.runOnContext(v -> news.accept(waiter.promise));
    }

    private void removeIfIdle() {
      if (waiters.isEmpty() && asking == null) {
        vertx.cancelTimer(timer);
        queues.remove(name, this);
      }
    }

    Future<?> askIfUnsure() {
      if (!knownEmpty && link.isUp(key)) {
        ask();
      } else if (!knownEmpty) {
        retryLater();
      }
      return asking == null ? Future.succeededFuture() : asking;
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
      knownEmpty = false;
      questions++;
      List<Waiter<T>> those = waiters.stream().limit(batchSize).toList();
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

    private void answered(List<Waiter<T>> those, Batch<T> batch) {
      List<T> values = batch.values();
      boolean all = values.size() == those.size();
      for (int i = 0; i < values.size(); i++) {
        T value = values.get(i);
        if (value == null) {
          all = false;
        } else {
          leave(those.get(i), promise -> promise.complete(value));
        }
      }
      batchSize = all ? Math.min(2 * batchSize, MAX_BATCH) : 1;
      unanswered = new LinkedHashSet<>();
      if (stopping != null) {
        fail(waiters, stopping);
      } else if (all) {
        ask();
      } else {
        foundEmpty(batch.retryAfterMs());
      }
    }

    private void foundEmpty(long retryAfterMs) {
      expired.stream().filter(waiter -> waiter.since < questions).toList().forEach(this::giveUp);
      if (askAgain) {
        ask();
        return;
      }
      knownEmpty = reach != 0;
      if (retryAfterMs >= 0 && !waiters.isEmpty()) {
        timer = vertx.setTimer(Math.max(1, retryAfterMs), id -> ask());
      }
    }

    private void failed(List<Waiter<T>> those, Throwable cause) {
      batchSize = 1;
      if (stopping != null) {
        fail(those, cause);
        fail(waiters, stopping);
      } else if (Failure.TIMEOUT.matches(cause)) {
        fail(those, cause);
        fail(expired, outOfReach());
      } else if (Failure.UNAVAILABLE.matches(cause)) {
        // Who comes now is told at once; who waits already waits on for Redis to come back.
        fail(unanswered, cause);
        fail(expired, cause);
      } else {
        fail(waiters, cause);
      }
      retryLater();
    }

    /** Completes when nothing is on its way any more. */
    Future<?> close() {
      if (asking == null) {
        fail(waiters, stopping);
        return Future.succeededFuture();
      }
      return asking;
    }
  }
}
