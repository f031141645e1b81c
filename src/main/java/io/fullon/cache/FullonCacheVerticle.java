package io.fullon.cache;

import io.fullon.cache.account.AccountVerticle;
import io.fullon.cache.bot.BotVerticle;
import io.fullon.cache.candles.CandlesVerticle;
import io.fullon.cache.events.EventOptions;
import io.fullon.cache.flow.FlowVerticle;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.ohlcv.OhlcvOptions;
import io.fullon.cache.ohlcv.OhlcvVerticle;
import io.fullon.cache.orders.OrdersOptions;
import io.fullon.cache.orders.OrdersVerticle;
import io.fullon.cache.redis.Durability;
import io.fullon.cache.service.ServiceOptions;
import io.fullon.cache.source.SourceOptions;
import io.fullon.cache.source.SourceStatesVerticle;
import io.fullon.cache.source.SourceVerticle;
import io.fullon.cache.symbol.SymbolVerticle;
import io.fullon.cache.tick.TickOptions;
import io.fullon.cache.tick.TickVerticle;
import io.fullon.cache.trades.TradesOptions;
import io.fullon.cache.trades.TradesVerticle;
import io.fullon.cache.web.WebVerticle;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
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

  /** What the configuration may enable. */
  private record Part(String name, boolean enabled, int instances, Supplier<Deployable> verticle) {

    static Part of(String name, ServiceOptions options, Supplier<Deployable> verticle) {
      return new Part(name, options.enabled(), options.instances(), verticle);
    }
  }

  private final Meters meters = new Meters();
  private volatile WebVerticle web;

  @Override
  public Future<?> start() {
    VertxVersion.check(); // before anything that an older one lacks
    JsonObject config = Configuration.of(new JsonObject(), System.getenv(), config());
    CacheOptions options = CacheOptions.from(config);
    List<Part> services = services(options);
    List<Part> sources = sources(options);
    Part gateway =
        new Part(
            "web",
            options.web().enabled(),
            options.web().instances(),
            () -> web = new WebVerticle());
    LOG.info(
        "fullon-cache {} starts: Redis at {}; enabled: {}",
        Version.text(),
        options.redis().address(),
        Stream.of(services.stream(), sources.stream(), Stream.of(gateway))
            .flatMap(parts -> parts)
            .filter(Part::enabled)
            .map(Part::name)
            .toList());
    build();
    if (gateway.enabled()) {
      WebVerticle.startMetrics(); // before there is anything to count
    }
    return deploy(services, config)
        .onSuccess(deployed -> Durability.check(vertx, options.redis()))
        // What others run is known here, too.
        .compose(
            deployed ->
                deploy(
                    new Part("states", options.tick().enabled(), 1, SourceStatesVerticle::new),
                    config))
        .compose(
            deployed ->
                deploy(
                    new Part(
                        "candles",
                        options.ohlcv().enabled() && options.tick().enabled(),
                        1,
                        CandlesVerticle::new),
                    config))
        .compose(deployed -> deploy(sources, config))
        .compose(deployed -> deploy(gateway, config))
        .onSuccess(
            deployed -> LOG.info("fullon-cache is up{}", web == null ? "" : ", " + web.address()))
        .onFailure(cause -> meters.close());
  }

  private static List<Part> services(CacheOptions options) {
    OrdersOptions orders = options.orders();
    TradesOptions trades = options.trades();
    TickOptions tick = options.tick();
    EventOptions account = options.account();
    EventOptions bot = options.bot();
    OhlcvOptions ohlcv = options.ohlcv();
    return List.of(
        Part.of("symbol", options.symbol(), SymbolVerticle::new),
        new Part("tick", tick.enabled(), tick.instances(), TickVerticle::new),
        new Part("orders", orders.enabled(), orders.instances(), OrdersVerticle::new),
        new Part("trades", trades.enabled(), trades.instances(), TradesVerticle::new),
        new Part("account", account.enabled(), account.instances(), AccountVerticle::new),
        new Part("bot", bot.enabled(), bot.instances(), BotVerticle::new),
        new Part("ohlcv", ohlcv.enabled(), ohlcv.instances(), OhlcvVerticle::new),
        Part.of("flow", options.flow(), FlowVerticle::new));
  }

  private static List<Part> sources(CacheOptions options) {
    List<Part> parts = new ArrayList<>();
    for (SourceOptions source : options.sources()) {
      String exchange = source.venue().exchange();
      parts.add(new Part("source " + exchange, true, 1, () -> new SourceVerticle(source)));
    }
    return parts;
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
        VertxVersion.text(),
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

  private Future<?> deploy(List<Part> parts, JsonObject config) {
    return Future.join(parts.stream().map(part -> deploy(part, config)).toList());
  }

  private Future<String> deploy(Part part, JsonObject config) {
    return part.enabled
        ? vertx.deployVerticle(
            part.verticle, new DeploymentOptions().setInstances(part.instances).setConfig(config))
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
