package io.fullon.cache.process;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.NodeContext;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.redis.Subscription;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node (Vert.x instance) among the processes: registers it, tells on its bus what is broadcast,
 * counts processes, and takes out of the index those that are gone. There is one per node, which
 * all verticles of the service share; it closes with the last of them.
 */
final class ProcessNode implements Shareable {

  private static final Logger LOG = LoggerFactory.getLogger(ProcessNode.class);
  private static final String SHARED = "fullon.process.node";
  private static final int MAX_HOST = 64;
  private static final int SUFFIX = 8;

  private final Vertx vertx;
  private final RedisLinkOptions redis;
  private final ProcessOptions options;
  private final Context context;
  private final Meters meters = new Meters();
  private final ProcessCounts counts = new ProcessCounts(meters);
  private int users;
  private Future<Void> opened;
  private RedisLink link;
  private RedisProcessCache processes;
  private Subscription subscription;
  private Heartbeat heartbeat;
  private long timer = -1;
  private boolean isLooking;
  private boolean closed;

  private ProcessNode(Vertx vertx, RedisLinkOptions redis, ProcessOptions options) {
    this.vertx = vertx;
    this.redis = redis;
    this.options = options;
    this.context = NodeContext.of(vertx);
  }

  /**
   * Begins, unless the node has already.
   *
   * @param closeAtStop takes what must be called when the verticle stops
   * @return completes when broadcasts are heard; nobody waits for the registration
   */
  static Future<Void> open(
      Vertx vertx,
      RedisLinkOptions redis,
      ProcessOptions options,
      Consumer<Supplier<Future<Void>>> closeAtStop) {
    ProcessNode node =
        nodes(vertx)
            .compute(
                SHARED,
                (key, present) -> {
                  ProcessNode shared =
                      present == null ? new ProcessNode(vertx, redis, options) : present;
                  if (shared.users++ == 0) {
                    shared.opened = shared.open();
                  }
                  return shared;
                });
    closeAtStop.accept(node::release);
    return node.opened;
  }

  private static LocalMap<String, ProcessNode> nodes(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SHARED);
  }

  private Future<Void> release() {
    ProcessNode left =
        nodes(vertx).computeIfPresent(SHARED, (key, shared) -> --shared.users == 0 ? null : shared);
    return left == null ? opened.transform(result -> close()) : Future.succeededFuture();
  }

  private Future<Void> open() {
    Promise<Void> promise = Promise.promise();
    context.runOnContext(
        v ->
            RedisLink.open(vertx, redis, "processes of the node")
                .compose(
                    connected -> {
                      link = connected;
                      processes = new RedisProcessCache(link, meters);
                      return Broadcasts.open(vertx, link, meters);
                    })
                .onSuccess(
                    subscribed -> {
                      subscription = subscribed;
                      timer = vertx.setPeriodic(options.heartbeatMs(), id -> look());
                      register();
                      look();
                    })
                .<Void>mapEmpty()
                .onComplete(promise));
    return promise.future();
  }

  /** The host's name may have to be asked for. */
  private void register() {
    vertx
        .executeBlocking(ProcessNode::host, false)
        .onSuccess(
            host -> {
              if (!closed) {
                heartbeat = begin(host);
              }
            });
  }

  private static String host() {
    try {
      String name = InetAddress.getLocalHost().getHostName();
      return name.substring(0, Math.min(name.length(), MAX_HOST));
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private Heartbeat begin(String host) {
    String name = host + "-" + UUID.randomUUID().toString().substring(0, SUFFIX);
    return Heartbeat.begin(
        vertx,
        processes,
        ProcessType.TICK,
        ProcessCache.NODE + name,
        new JsonObject().put("host", host).put("pid", ProcessHandle.current().pid()),
        options.heartbeatMs());
  }

  /** Costs Redis some milliseconds per thousand processes. */
  private void look() {
    if (isLooking || closed) {
      return;
    }
    isLooking = true;
    processes
        .lookAfter(Duration.ofMillis(options.forgetAfterMs()))
        .onSuccess(counts::set)
        .onFailure(
            cause -> {
              counts.forget();
              LOG.debug("Processes could not be looked at: {}", cause.getMessage());
            })
        .onComplete(done -> isLooking = false);
  }

  private Future<Void> close() {
    Promise<Void> promise = Promise.promise();
    context.runOnContext(
        v -> {
          closed = true;
          vertx.cancelTimer(timer);
          stopped(heartbeat)
              .eventually(() -> subscription == null ? stopped(null) : subscription.close())
              .eventually(() -> link == null ? stopped(null) : link.close())
              .onComplete(
                  done -> {
                    meters.close();
                    promise.handle(done);
                  });
        });
    return promise.future();
  }

  private static Future<Void> stopped(Heartbeat heartbeat) {
    return heartbeat == null ? Future.succeededFuture() : heartbeat.stop();
  }
}
