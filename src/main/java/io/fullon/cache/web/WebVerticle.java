package io.fullon.cache.web;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tls.CertificateAndKey;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Reasons;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.serviceproxy.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the page, the feed, health and metrics over HTTP. Needs the tick service on the same node.
 * Its configuration is the whole tree; it reads {@code web}.
 */
public final class WebVerticle extends VerticleBase {

  private static final int UPGRADE_REQUIRED = 426;
  private static final String FEED_PATH = "/feed";
  private static final String JSON = "application/json";
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int UNAVAILABLE = 503;

  private static final Logger LOG = LoggerFactory.getLogger(WebVerticle.class);

  /** One for the process, as Micrometer's global registry is. */
  private static final class Prometheus {

    static final PrometheusMeterRegistry REGISTRY =
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    static {
      Metrics.globalRegistry.add(REGISTRY);
    }
  }

  private final List<WatchedFiles> watched = new ArrayList<>();
  private WebOptions options;
  private TickCache tickers;
  private Origins origins;
  private Connections connections;
  private Tokens tokens;
  private Feed feed;
  private HttpServer server;
  private boolean refusedOrigin;

  @Override
  public Future<?> start() {
    options = WebOptions.from(Fields.of("", config()).section("web"));
    tickers = TickCache.proxy(vertx);
    origins = new Origins(options.allowedOrigins(), options.isLocal());
    connections = Connections.of(vertx, deploymentID(), options.limits());
    feed = new Feed(vertx, options);
    watchFiles();
    return Future.join(watched.stream().map(WatchedFiles::remember).toList())
        .compose(v -> checkCertificate())
        .compose(v -> readKeys())
        .compose(v -> feed.start().recover(WebVerticle::noTickService))
        .compose(v -> listen())
        .onSuccess(
            v -> {
              watched.forEach(WatchedFiles::watch);
              warnIfPublic();
            })
        .recover(cause -> stop().transform(stopped -> Future.failedFuture(cause)));
  }

  private Future<Void> checkCertificate() {
    return options.tls() == null ? Future.succeededFuture() : options.tls().check(vertx);
  }

  private Future<?> readKeys() {
    return options.auth().isRequired()
        ? Tokens.create(vertx, options.auth()).onSuccess(created -> tokens = created)
        : Future.succeededFuture();
  }

  private static Future<Void> noTickService(Throwable cause) {
    return Future.failedFuture(
        new IllegalStateException("web: needs the tick service on this node", cause));
  }

  private Future<?> listen() {
    return vertx
        .createHttpServer(serverOptions())
        .connectionHandler(connection -> offerCompression((HttpServerConnection) connection))
        .webSocketHandshakeHandler(this::handshake)
        .requestHandler(router())
        .listen(socketAddress())
        .onSuccess(listening -> server = listening)
        .recover(this::cannotListen);
  }

  private Future<HttpServer> cannotListen(Throwable cause) {
    return Future.failedFuture(
        new IllegalStateException(
            "web: cannot listen on "
                + options.host()
                + ":"
                + options.port()
                + ": "
                + Reasons.of(cause),
            cause));
  }

  private HttpServerOptions serverOptions() {
    HttpServerOptions serverOptions =
        new HttpServerOptions()
            // Nobody needs it, and Java's own client gets lost in an upgrade with a long answer.
            .setHttp2ClearTextEnabled(false)
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setIdleTimeout((int) options.httpIdleMs())
            .setPerMessageWebSocketCompressionSupported(false) // but see offerCompression
            .setPerFrameWebSocketCompressionSupported(false);
    if (options.tls() != null) {
      serverOptions.setSsl(true).setKeyCertOptions(options.tls().options());
    }
    return serverOptions;
  }

  /** As Vert.x would, but no message becomes longer than it may be. */
  private void offerCompression(HttpServerConnection connection) {
    if (options.deflate()) {
      connection
          .channelHandlerContext()
          .pipeline()
          .addBefore(
              connection.channelHandlerContext().name(),
              "extensions",
              new WebSocketServerExtensionHandler(
                  new PerMessageDeflateServerExtensionHandshaker(options.limits().messageBytes())));
    }
  }

  private void warnIfPublic() {
    if (!options.isLocal() && tokens == null) {
      LOG.warn(
          "web.host {} can be reached from other machines, and everyone may connect: set"
              + " web.jwt_secret or web.jwt_keys to ask for tokens",
          options.host());
    }
  }

  private void watchFiles() {
    CertificateAndKey tls = options.tls();
    if (tls != null) {
      watch(
          List.of(tls.cert(), tls.key()),
          () ->
              tls.check(vertx)
                  .compose(
                      fits ->
                          server.updateSSLOptions(
                              new ServerSSLOptions().setKeyCertOptions(tls.options()), true)));
    }
    if (options.auth().keys() != null) {
      watch(List.of(options.auth().keys()), () -> tokens.readKeys());
    }
  }

  private void watch(List<String> files, Supplier<Future<?>> reload) {
    watched.add(new WatchedFiles(vertx, files, reload));
  }

  private SocketAddress socketAddress() {
    if (options.port() != 0) {
      return SocketAddress.inetSocketAddress(options.port(), options.host());
    }
    // Any free port, but the same for all instances of this deployment.
    int deployment = 1 + (context.deploymentID().hashCode() & 0x3fffffff);
    return SocketAddress.sharedRandomPort(deployment, options.host());
  }

  @Override
  public Future<?> stop() {
    watched.forEach(WatchedFiles::close);
    Connections.forget(vertx, deploymentID());
    return feed.close()
        .eventually(() -> server == null ? Future.succeededFuture() : server.close());
  }

  /** Where it listens, as {@code http://HOST:PORT}. */
  public String address() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return (options.tls() == null ? "http://" : "https://") + host + ":" + port();
  }

  /** The port that it listens on. */
  public int port() {
    return server.actualPort();
  }

  private void handshake(ServerWebSocketHandshake handshake) {
    String origin = handshake.headers().get(HttpHeaders.ORIGIN);
    String authorization = handshake.headers().get(HttpHeaders.AUTHORIZATION);
    if (!handshake.path().equals(FEED_PATH)) {
      handshake.reject(NOT_FOUND);
    } else if (feed.isClosing()) {
      handshake.reject(UNAVAILABLE);
    } else if (!origins.allow(origin, handshake.authority())) {
      refuseOrigin(origin);
      handshake.reject(FORBIDDEN);
    } else if (authorization == null && tokens != null && !options.auth().firstMessage()) {
      handshake.reject(UNAUTHORIZED);
    } else {
      try {
        accept(handshake, grant(authorization));
      } catch (InvalidValueException e) {
        LOG.debug("Connection from {}: {}", handshake.remoteAddress(), e.getMessage());
        handshake.reject(UNAUTHORIZED);
      }
    }
  }

  /** What the bearer may see; null when the first message has to bring a token. */
  private Grant grant(String authorization) {
    if (tokens == null) {
      return Grant.ALL;
    }
    return authorization == null ? null : tokens.verifyHeader(authorization);
  }

  private void accept(ServerWebSocketHandshake handshake, Grant grant) {
    if (!"13".equals(handshake.headers().get("Sec-WebSocket-Version"))) {
      handshake.reject(UPGRADE_REQUIRED); // drafts that Vert.x still speaks
      return;
    }
    String address = handshake.remoteAddress().hostAddress();
    switch (connections.add(address)) {
      case TOO_MANY -> handshake.reject(UNAVAILABLE);
      case TOO_MANY_OF_ADDRESS -> handshake.reject(TOO_MANY_REQUESTS);
      case COUNTED ->
          handshake
              .accept()
              .onSuccess(
                  socket ->
                      feed.connected(socket, tokens, grant, () -> connections.remove(address)))
              .onFailure(e -> connections.remove(address));
    }
  }

  private void refuseOrigin(String origin) {
    String message = "Refused a page of the origin {}, which web.allowed_origins does not have";
    if (refusedOrigin) {
      LOG.debug(message, InvalidValueException.show(origin));
    } else {
      refusedOrigin = true; // anybody can cause any number of them
      LOG.warn(message, InvalidValueException.show(origin));
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
    Grant grant;
    try {
      grant = grant(context.request().getHeader(HttpHeaders.AUTHORIZATION));
    } catch (InvalidValueException e) {
      unauthorized(context, e.getMessage());
      return;
    }
    if (grant == null) {
      unauthorized(context, "Authorization: must be Bearer and a token");
      return;
    }
    Future.succeededFuture(context.pathParam("exchange"))
        .map(exchange -> Names.exchange("exchange", exchange))
        .compose(tickers::getAllTickers)
        .onSuccess(ticks -> json(context, 200, array(ticks, grant)))
        .onFailure(
            cause -> {
              int status =
                  cause instanceof InvalidValueException
                      ? 400
                      : cause instanceof ServiceException failure ? failure.failureCode() : 500;
              json(context, status, message(cause.getMessage()));
            });
  }

  private static void unauthorized(RoutingContext context, String why) {
    context.response().putHeader("WWW-Authenticate", "Bearer");
    json(context, UNAUTHORIZED, message(why));
  }

  private static String message(String message) {
    return new JsonObject().put("message", message).encode();
  }

  private static String array(List<Tick> ticks, Grant grant) {
    return ticks.stream()
        .filter(tick -> grant.allows(new Interest(tick.exchange(), tick.symbol())))
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
