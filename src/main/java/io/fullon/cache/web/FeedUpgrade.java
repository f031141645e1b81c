package io.fullon.cache.web;

import io.fullon.cache.feed.Feed;
import io.fullon.cache.feed.Grant;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides which requests become connections to the feed (RFC 6455, section 4.2). */
final class FeedUpgrade implements Handler<RoutingContext> {

  static final String PATH = "/feed";

  private static final String WEBSOCKET = "websocket";
  private static final String VERSION = "13";

  /** 16 bytes in Base64. */
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");

  private static final Logger LOG = LoggerFactory.getLogger(FeedUpgrade.class);

  /** Anybody can cause any number of them. */
  private static final Repeats REFUSED = new Repeats(System::nanoTime);

  private final Feed feed;
  private final Origins origins;
  private final Access access;
  private final Connections connections;

  FeedUpgrade(Feed feed, Origins origins, Access access, Connections connections) {
    this.feed = feed;
    this.origins = origins;
    this.access = access;
    this.connections = connections;
  }

  /** To be called before any other path is added. */
  void addTo(Resources resources) {
    resources.before("/*", FeedUpgrade::refuseElsewhere).add(PATH, this);
  }

  private static void refuseElsewhere(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (isWanted(request) && !PATH.equals(request.path())) {
      Answer.refuse(context.response(), Answer.NOT_FOUND, "There is no WebSocket here");
    } else {
      context.next();
    }
  }

  private static boolean isWanted(HttpServerRequest request) {
    return hasToken(request.headers(), HttpHeaders.UPGRADE, WEBSOCKET);
  }

  private static boolean hasToken(MultiMap headers, CharSequence name, String token) {
    return headers.getAll(name).stream()
        .flatMap(value -> Stream.of(value.split(",", -1)))
        .anyMatch(value -> value.strip().equalsIgnoreCase(token));
  }

  private static void required(HttpServerResponse response) {
    response
        .putHeader(HttpHeaders.UPGRADE, WEBSOCKET)
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE)
        .putHeader("Sec-WebSocket-Version", VERSION);
    Answer.refuse(response, Answer.UPGRADE_REQUIRED, "Needs a WebSocket of version " + VERSION);
  }

  /** Counts the answer, whoever gives it, if the request is for a connection. */
  static void count(HttpServerRequest request, UpgradeMetrics metrics) {
    if (isWanted(request) && PATH.equals(request.path())) {
      HttpServerResponse response = request.response();
      response.bodyEndHandler(sent -> metrics.answered(response.getStatusCode()));
    }
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    HttpServerResponse response = request.response();
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (!isWanted(request)) {
      required(response);
    } else if (!isUpgrade(request)) {
      Answer.refuse(response, Answer.BAD_REQUEST, "Is no upgrade to a WebSocket");
    } else if (!List.of(VERSION).equals(request.headers().getAll("Sec-WebSocket-Version"))) {
      required(response); // also drafts, which Vert.x still speaks
    } else if (!hasKey(request.headers())) {
      Answer.refuse(response, Answer.BAD_REQUEST, "Sec-WebSocket-Key: must be 16 bytes in Base64");
    } else if (feed.isClosing()) {
      Answer.refuse(response, Answer.UNAVAILABLE, "The server stops");
    } else if (feed.isFull()) {
      Answer.refuse(response, Answer.UNAVAILABLE, "Too much waits for other clients");
    } else if (!origins.allow(origin, request.authority())) {
      refuseOrigin(origin);
      Answer.refuse(response, Answer.FORBIDDEN, "Origin: is not in web.allowed_origins");
    } else {
      authorize(request);
    }
  }

  private static boolean isUpgrade(HttpServerRequest request) {
    return request.method().equals(HttpMethod.GET)
        && request.version() == HttpVersion.HTTP_1_1
        && !HttpGate.hasBody(request)
        && hasToken(request.headers(), HttpHeaders.CONNECTION, "upgrade");
  }

  private static boolean hasKey(MultiMap headers) {
    List<String> keys = headers.getAll("Sec-WebSocket-Key");
    return keys.size() == 1 && KEY.matcher(keys.get(0).strip()).matches();
  }

  private static void refuseOrigin(String origin) {
    String shown = InvalidValueException.show(origin);
    REFUSED
        .add(shown)
        .ifPresent(
            leftOut ->
                LOG.warn(
                    "Refused a page of the origin {}, which is neither in web.allowed_origins nor"
                        + " in web.public_origin{}",
                    shown,
                    leftOut));
  }

  private void authorize(HttpServerRequest request) {
    try {
      Grant grant = access.grant(request.getHeader(HttpHeaders.AUTHORIZATION));
      if (grant == null && !access.firstMessage()) {
        Access.refuse(request.response(), Access.MISSING);
      } else {
        accept(request, grant);
      }
    } catch (InvalidValueException e) {
      LOG.debug("Connection from {}: {}", request.remoteAddress(), e.getMessage());
      Access.refuse(request.response(), e.getMessage());
    }
  }

  /**
   * Frames that come in one packet with the request are lost, as the decoder of HTTP has read them:
   * RFC 6455, section 4.1, lets a client send none before it is answered.
   */
  private void accept(HttpServerRequest request, Grant grant) {
    String address = request.remoteAddress().hostAddress();
    switch (connections.add(address)) {
      case TOO_MANY ->
          Answer.refuse(request.response(), Answer.UNAVAILABLE, "Too many connections");
      case TOO_MANY_OF_ADDRESS ->
          Answer.refuse(
              request.response(), Answer.TOO_MANY_REQUESTS, "Too many connections of one address");
      case COUNTED ->
          Future.succeededFuture()
              .compose(counted -> request.toWebSocket()) // which may throw, too
              .compose(upgraded -> takeOver(request.connection(), address, grant))
              // Vert.x refuses some itself, with an answer: the connection lives on.
              .onFailure(e -> connections.remove(address));
    }
  }

  private Future<Void> takeOver(HttpConnection connection, String address, Grant grant) {
    try {
      HttpBounds.release(connection);
      feed.connected(
          HttpBounds.channel(connection),
          access.isOpen() ? null : access.tokens()::verify,
          grant,
          () -> connections.remove(address));
      return Future.succeededFuture();
    } catch (RuntimeException e) { // Vert.x is not what it was
      LOG.error("Taking a connection over failed", e);
      HttpBounds.cut(connection);
      return Future.failedFuture(e);
    }
  }
}
