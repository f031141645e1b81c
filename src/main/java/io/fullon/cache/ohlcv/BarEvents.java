package io.fullon.cache.ohlcv;

import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.events.Domain;
import io.fullon.cache.redis.RedisLink;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.Map;

/**
 * Tells bars: by exchange, symbol and timeframe, which make a place. What stays there is its latest
 * bar, which has no name.
 */
final class BarEvents implements Domain {

  private static final String LATEST = "";

  private final Vertx vertx;
  private final RedisLink link;
  private final OhlcvKeys keys;
  private final DeliveryOptions removals;

  BarEvents(Vertx vertx, RedisLink link) {
    this.vertx = vertx;
    this.link = link;
    this.keys = new OhlcvKeys(link.options().prefix());
    this.removals = LocalCodec.register(vertx, BarRemoval.class);
  }

  /** No exchange has a dot, and no timeframe. */
  private record Place(String exchange, String symbol, Timeframe timeframe) {

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
    return latest(place)
        .map(
            text -> text.isEmpty() ? Map.of() : Map.of(LATEST, version(read(place, LATEST, text))));
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
