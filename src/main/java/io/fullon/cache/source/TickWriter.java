package io.fullon.cache.source;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Makes ticks of an exchange's quotes and stores them. Lives on one event loop. */
final class TickWriter {

  private static final int MAX_BATCH = 500;
  private static final long RETRY_MS = 500;

  private final Vertx vertx;
  private final String exchange;
  private final SourceMetrics metrics;
  private final BooleanSupplier mayStore;
  private final Consumer<String> garbage;
  private final TickCache ticks;
  private final Market market;
  private final TickQueue queue;
  private final MessageConsumer<Tick> updates;
  private final MessageConsumer<TickRemoval> removals;

  private Future<?> storing = Future.succeededFuture();
  private boolean isStoring;
  private long retryTimer = -1;
  private boolean closed;

  /**
   * @param mayStore whether this node still has the exchange
   * @param garbage told why a tick cannot be stored
   */
  TickWriter(
      Vertx vertx,
      String exchange,
      long maxAheadMs,
      int maxQueued,
      SourceMetrics metrics,
      BooleanSupplier mayStore,
      Consumer<String> garbage) {
    this.vertx = vertx;
    this.exchange = exchange;
    this.metrics = metrics;
    this.mayStore = mayStore;
    this.garbage = garbage;
    this.ticks = TickCache.proxy(vertx);
    this.market = new Market(exchange, maxAheadMs);
    this.queue = new TickQueue(maxQueued);
    this.updates =
        vertx.eventBus().<Tick>localConsumer(TickCache.UPDATES, message -> stored(message.body()));
    this.removals =
        vertx
            .eventBus()
            .<TickRemoval>localConsumer(TickCache.REMOVED, message -> removed(message.body()));
  }

  /** Reads what is stored, which what comes follows. */
  Future<?> start() {
    return ticks.getAllTickers(exchange).onSuccess(stored -> stored.forEach(market::stored));
  }

  /** Another writer's may be later than what has come here. */
  private void stored(Tick tick) {
    if (tick.exchange().equals(exchange)) {
      market.stored(tick);
    }
  }

  private void removed(TickRemoval removal) {
    if (removal.exchange().equals(exchange)) {
      removal.symbols().forEach(market::removed);
    }
  }

  /**
   * Has a tick of the quote wait to be stored, if it says anything new.
   *
   * @throws InvalidValueException when the quote makes none; see {@link Market#next}
   */
  void add(Quote quote, String symbol, Instant time) {
    Tick tick = market.next(quote, symbol, time, Instant.now());
    if (tick != null) {
      queue.add(tick);
    }
  }

  /** One batch at a time: what comes meanwhile makes the next one. */
  void store() {
    if (isStoring || retryTimer != -1 || queue.size() == 0) {
      return;
    }
    if (!mayStore.getAsBoolean()) {
      storeLater();
      return;
    }
    List<Tick> batch = queue.take(MAX_BATCH);
    isStoring = true;
    storing = store(batch);
    storing.onComplete(
        done -> {
          isStoring = false;
          metrics.conflated.add(queue.takeDropped());
          if (done.succeeded()) {
            store();
          } else {
            queue.putBack(batch);
            storeLater();
          }
        });
  }

  private Future<?> store(List<Tick> batch) {
    return ticks
        .updateTickers(batch)
        .onSuccess(stored -> measure(batch))
        .recover(
            cause -> {
              // What is wrong with a tick, waiting does not mend.
              if (!Failure.INVALID_ARGUMENT.matches(cause)) {
                return Future.failedFuture(cause);
              }
              if (batch.size() == 1) {
                garbage.accept(cause.getMessage());
                return Future.succeededFuture(0);
              }
              int half = batch.size() / 2;
              return store(batch.subList(0, half))
                  .compose(v -> store(batch.subList(half, batch.size())))
                  .map(0);
            });
  }

  private void measure(List<Tick> stored) {
    Instant now = Instant.now();
    for (Tick tick : stored) {
      long nanos = Duration.between(tick.time(), now).toNanos();
      metrics.lag.record(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }
  }

  /** Redis does not take them: the latest of each symbol waits until it does. */
  private void storeLater() {
    if (retryTimer != -1 || closed) {
      return;
    }
    retryTimer =
        vertx.setTimer(
            RETRY_MS,
            timer ->
                ticks
                    .getAllTickers(exchange)
                    .onComplete(
                        stored -> {
                          retryTimer = -1;
                          if (stored.succeeded()) {
                            // After a timeout some are stored already.
                            queue.forget(stored.result());
                            store();
                          } else {
                            storeLater();
                          }
                        }));
  }

  /** Stops it; what has come is stored before. */
  Future<?> close() {
    closed = true;
    return storing
        .otherwiseEmpty()
        .eventually(
            () -> mayStore.getAsBoolean() ? store(queue.take(MAX_BATCH)) : Future.succeededFuture())
        .eventually(updates::unregister)
        .eventually(removals::unregister)
        .onComplete(done -> vertx.cancelTimer(retryTimer));
  }
}
