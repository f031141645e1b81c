package io.fullon.cache.feed;

import io.fullon.cache.bus.EventState;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarSnapshot;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The candles of one event loop: follows what the node publishes, and leads it to who is
 * subscribed. Keeps no bars: a snapshot is read when somebody asks for it, and what is published
 * meanwhile is put on top of it.
 */
final class Candles {

  /** What is answered where there are none. */
  static final String NONE = "channel: this server has no candles";

  private final Vertx vertx;
  private final Timers timers;
  private final LongSupplier nanos;
  private final LongAdder subscriptions;
  private final Map<CandleKey, Audience> audiences = new HashMap<>();

  /** Those that have got something in this turn of the loop. */
  private final Set<CandleFollower> unflushed = new LinkedHashSet<>();

  /** Since when messages are missed, and not all is known that has changed. */
  private long staleSince;

  private boolean stale;

  /**
   * Who is subscribed to a candle, and what hears of it for them: of the others nothing is heard.
   */
  private record Audience(Set<CandleFollower.Candle> candles, MessageConsumer<Bar> consumer) {}

  /**
   * @param subscriptions counts them
   */
  Candles(Vertx vertx, Timers timers, LongSupplier nanos, LongAdder subscriptions) {
    this.vertx = vertx;
    this.timers = timers;
    this.nanos = nanos;
    this.subscriptions = subscriptions;
  }

  /** Begins to follow; gives what must be unregistered at the end. */
  MessageConsumer<?> follow() {
    return vertx
        .eventBus()
        .<String>localConsumer(
            OhlcvCache.STATE, message -> state(message.body().equals(EventState.STALE)));
  }

  CandleFollower follower(FeedSocket socket, Outbox outbox) {
    return new CandleFollower(this, socket, outbox, timers, nanos);
  }

  /** Whether this server has any. */
  boolean areServed() {
    return BarSnapshot.isServed(vertx);
  }

  /** The latest bars; what is told of them meanwhile comes before. */
  Future<List<Bar>> latest(CandleKey key, int count) {
    return BarSnapshot.request(vertx, key.exchange(), key.symbol(), key.timeframe(), count)
        .map(BarSnapshot::bars);
  }

  void enter(CandleFollower.Candle candle) {
    subscriptions.increment();
    audiences.computeIfAbsent(candle.key(), this::audience).candles.add(candle);
  }

  private Audience audience(CandleKey key) {
    String address = OhlcvCache.updates(key.exchange(), key.symbol(), key.timeframe());
    Set<CandleFollower.Candle> candles = new LinkedHashSet<>(2);
    return new Audience(
        candles,
        vertx.eventBus().localConsumer(address, message -> updated(message.body(), candles)));
  }

  void leave(CandleFollower.Candle candle) {
    subscriptions.decrement();
    Audience audience = audiences.get(candle.key());
    audience.candles.remove(candle);
    if (audience.candles.isEmpty()) {
      audiences.remove(candle.key());
      audience.consumer.unregister();
    }
  }

  private void updated(Bar bar, Set<CandleFollower.Candle> candles) {
    String json = bar.encode();
    for (CandleFollower.Candle candle : candles) {
      candle.take(bar.time().getEpochSecond(), json);
      if (unflushed.isEmpty()) {
        timers.later(this::flush); // behind the bars that wait already
      }
      unflushed.add(candle.follower());
    }
  }

  private void flush() {
    List<CandleFollower> all = new ArrayList<>(unflushed);
    unflushed.clear();
    all.forEach(one -> one.run(one::flush));
  }

  /** After a gap, what may have changed in it comes once more. */
  private void state(boolean isStale) {
    if (isStale && !stale) {
      staleSince = nanos.getAsLong();
    } else if (!isStale && stale) {
      long nanosAway = nanos.getAsLong() - staleSince;
      List<CandleFollower> all =
          audiences.values().stream()
              .flatMap(audience -> audience.candles.stream())
              .map(CandleFollower.Candle::follower)
              .distinct()
              .toList();
      all.forEach(one -> one.run(() -> one.readAgain(nanosAway)));
    }
    stale = isStale;
  }
}
