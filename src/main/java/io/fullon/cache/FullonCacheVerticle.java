package io.fullon.cache;

import io.fullon.cache.account.AccountVerticle;
import io.fullon.cache.bot.BotVerticle;
import io.fullon.cache.flow.FlowVerticle;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.orders.OrdersVerticle;
import io.fullon.cache.redis.Durability;
import io.fullon.cache.symbol.SymbolVerticle;
import io.fullon.cache.tick.TickVerticle;
import io.fullon.cache.trades.TradesVerticle;
import io.fullon.cache.web.WebVerticle;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deploys everything that its configuration enables; undeploying it undeploys all.
 *
 * <p>The configuration is the deployment's, over what the environment says, over the defaults (see
 * {@link Configuration} and {@link CacheOptions}). The deployment fails, naming the cause, when a
 * key is unknown or a value does not fit, when a part cannot start, or when Vert.x is older than
 * 5.1; then nothing stays deployed.
 */
public final class FullonCacheVerticle extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(FullonCacheVerticle.class);

  private final Meters meters = new Meters();
  private volatile WebVerticle web;

  @Override
  public Future<?> start() {
    VertxVersion.check(); // before anything that an older one lacks
    JsonObject config = Configuration.of(new JsonObject(), System.getenv(), config());
    CacheOptions options = CacheOptions.from(config);
    LOG.info(
        "fullon-cache {} starts: Redis at {}; enabled: {}",
        Version.text(),
        options.redis().address(),
        options.enabled());
    build();
    if (options.web().enabled()) {
      WebVerticle.startMetrics(); // before there is anything to count
    }
    Future<?> services =
        Future.join(
            deploy(
                options.symbol().enabled(),
                SymbolVerticle::new,
                options.symbol().instances(),
                config),
            deploy(options.tick().enabled(), TickVerticle::new, options.tick().instances(), config),
            deploy(
                options.orders().enabled(),
                OrdersVerticle::new,
                options.orders().instances(),
                config),
            deploy(
                options.trades().enabled(),
                TradesVerticle::new,
                options.trades().instances(),
                config),
            deploy(
                options.account().enabled(),
                AccountVerticle::new,
                options.account().instances(),
                config),
            deploy(options.bot().enabled(), BotVerticle::new, options.bot().instances(), config),
            deploy(
                options.flow().enabled(), FlowVerticle::new, options.flow().instances(), config));
    return services
        .onSuccess(deployed -> Durability.check(vertx, options.redis()))
        .compose(
            deployed ->
                deploy(
                    options.web().enabled(),
                    () -> web = new WebVerticle(),
                    options.web().instances(),
                    config))
        .onSuccess(
            deployed -> LOG.info("fullon-cache is up{}", web == null ? "" : ", " + web.address()))
        .onFailure(cause -> meters.close());
  }

  private void build() {
    meters.least(
        "fullon.cache.build.info",
        null,
        "1; the labels say what runs",
        () -> 1,
        "version",
        Version.text(),
        "vertx",
        VertxInternal.version(), // nothing public says it
        "java",
        Runtime.version().toString());
  }

  @Override
  public Future<?> stop() {
    // After its parts, which is the order of Vert.x.
    meters.close();
    LOG.info("fullon-cache has stopped");
    return Future.succeededFuture();
  }

  private Future<String> deploy(
      boolean enabled, Supplier<Deployable> verticle, int instances, JsonObject config) {
    return enabled
        ? vertx.deployVerticle(
            verticle, new DeploymentOptions().setInstances(instances).setConfig(config))
        : Future.succeededFuture();
  }

  /**
   * The port that the gateway listens on, once this is deployed.
   *
   * @throws IllegalStateException when the gateway is not enabled
   */
  public int webPort() {
    return web().port();
  }

  /**
   * The port of health and metrics, once this is deployed.
   *
   * @throws IllegalStateException when they have none of their own, {@code web.admin_port}
   */
  public int adminPort() {
    return web().adminPort();
  }

  private WebVerticle web() {
    if (web == null) {
      throw new IllegalStateException("web: is not deployed");
    }
    return web;
  }
}
