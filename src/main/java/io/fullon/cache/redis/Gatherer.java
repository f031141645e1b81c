package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Sends what comes in one turn of the event loop to Redis in one call for each key: a script costs
 * Redis far more than one item more in it. Whatever else is done with a key must {@link #flush}
 * first, so that all is done in the order in which it came. Belongs to one event loop.
 *
 * @param <T> what is sent
 */
public final class Gatherer<T> {

  /** So much at once does not hold up Redis, and so all its other clients, for a millisecond. */
  private static final int ENOUGH_ITEMS = 200;

  /** No more in one call, unless somebody brings more. */
  private static final int MAX_ITEMS = 500;

  private final Vertx vertx;
  private final BiFunction<String, List<T>, Future<Response>> sender;
  private final Map<String, Batch> batches = new HashMap<>();

  /**
   * @param sender sends all that was gathered for a key
   */
  public Gatherer(Vertx vertx, BiFunction<String, List<T>, Future<Response>> sender) {
    this.vertx = vertx;
    this.sender = sender;
  }

  /**
   * Sends these items together with what else comes for the key; a call's items are not parted.
   *
   * @param reader takes the answer to all that was sent, and where in it that to these begins
   */
  public <R> Future<R> add(String key, List<T> items, BiFunction<Response, Integer, R> reader) {
    Batch waiting = batches.get(key);
    if (waiting != null && waiting.items.size() + items.size() > MAX_ITEMS) {
      flush(key);
    }
    Batch batch = batches.computeIfAbsent(key, Batch::new);
    int first = batch.items.size();
    batch.items.addAll(items);
    if (batch.items.size() >= ENOUGH_ITEMS) {
      flush(key);
    }
    return batch.answer.future().map(answer -> reader.apply(answer, first));
  }

  /** Sends at once what waits for the key. */
  public void flush(String key) {
    Batch batch = batches.remove(key);
    if (batch != null) {
      Future.succeededFuture(batch.items)
          .compose(items -> sender.apply(key, items)) // what it throws is an answer too
          .onComplete(batch.answer);
    }
  }

  private final class Batch {

    private final List<T> items = new ArrayList<>();
    private final Promise<Response> answer = Promise.promise();

    Batch(String key) {
      vertx.runOnContext(
          v -> {
            if (batches.get(key) == this) {
              flush(key);
            }
          });
    }
  }
}
