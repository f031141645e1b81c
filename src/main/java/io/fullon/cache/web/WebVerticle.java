package io.fullon.cache.web;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Names;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.serviceproxy.ServiceException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Serves the page, the feed, health and metrics over HTTP. Needs the tick service on the same node.
 * Its configuration is the whole tree; it reads {@code web}.
 */
public final class WebVerticle extends VerticleBase {

  private static final String FEED_PATH = "/feed";
  private static final String JSON = "application/json";
  private static final int NOT_FOUND = 404;

  /** One for the process, as Micrometer's global registry is. */
  private static final class Prometheus {

    static final PrometheusMeterRegistry REGISTRY =
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    static {
      Metrics.globalRegistry.add(REGISTRY);
    }
  }

  private WebOptions options;
  private TickCache tickers;
  private Feed feed;
  private HttpServer server;

  @Override
  public Future<?> start() {
    options = WebOptions.from(Fields.of("", config()).section("web"));
    tickers = TickCache.proxy(vertx);
    feed = new Feed(vertx, options);
    return feed.start()
        .recover(
            cause ->
                feed.close()
                    .transform(
                        closed ->
                            Future.failedFuture(
                                new IllegalStateException(
                                    "web: needs the tick service on this node", cause))))
        .compose(v -> listen());
  }

  private Future<?> listen() {
    HttpServerOptions serverOptions =
        new HttpServerOptions()
            .setMaxWebSocketFrameSize(options.maxMessageBytes())
            .setMaxWebSocketMessageSize(options.maxMessageBytes())
            .setWebSocketClosingTimeout(FeedSocket.CLOSING_SECONDS)
            // Three times the CPU and five times the memory of a connection.
            .setPerMessageWebSocketCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false);
    return vertx
        .createHttpServer(serverOptions)
        .webSocketHandshakeHandler(WebVerticle::handshake)
        .webSocketHandler(feed::connected)
        .requestHandler(router())
        .listen(address())
        .onSuccess(listening -> server = listening)
        .recover(
            cause ->
                feed.close()
                    .transform(
                        closed ->
                            Future.failedFuture(
                                new IllegalStateException(
                                    "web: cannot listen on "
                                        + options.host()
                                        + ":"
                                        + options.port()
                                        + ": "
                                        + cause.getMessage(),
                                    cause))));
  }

  private SocketAddress address() {
    if (options.port() != 0) {
      return SocketAddress.inetSocketAddress(options.port(), options.host());
    }
    // Any free port, but the same for all instances of this deployment.
    int deployment = 1 + (context.deploymentID().hashCode() & 0x3fffffff);
    return SocketAddress.sharedRandomPort(deployment, options.host());
  }

  @Override
  public Future<?> stop() {
    return feed.close().eventually(() -> server.close());
  }

  /** The port that it listens on. */
  public int port() {
    return server.actualPort();
  }

  private static void handshake(ServerWebSocketHandshake handshake) {
    if (handshake.path().equals(FEED_PATH)) {
      handshake.accept();
    } else {
      handshake.reject(NOT_FOUND);
    }
  }

  private Router router() {
    Router router = Router.router(vertx);
    Page.addTo(router);
    router.get("/api/tickers/:exchange").handler(this::tickers);
    router
        .get("/health/live")
        .handler(context -> json(context, 200, new JsonObject().put("status", "UP").encode()));
    router.get("/health/ready").handler(this::ready);
    router
        .get("/metrics")
        .handler(
            context ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
                    .end(Prometheus.REGISTRY.scrape()));
    return router;
  }

  private void ready(RoutingContext context) {
    boolean live = feed.isLive();
    json(
        context,
        live ? 200 : 503,
        new JsonObject()
            .put("status", live ? "UP" : "DOWN")
            .put("redis", live ? "UP" : "DOWN")
            .encode());
  }

  private void tickers(RoutingContext context) {
    Future.succeededFuture(context.pathParam("exchange"))
        .map(exchange -> Names.exchange("exchange", exchange))
        .compose(tickers::getAllTickers)
        .onSuccess(ticks -> json(context, 200, array(ticks)))
        .onFailure(
            cause -> {
              int status =
                  cause instanceof InvalidValueException
                      ? 400
                      : cause instanceof ServiceException failure ? failure.failureCode() : 500;
              json(context, status, new JsonObject().put("message", cause.getMessage()).encode());
            });
  }

  private static String array(List<Tick> ticks) {
    return ticks.stream()
        .map(tick -> tick.encode(DecimalStyle.STRING))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static void json(RoutingContext context, int status, String body) {
    context
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(body);
  }
}
