package io.fullon.cache.testing;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** A node with everything deployed, on a Redis server of its own or on somebody else's. */
public final class CacheNode implements AutoCloseable {

  private static final Pattern OF_NODES =
      Pattern.compile("process:(data:tick:fullon-cache:.*|active:tick|components)");

  private final EmbeddedRedis redis;
  private final boolean ownsRedis;
  private final Vertx vertx;
  private final FullonCacheVerticle cache;
  private final String deployment;
  private final Redis client;

  private CacheNode(EmbeddedRedis redis, boolean ownsRedis, Vertx vertx, JsonObject config) {
    this.redis = redis;
    this.ownsRedis = ownsRedis;
    this.vertx = vertx;
    this.client = Redis.createClient(vertx, redis.uri());
    this.cache = new FullonCacheVerticle();
    DeploymentOptions options = new DeploymentOptions().setConfig(config(redis, config));
    try {
      this.deployment = get(vertx.deployVerticle(cache, options));
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /** Everything with its defaults, the gateway on a free port. */
  public static CacheNode start() {
    return start(new JsonObject());
  }

  /** The defaults with what the configuration says. */
  public static CacheNode start(JsonObject config) {
    return new CacheNode(newRedis(), true, Vertx.vertx(), config);
  }

  /** The defaults with these options in that section: keys and values in turn. */
  public static CacheNode start(String section, Object... options) {
    return start(Options.section(section, options));
  }

  /** On a Redis server that the test closes itself. */
  public static CacheNode start(EmbeddedRedis redis, JsonObject config) {
    return start(redis, Vertx.vertx(), config);
  }

  /** The same with these options in {@code web}: keys and values in turn. */
  public static CacheNode startWeb(EmbeddedRedis redis, Object... options) {
    return start(redis, Options.section("web", options));
  }

  /** On a node and a Redis server of the test; the node is closed with this. */
  public static CacheNode start(EmbeddedRedis redis, Vertx vertx, JsonObject config) {
    return new CacheNode(redis, false, vertx, config);
  }

  public static EmbeddedRedis newRedis() {
    try {
      return EmbeddedRedis.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The configuration for the given server, with a gateway on a free port. */
  public static JsonObject config(EmbeddedRedis redis, JsonObject more) {
    return config(redis.uri(), more);
  }

  /** The same for the server with that URI. */
  public static JsonObject config(String redis, JsonObject more) {
    return new JsonObject()
        .put(
            "redis",
            // Patient, because a machine that runs several tests at once may be slow.
            new JsonObject()
                .put("uri", redis)
                .put("connect_timeout_ms", 10_000)
                .put("command_timeout_ms", 10_000)
                .put("heartbeat_ms", 5_000))
        .put("web", new JsonObject().put("port", 0))
        .mergeIn(more, true);
  }

  /** The future's result; throws its failure. */
  public static <T> T get(Future<T> future) {
    try {
      return future.await(Patience.SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("No answer within " + Patience.SECONDS + " s", e);
    }
  }

  /** The failure of a future that must fail. */
  public static Throwable failure(Future<?> future) {
    return get(
        future.transform(
            result ->
                result.failed()
                    ? Future.succeededFuture(result.cause())
                    : Future.failedFuture(
                        new AssertionError("Should have failed, gave " + result.result()))));
  }

  public Vertx vertx() {
    return vertx;
  }

  public EmbeddedRedis redis() {
    return redis;
  }

  /** The gateway's port. */
  public int port() {
    return cache.webPort();
  }

  /** The port of health and metrics, where they have one of their own. */
  public int adminPort() {
    return cache.adminPort();
  }

  public TickCache ticks() {
    return TickCache.proxy(vertx);
  }

  public SymbolCache symbols() {
    return SymbolCache.proxy(vertx);
  }

  public OrdersCache orders() {
    return OrdersCache.proxy(vertx);
  }

  public TradesCache trades() {
    return TradesCache.proxy(vertx);
  }

  /** Calls a service as any verticle would, in plain JSON. */
  public Future<Object> call(String address, String action, Object body) {
    DeliveryOptions options = new DeliveryOptions();
    if (action != null) {
      options.addHeader("action", action);
    }
    return vertx.eventBus().<Object>request(address, body, options).map(Message::body);
  }

  /** Runs a Redis command as another program would. */
  public Response redis(Command command, String... arguments) {
    Request request = Request.cmd(command);
    for (String argument : arguments) {
      request.arg(argument);
    }
    return get(client.send(request));
  }

  /** The keys in Redis, in order, but those by which nodes say that they are alive. */
  public List<String> keys() {
    return redis(Command.KEYS, "*").stream()
        .map(Object::toString)
        .filter(key -> !OF_NODES.matcher(key).matches())
        .sorted()
        .toList();
  }

  public FeedClient feed() {
    return FeedClient.connect(vertx, port());
  }

  /** Undeploys everything, in an orderly way. */
  public void undeploy() {
    get(startUndeploying());
  }

  /** The same without waiting for it. */
  public Future<Void> startUndeploying() {
    return vertx.undeploy(deployment);
  }

  @Override
  public void close() {
    try {
      get(vertx.close());
    } finally {
      if (ownsRedis) {
        redis.close();
      }
    }
  }
}
