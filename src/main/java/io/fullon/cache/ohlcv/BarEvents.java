package io.fullon.cache.ohlcv;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.events.Domain;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Subscription;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Tells bars: by exchange, symbol and timeframe, which make a place. What stays there is its latest
 * bar, which has no name.
 */
final class BarEvents implements Domain {

  private static final String LATEST = "";

  /** So many snapshots are read at once: what ticks of the node must wait for is all their bars. */
  private static final int MOST_READING = 4;

  private final Vertx vertx;
  private final RedisLink link;
  private final OhlcvKeys keys;
  private final DeliveryOptions removals;
  private final BarPace pace;

  private final DeliveryOptions snapshots;
  private final Deque<Runnable> unread = new ArrayDeque<>();
  private int reading;
  private MessageConsumer<BarSnapshot.Wanted> requests;

  BarEvents(Vertx vertx, RedisLink link) {
    this.vertx = vertx;
    this.link = link;
    this.pace = new BarPace(vertx);
    this.keys = new OhlcvKeys(link.options().prefix());
    this.removals = LocalCodec.register(vertx, BarRemoval.class);
    this.snapshots = LocalCodec.register(vertx, BarSnapshot.class);
  }

  @Override
  public void opened(Subscription subscription) {
    requests = vertx.eventBus().localConsumer(BarSnapshot.ADDRESS);
    requests.handler(
        request -> {
          unread.add(() -> answer(request, subscription));
          readNext();
        });
  }

  private void readNext() {
    while (reading < MOST_READING && !unread.isEmpty()) {
      reading++;
      unread.remove().run();
    }
  }

  private void answer(Message<BarSnapshot.Wanted> request, Subscription subscription) {
    snapshot(request.body(), subscription)
        .onSuccess(snapshot -> request.reply(snapshot, snapshots))
        .onFailure(cause -> request.fail(Failure.UNAVAILABLE.code(), cause.getMessage()))
        .onComplete(
            done -> {
              reading--;
              readNext();
            });
  }

  /** What was published before it was read has been delivered then. */
  private Future<BarSnapshot> snapshot(BarSnapshot.Wanted wanted, Subscription subscription) {
    String key = keys.bars(wanted.exchange(), wanted.symbol(), wanted.timeframe().toString());
    return link.read(Command.ZRANGE, key, -wanted.count(), -1)
        .compose(texts -> subscription.awaitDelivery(key).map(texts))
        .map(
            texts -> {
              pace.catchUp(Place.text(wanted.exchange(), wanted.symbol(), wanted.timeframe()));
              long now = System.currentTimeMillis();
              List<Bar> bars = new ArrayList<>(texts.size());
              for (Response text : texts) {
                bars.add(
                    StoredBar.read(
                        wanted.exchange(),
                        wanted.symbol(),
                        wanted.timeframe(),
                        text.toString(),
                        now));
              }
              return new BarSnapshot(bars);
            });
  }

  @Override
  public void tell(String place, Object told, Runnable telling) {
    pace.tell(place, (Bar) told, telling);
  }

  @Override
  public void close() {
    pace.close();
    if (requests != null) {
      requests.unregister();
    }
  }

  /** No exchange has a dot, and no timeframe. */
  private record Place(String exchange, String symbol, Timeframe timeframe) {

    static String text(String exchange, String symbol, Timeframe timeframe) {
      return exchange + "." + symbol + "." + timeframe;
    }

    static Place of(String text) {
      int symbol = text.indexOf('.') + 1;
      int timeframe = text.lastIndexOf('.') + 1;
      return new Place(
          text.substring(0, symbol - 1),
          text.substring(symbol, timeframe - 1),
          Timeframe.read("timeframe", text.substring(timeframe)));
    }
  }

  @Override
  public Object read(String place, String name, String text) {
    Place where = Place.of(place);
    if (text.isEmpty()) {
      pace.forget(place);
      vertx
          .eventBus()
          .publish(
              OhlcvCache.REMOVED,
              new BarRemoval(where.exchange, where.symbol, where.timeframe),
              removals);
      return null;
    }
    return StoredBar.read(where.exchange, where.symbol, where.timeframe, text, 0);
  }

  @Override
  public Long version(Object told) {
    return (long) told.hashCode();
  }

  @Override
  public Future<Map<String, Long>> versions(String place) {
    return latest(place).map(text -> text.isEmpty() ? Map.of() : versions(place, text));
  }

  /** What cannot be read is told to nobody. */
  private Map<String, Long> versions(String place, String text) {
    try {
      return Map.of(LATEST, version(read(place, LATEST, text)));
    } catch (RuntimeException e) {
      return Map.of();
    }
  }

  @Override
  public Future<Map<String, String>> texts(String place, List<String> names) {
    return latest(place).map(text -> Map.of(LATEST, text));
  }

  private Future<String> latest(String place) {
    Place where = Place.of(place);
    return link.read(
            Command.ZRANGE,
            keys.bars(where.exchange, where.symbol, where.timeframe.toString()),
            -1,
            -1)
        .map(found -> found.size() == 0 ? "" : first(found));
  }

  private static String first(Response found) {
    return found.get(0).toString();
  }
}
