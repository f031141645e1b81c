package io.fullon.cache.web;

import io.fullon.cache.feed.Backlog;
import io.fullon.cache.feed.Feed;
import io.fullon.cache.feed.VertxTakeover;
import io.fullon.cache.metrics.LoopLag;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tls.CertificateAndKey;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the page, the feed, health and metrics over HTTP. Needs the tick service on the same node.
 * Its configuration is the whole tree; it reads {@code web}.
 */
public final class WebVerticle extends VerticleBase {

  /** What web pages of allowed origins may read. */
  private static final List<String> SHARED =
      List.of("/api/*", "/ticker-feed.js", "/ticker-feed.d.ts");

  private static final long MAX_HANDSHAKE_MS = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(WebVerticle.class);

  private final List<WatchedFiles> watched = new ArrayList<>();
  private WebOptions options;
  private Access access;
  private Backlog backlog;
  private Feed feed;
  private UpgradeMetrics upgrades;
  private HttpServer server;
  private HttpServer adminServer;
  private LoopLag lag;

  /**
   * Begins to count what {@code /metrics} tells; the start of a gateway does so at the latest. What
   * is counted before is lost.
   */
  public static void startMetrics() {
    Prometheus.join();
  }

  @Override
  public Future<?> start() {
    if (!context.isEventLoopContext()) {
      throw new IllegalStateException("web: must be deployed on an event loop, not as a worker");
    }
    startMetrics();
    options = WebOptions.from(Fields.of("", config()).section("web"));
    backlog = Backlog.of(vertx, deploymentID());
    feed = new Feed(vertx, options.feed(), backlog);
    upgrades = new UpgradeMetrics();
    lag = new LoopLag(vertx);
    watchFiles();
    return Future.join(watched.stream().map(WatchedFiles::remember).toList())
        .compose(v -> checkVertx())
        .compose(v -> checkCertificate())
        .compose(v -> readKeys())
        .compose(v -> feed.start().recover(WebVerticle::noTickService))
        .compose(v -> listen())
        .compose(v -> options.hasAdminPort() ? listenForAdmins() : Future.succeededFuture())
        .onSuccess(v -> watched.forEach(WatchedFiles::watch))
        .recover(cause -> stop().transform(stopped -> Future.failedFuture(cause)));
  }

  private Future<Void> checkVertx() {
    HttpBounds bounds = bounds(connections(), options.deflate());
    return VertxTakeover.check(vertx, serverOptions(), bounds::prepare, HttpBounds::release);
  }

  private Future<Void> checkCertificate() {
    return options.tls() == null ? Future.succeededFuture() : options.tls().check(vertx);
  }

  private Future<?> readKeys() {
    Future<Tokens> tokens =
        options.auth().isRequired()
            ? Tokens.create(vertx, options.auth())
            : Future.succeededFuture();
    return tokens.onSuccess(created -> access = new Access(created, options.auth().firstMessage()));
  }

  private static Future<Void> noTickService(Throwable cause) {
    return Future.failedFuture(
        new IllegalStateException("web: needs the tick service on this node", cause));
  }

  // The public port

  private Future<?> listen() {
    Connections connections = connections();
    Origins origins = new Origins(options.allowedOrigins(), options.publicOrigins());
    Resources resources = resources(new FeedUpgrade(feed, origins, access, connections), origins);
    return isLoopback(options.host())
        .onSuccess(this::warnIfPublic)
        .compose(
            loopback -> {
              HttpGate gate = new HttpGate(hosts(loopback), resources);
              return vertx
                  .createHttpServer(publicOptions())
                  .connectionHandler(bounds(connections, options.deflate()))
                  .requestHandler(
                      request -> {
                        FeedUpgrade.count(request, upgrades);
                        gate.handle(request);
                      })
                  .listen(address(options.host(), options.port(), 0));
            })
        .onSuccess(listening -> server = listening)
        .recover(cause -> cannotListen(options.host(), options.port(), cause));
  }

  private Connections connections() {
    return Connections.of(vertx, deploymentID(), options.limits(), options.httpConnections());
  }

  private Resources resources(FeedUpgrade upgrade, Origins origins) {
    Resources resources = new Resources(vertx);
    upgrade.addTo(resources);
    SHARED.forEach(path -> resources.before(path, origins::share));
    Page.addTo(resources);
    new HttpApi(
            TickCache.proxy(vertx),
            OhlcvCache.proxy(vertx),
            ProcessCache.proxy(vertx),
            feed,
            backlog,
            access)
        .addTo(resources);
    if (!options.hasAdminPort()) {
      new Monitoring(vertx, feed).addTo(resources);
    }
    return resources;
  }

  private void warnIfPublic(boolean loopback) {
    if (!loopback && access.isOpen()) {
      LOG.warn(
          "web.host {} can be reached from other machines, and everyone may connect: set"
              + " web.jwt_secret or web.jwt_keys to ask for tokens",
          options.host());
    }
  }

  private HttpServerOptions publicOptions() {
    HttpServerOptions serverOptions = serverOptions();
    if (options.tls() != null) {
      serverOptions
          .setSsl(true)
          .setKeyCertOptions(options.tls().options())
          .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
          .setSslHandshakeTimeout(Math.min(MAX_HANDSHAKE_MS, options.httpRequestMs()));
    }
    return serverOptions;
  }

  private Hosts hosts(boolean loopback) {
    return new Hosts(options.host(), loopback, options.allowedHosts(), options.publicOrigins());
  }

  // The port of the operators

  private Future<?> listenForAdmins() {
    Connections connections =
        Connections.of(vertx, adminId(), options.limits(), options.httpConnections());
    Resources resources = new Resources(vertx);
    new Monitoring(vertx, feed).addTo(resources);
    return isLoopback(options.adminHost())
        .compose(
            loopback ->
                vertx
                    .createHttpServer(serverOptions())
                    .connectionHandler(bounds(connections, false))
                    .requestHandler(new HttpGate(adminHosts(loopback), resources))
                    .listen(address(options.adminHost(), options.adminPort(), 1)))
        .onSuccess(listening -> adminServer = listening)
        .recover(cause -> cannotListen(options.adminHost(), options.adminPort(), cause));
  }

  /** Probes from other machines use an address, and find no page that a browser would trust. */
  private Hosts adminHosts(boolean loopback) {
    return new Hosts(
        options.adminHost(),
        loopback,
        loopback ? options.allowedHosts() : List.of(),
        options.publicOrigins());
  }

  private String adminId() {
    return deploymentID() + "/admin";
  }

  // Both

  private HttpServerOptions serverOptions() {
    return new HttpServerOptions()
        // Nobody needs it, and Java's own client gets lost in an upgrade with a long answer.
        .setHttp2ClearTextEnabled(false)
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setIdleTimeout((int) options.httpIdleMs())
        .setPerMessageWebSocketCompressionSupported(false) // but see Deflate
        .setPerFrameWebSocketCompressionSupported(false);
  }

  private HttpBounds bounds(Connections connections, boolean deflate) {
    return new HttpBounds(connections, options.httpRequestMs(), options.httpIdleMs(), deflate);
  }

  /** Whether only programs on this machine can connect. A name may stand for it too. */
  private Future<Boolean> isLoopback(String host) {
    return Hosts.isLocal(host)
        ? Future.succeededFuture(true)
        : vertx.executeBlocking(() -> InetAddress.getByName(host).isLoopbackAddress(), false);
  }

  private SocketAddress address(String host, int port, int server) {
    if (port != 0) {
      return SocketAddress.inetSocketAddress(port, host);
    }
    // Any free port, but the same for all instances of this deployment.
    int deployment = 1 + ((context.deploymentID().hashCode() & 0x1fffffff) << 1 | server);
    return SocketAddress.sharedRandomPort(deployment, host);
  }

  private static Future<HttpServer> cannotListen(String host, int port, Throwable cause) {
    return Future.failedFuture(
        new IllegalStateException(
            "web: cannot listen on " + host + ":" + port + ": " + Reasons.of(cause), cause));
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
      watch(List.of(options.auth().keys()), () -> access.tokens().readKeys());
    }
  }

  private void watch(List<String> files, Supplier<Future<?>> reload) {
    watched.add(new WatchedFiles(vertx, files, reload));
  }

  @Override
  public Future<?> stop() {
    watched.forEach(WatchedFiles::close);
    upgrades.close();
    lag.close();
    Connections.forget(vertx, deploymentID());
    Connections.forget(vertx, adminId());
    Backlog.forget(vertx, deploymentID());
    return feed.close().eventually(() -> close(server)).eventually(() -> close(adminServer));
  }

  private static Future<Void> close(HttpServer server) {
    return server == null ? Future.succeededFuture() : server.close();
  }

  /** Where it listens, as {@code http://HOST:PORT}; where health and metrics are, if elsewhere. */
  public String address() {
    String address =
        (options.tls() == null ? "http://" : "https://") + authority(options.host(), port());
    return adminServer == null
        ? address
        : address + ", health and metrics at http://" + authority(options.adminHost(), adminPort());
  }

  private static String authority(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** The port that it listens on. */
  public int port() {
    return server.actualPort();
  }

  /**
   * The port of health and metrics.
   *
   * @throws IllegalStateException when they have none of their own
   */
  public int adminPort() {
    if (adminServer == null) {
      throw new IllegalStateException("web.admin_port: is not set");
    }
    return adminServer.actualPort();
  }
}
