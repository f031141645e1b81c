package io.fullon.cache.process;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Subscription;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes on the node's bus what is broadcast to processes in Redis. */
final class Broadcasts implements Subscription.Listener {

  private static final Logger LOG = LoggerFactory.getLogger(Broadcasts.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);

  /** Each node hears it itself. */
  private static final DeliveryOptions HERE = new DeliveryOptions().setLocalOnly(true);

  private final Vertx vertx;
  private final LongAdder garbage;

  private Broadcasts(Vertx vertx, Meters meters) {
    this.vertx = vertx;
    this.garbage =
        meters.counter(
            "fullon.cache.processes.broadcasts.garbage",
            "Broadcasts to processes that are none, skipped");
  }

  /**
   * @return what ends it, when it has begun
   */
  static Future<Subscription> open(Vertx vertx, RedisLink link, Meters meters) {
    return Subscription.open(
        vertx,
        link,
        Stream.of(ProcessType.values())
            .map(type -> ProcessKeys.broadcast(type.toString()))
            .toList(),
        new Broadcasts(vertx, meters));
  }

  @Override
  public void message(String channel, String text) {
    try {
      JsonObject broadcast = Json.readForeign("", text);
      String address = ProcessCache.ADDRESS + ".broadcast." + ProcessKeys.ofBroadcast(channel);
      vertx.eventBus().publish(address, broadcast, HERE);
    } catch (InvalidValueException e) {
      garbage.increment();
      SKIPPED
          .add(channel + " " + e.problem())
          .ifPresent(
              leftOut ->
                  LOG.warn(
                      "Skipped what is no broadcast: {}: {}{}", channel, e.getMessage(), leftOut));
    }
  }

  /** What was broadcast meanwhile is nowhere. */
  @Override
  public void reachChanged() {}
}
