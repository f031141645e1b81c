package io.fullon.cache.web;

import io.fullon.cache.feed.Feed;
import io.fullon.cache.feed.Grant;
import io.fullon.cache.source.SourceState;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.vertx.serviceproxy.ServiceException;
import java.util.Iterator;
import java.util.StringJoiner;

/** What the feed tells, for programs that ask once. */
final class HttpApi {

  /** How many characters are sent at a time. */
  private static final int PIECE = 60_000;

  private final TickCache tickers;
  private final Feed feed;
  private final Access access;

  HttpApi(TickCache tickers, Feed feed, Access access) {
    this.tickers = tickers;
    this.feed = feed;
    this.access = access;
  }

  void addTo(Resources resources) {
    resources.add("/api/tickers/:exchange", this::tickers).add("/api/sources", this::sources);
  }

  /** What the client may see; null where it was refused. */
  private Grant grant(RoutingContext context) {
    try {
      Grant grant = access.grant(context.request().getHeader(HttpHeaders.AUTHORIZATION));
      if (grant == null) {
        Access.refuse(context.response(), Access.MISSING);
      }
      return grant;
    } catch (InvalidValueException e) {
      Access.refuse(context.response(), e.getMessage());
      return null;
    }
  }

  private void sources(RoutingContext context) {
    Grant grant = grant(context);
    if (grant != null) {
      Answer.json(
          context.response(),
          200,
          Json.write(
              json -> {
                json.writeStartArray();
                for (SourceState source : feed.sources()) {
                  if (grant.allowsExchange(source.exchange())) {
                    json.writeStartObject();
                    source.write(json);
                    json.writeEndObject();
                  }
                }
                json.writeEndArray();
              }));
    }
  }

  private void tickers(RoutingContext context) {
    Grant grant = grant(context);
    if (grant == null) {
      return;
    }
    Future.succeededFuture(context.pathParam("exchange"))
        .map(exchange -> Names.exchange("exchange", exchange))
        .compose(tickers::getAllTickers)
        .onSuccess(
            ticks ->
                send(
                    context.request(),
                    ticks.stream()
                        .filter(tick -> grant.allows(tick.exchange(), tick.symbol()))
                        .iterator()))
        .onFailure(cause -> Answer.refuse(context.response(), status(cause), cause.getMessage()));
  }

  private static int status(Throwable cause) {
    if (cause instanceof InvalidValueException) {
      return Answer.BAD_REQUEST;
    }
    return cause instanceof ServiceException failure
        ? failure.failureCode()
        : Answer.INTERNAL_ERROR;
  }

  private void send(HttpServerRequest request, Iterator<Tick> ticks) {
    String first = "[" + piece(ticks);
    if (!ticks.hasNext() || request.version() == HttpVersion.HTTP_1_0) {
      Answer.json(request.response(), 200, first + whole(ticks) + "]");
      return;
    }
    HttpServerResponse response = Answer.begin(request.response(), 200).setChunked(true);
    if (request.method().equals(HttpMethod.HEAD)) {
      response.end();
    } else {
      response.write(first).compose(sent -> sendRest(response, ticks));
    }
  }

  /** Each piece is made when the one before has left. */
  private Future<Void> sendRest(HttpServerResponse response, Iterator<Tick> ticks) {
    return ticks.hasNext()
        ? response.write("," + piece(ticks)).compose(sent -> sendRest(response, ticks))
        : response.end("]");
  }

  private String whole(Iterator<Tick> ticks) {
    StringBuilder rest = new StringBuilder();
    while (ticks.hasNext()) {
      rest.append(',').append(piece(ticks));
    }
    return rest.toString();
  }

  private String piece(Iterator<Tick> ticks) {
    StringJoiner piece = new StringJoiner(",");
    while (ticks.hasNext() && piece.length() < PIECE) {
      piece.add(feed.json(ticks.next()));
    }
    return piece.toString();
  }
}
