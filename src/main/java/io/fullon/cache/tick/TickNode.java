package io.fullon.cache.tick;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.metrics.LoopLag;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.NodeContext;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.redis.Starting;
import io.fullon.cache.redis.Subscription;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The one place per node (Vert.x instance) that knows all ticks: its table, which all reads come
 * from, is kept by what {@link TickFollower} hears and {@link TickComparison} reads. All verticles
 * of the node share it; it closes with the last of them.
 */
final class TickNode implements Shareable {

  private static final String SHARED = "fullon.tick.node";

  private final Vertx vertx;
  private final TickOptions options;
  private final RedisLinkOptions linkOptions;
  private final Context context;
  private final TickKeys keys;
  private final TickReader reader;
  private final TickTable table;
  private final TickBus bus;
  private final TickFollower follower;
  private final DeliveryOptions snapshots;
  private final Meters meters = new Meters();
  private LoopLag lag;
  private int users;
  private Future<TickNode> opened;
  private RedisLink link;
  private Subscription subscription;
  private TickComparison comparison;
  private MessageConsumer<Object> snapshotRequests;

  private TickNode(Vertx vertx, TickOptions options, RedisLinkOptions linkOptions) {
    this.vertx = vertx;
    this.options = options;
    this.linkOptions = linkOptions;
    // Not that of the verticle which happens to come first: the node may outlive it.
    this.context = NodeContext.of(vertx);
    this.keys = new TickKeys(linkOptions.prefix());
    this.reader = new TickReader(options.maxAheadMs(), meters);
    this.bus = new TickBus(vertx);
    this.snapshots = LocalCodec.register(vertx, TickSnapshot.class);
    this.table = new TickTable(exchange -> reach(exchange), bus::publishLost);
    this.follower =
        new TickFollower(table, keys, reader, bus, !linkOptions.cluster(), this::compare);
  }

  private long reach(String exchange) {
    return follower.reach(exchange);
  }

  /**
   * The answer to a write tells that Redis has lost its data.
   *
   * @param era in which that shows
   * @return completes when what was heard of before does not hide the answer any more
   */
  Future<Void> lost(String exchange, long era) {
    Context caller = vertx.getOrCreateContext();
    Promise<Void> forgotten = Promise.promise();
    context.runOnContext(
        v ->
            // What is still on its way may be from before.
            subscription
                .awaitDelivery(TickKeys.ticks(exchange))
                .onComplete(
                    delivered -> {
                      follower.lost(exchange, era);
                      caller.runOnContext(told -> forgotten.complete());
                    }));
    return forgotten.future();
  }

  /** What is known of the exchange may be wrong, even if Redis has no news of it. */
  void doubt(String exchange) {
    context.runOnContext(
        v -> {
          ExchangeTicks ticks = table.find(exchange);
          if (ticks != null) {
            ticks.doubt();
            compare();
          }
        });
  }

  private void compare() {
    if (comparison != null) {
      comparison.run();
    }
  }

  /**
   * The node's own, opened by whoever comes first; everyone who acquires it must release it, also
   * when it failed to open.
   */
  static Acquired acquire(Vertx vertx, TickOptions options, RedisLinkOptions linkOptions) {
    TickNode node =
        nodes(vertx)
            .compute(
                SHARED,
                (key, present) -> {
                  TickNode shared =
                      present == null ? new TickNode(vertx, options, linkOptions) : present;
                  if (shared.users++ == 0) {
                    shared.opened = shared.open();
                  }
                  return shared;
                });
    return new Acquired(node, node.opened);
  }

  /** A user's hold on the node, and whether it is ready. */
  record Acquired(TickNode node, Future<TickNode> ready) {

    /** Gives the hold back; the last one closes the node. */
    Future<Void> release() {
      TickNode left =
          nodes(node.vertx)
              .computeIfPresent(SHARED, (key, shared) -> --shared.users == 0 ? null : shared);
      return left == null ? ready.transform(result -> node.close()) : Future.succeededFuture();
    }
  }

  private static LocalMap<String, TickNode> nodes(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SHARED);
  }

  TickTable table() {
    return table;
  }

  TickKeys keys() {
    return keys;
  }

  TickReader reader() {
    return reader;
  }

  /**
   * Whether reads of the exchange may be answered.
   *
   * @return a failed future when Redis is out of reach for too long
   */
  Future<Void> readable(String exchange) {
    ExchangeTicks ticks = table.find(exchange);
    boolean isReadable =
        ticks != null
            ? ticks.isReadable(options.staleReadsMs())
            : follower.reach(exchange) != 0 || isFresh();
    return isReadable ? Future.succeededFuture() : tooOld();
  }

  /**
   * Those exchanges of which reads may be answered.
   *
   * @return a failed future when the symbol may be on another one
   */
  Future<List<ExchangeTicks>> readableWith(String symbol) {
    List<ExchangeTicks> readable = new ArrayList<>();
    for (ExchangeTicks ticks : table.exchanges()) {
      if (ticks.isReadable(options.staleReadsMs())) {
        readable.add(ticks);
      } else if (ticks.knows(symbol)) {
        return tooOld();
      }
    }
    return readable.isEmpty() && !isFresh() ? tooOld() : Future.succeededFuture(readable);
  }

  private boolean isFresh() {
    return follower.isLive()
        || ExchangeTicks.isFresh(follower.staleSince(), options.staleReadsMs());
  }

  private static <T> Future<T> tooOld() {
    return Failure.UNAVAILABLE.future("Redis is out of reach and the known ticks are too old");
  }

  private Future<TickNode> open() {
    Promise<TickNode> promise = Promise.promise();
    context.runOnContext(
        v -> {
          lag = new LoopLag(vertx);
          RedisLink.open(vertx, linkOptions, "ticks of the node")
              .compose(
                  opened -> {
                    link = opened;
                    return Subscription.open(vertx, link, follower.channels(), follower);
                  })
              .compose(
                  opened -> {
                    subscription = opened;
                    follower.opened(opened);
                    TickComparison first =
                        new TickComparison(
                            vertx, link, opened, table, follower, keys, reader, bus, options);
                    return Starting.attempts(vertx, linkOptions, first::first).map(first);
                  })
              .onSuccess(this::afterOpened)
              .map(this)
              .onComplete(promise);
        });
    return promise.future();
  }

  private void afterOpened(TickComparison compared) {
    comparison = compared;
    snapshotRequests = vertx.eventBus().localConsumer(TickSnapshot.ADDRESS);
    snapshotRequests.handler(request -> request.reply(snapshot(), snapshots));
    comparison.goOn();
  }

  private TickSnapshot snapshot() {
    Set<String> stale =
        table.exchanges().stream()
            .filter(ticks -> !ticks.isLive())
            .map(ExchangeTicks::name)
            .collect(Collectors.toSet());
    return new TickSnapshot(follower.isLive(), stale, table.published().toList());
  }

  private Future<Void> close() {
    Promise<Void> closed = Promise.promise();
    context.runOnContext(
        v -> {
          follower.close();
          lag.close();
          List<Future<?>> all = new ArrayList<>();
          if (comparison != null) {
            comparison.close();
          }
          if (snapshotRequests != null) {
            all.add(snapshotRequests.unregister());
          }
          if (subscription != null) {
            all.add(subscription.close());
          }
          if (link != null) {
            all.add(link.close());
          }
          Future.join(all).<Void>mapEmpty().onComplete(done -> closeMeters()).onComplete(closed);
        });
    return closed.future();
  }

  private void closeMeters() {
    bus.close();
    meters.close();
  }
}
