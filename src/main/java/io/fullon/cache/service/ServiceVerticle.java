package io.fullon.cache.service;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.metrics.LoopLag;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * A service on the event bus that talks to Redis over a link of its own. Its configuration is the
 * whole tree; it reads {@code redis}, {@code log} and the section of its domain.
 */
public abstract class ServiceVerticle extends VerticleBase {

  private final String address;
  private final List<String> sharedKeys;
  private final Deque<Supplier<Future<Void>>> closing = new ArrayDeque<>();
  private final Meters meters = new Meters();

  /**
   * @param address where the service listens; its last part is the domain
   * @param sharedKeys what the names of the keys begin with that it shares with other programs
   */
  protected ServiceVerticle(String address, String... sharedKeys) {
    this.address = address;
    this.sharedKeys = List.of(sharedKeys);
  }

  /**
   * Adds the service's methods.
   *
   * @param config the whole tree
   * @return completes when calls may come
   * @throws io.fullon.cache.value.InvalidValueException naming a key that does not fit
   */
  protected abstract Future<?> serve(Endpoint endpoint, RedisLink link, Fields config);

  /** Has it closed when this verticle stops; what was added last is closed first. */
  protected final void closeAtStop(Supplier<Future<Void>> close) {
    closing.push(close);
  }

  /** Those of this service, closed when it stops. */
  protected final Meters meters() {
    return meters;
  }

  @Override
  public final Future<?> start() {
    Fields config = Fields.of("", config());
    RedisLinkOptions redis = RedisLinkOptions.from(config.section("redis"));
    Endpoint endpoint = new Endpoint(vertx, address, Endpoint.slowOperationMs(config));
    LoopLag lag = new LoopLag(vertx);
    closeAtStop(
        () -> {
          lag.close();
          meters.close();
          return Future.succeededFuture();
        });
    return RedisLink.open(vertx, redis, address)
        .compose(
            link -> {
              closeAtStop(link::close);
              return link.checkRights(sharedKeys)
                  .compose(v -> here(serve(endpoint, link, config)))
                  // What was called is answered before anything that it needs is closed.
                  .onSuccess(v -> closeAtStop(link::answered));
            })
        .compose(
            v -> {
              closeAtStop(endpoint::close);
              return endpoint.open();
            })
        .recover(cause -> stop().transform(stopped -> Future.failedFuture(cause)));
  }

  /**
   * Completes on this verticle's own event loop, whoever completes the other: what is called there
   * later belongs to it, as the link does.
   */
  private <T> Future<T> here(Future<T> future) {
    Promise<T> promise = Promise.promise();
    future.onComplete(result -> context.runOnContext(v -> promise.handle(result)));
    return promise.future();
  }

  @Override
  public final Future<?> stop() {
    Future<?> closed = Future.succeededFuture();
    while (!closing.isEmpty()) {
      closed = closed.eventually(closing.pop());
    }
    return closed;
  }
}
