package io.fullon.cache.web;

import io.fullon.cache.feed.Backlog;
import io.fullon.cache.feed.Feed;
import io.fullon.cache.feed.Grant;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.source.SourceState;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.serviceproxy.ServiceException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** What the feed tells, for programs that ask once. */
final class HttpApi {

  /** How many characters are sent at a time. */
  private static final int PIECE = 60_000;

  private static final int DEFAULT_BARS = 500;

  /** About what a tick or a bar takes of the heap, and a process. */
  private static final int VALUE_BYTES = 400;

  private static final int PROCESS_BYTES = 2_000;

  private final TickCache tickers;
  private final OhlcvCache bars;
  private final ProcessCache processes;
  private final Feed feed;
  private final Backlog backlog;
  private final Access access;

  HttpApi(
      TickCache tickers,
      OhlcvCache bars,
      ProcessCache processes,
      Feed feed,
      Backlog backlog,
      Access access) {
    this.tickers = tickers;
    this.bars = bars;
    this.processes = processes;
    this.feed = feed;
    this.backlog = backlog;
    this.access = access;
  }

  void addTo(Resources resources) {
    resources
        .add("/api/tickers/:exchange", this::tickers)
        .add("/api/ohlcv/:exchange", this::bars)
        .add("/api/sources", this::sources)
        .add("/api/processes", this::processes);
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

  /** The same for what may be long. */
  private Grant grantOfList(RoutingContext context) {
    Grant grant = grant(context);
    return grant == null || isRefused(context) ? null : grant;
  }

  /** Whether it was, because too much waits. */
  private boolean isRefused(RoutingContext context) {
    boolean isFull = backlog.isHalfFull();
    if (isFull) {
      Answer.refuse(context.response(), Answer.UNAVAILABLE, "Too much waits for other clients");
    }
    return isFull;
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
    Grant grant = grantOfList(context);
    if (grant == null) {
      return;
    }
    Future.succeededFuture(context.pathParam("exchange"))
        .map(exchange -> Names.exchange("exchange", exchange))
        .compose(tickers::getAllTickers)
        .onSuccess(
            ticks ->
                answer(
                    context,
                    (long) ticks.size() * VALUE_BYTES,
                    ticks.stream()
                        .filter(tick -> grant.allows(tick.exchange(), tick.symbol()))
                        .map(feed::json)
                        .iterator()))
        .onFailure(cause -> refuse(context, cause));
  }

  /** As Redis has them at the call. */
  private void processes(RoutingContext context) {
    Grant grant = grantOfList(context);
    if (grant == null) {
      return;
    }
    processes
        .getActiveProcesses(null, null, ProcessCache.DEFAULT_STALE_MINUTES, true)
        .onSuccess(
            all ->
                answer(
                    context,
                    (long) all.size() * PROCESS_BYTES,
                    all.stream()
                        .filter(process -> isShown(grant, process))
                        .map(JsonObject::encode)
                        .iterator()))
        .onFailure(cause -> refuse(context, cause));
  }

  /** Who may see some exchanges sees the processes that are about them. */
  private static boolean isShown(Grant grant, JsonObject process) {
    if (grant.allows(Names.ANY, Names.ANY)) {
      return true;
    }
    if (!(process.getValue("params") instanceof JsonObject params
        && params.getValue("exchange") instanceof String exchange)) {
      return false;
    }
    return params.getValue("symbol") instanceof String symbol
        ? grant.allows(exchange, symbol)
        : grant.allowsExchange(exchange);
  }

  private static void refuse(RoutingContext context, Throwable cause) {
    Answer.refuse(context.response(), status(cause), cause.getMessage());
  }

  /** The latest bars of a market, oldest first. */
  private void bars(RoutingContext context) {
    Grant grant = grantOfList(context);
    if (grant == null) {
      return;
    }
    Future.succeededFuture(context.pathParam("exchange"))
        .map(exchange -> Names.exchange("exchange", exchange))
        .compose(exchange -> bars(grant, exchange, context.queryParams()))
        .onSuccess(
            found ->
                answer(
                    context,
                    (long) found.size() * VALUE_BYTES,
                    found.stream().map(Bar::encode).iterator()))
        .onFailure(cause -> refuse(context, cause));
  }

  private Future<List<Bar>> bars(Grant grant, String exchange, MultiMap query) {
    if (!query.contains("symbol")) {
      throw new InvalidValueException("symbol", "is missing");
    }
    String symbol = Names.symbol("symbol", query.get("symbol"));
    Timeframe timeframe = Timeframe.read("timeframe", query.get("timeframe"));
    int count = count(query.get("count"));
    return grant.allows(exchange, symbol)
        ? bars.getLatestOhlcvBars(symbol, exchange, timeframe, count)
        : Future.succeededFuture(List.of());
  }

  private static int count(String text) {
    if (text == null) {
      return DEFAULT_BARS;
    }
    // What is no number, or a longer one, is named by its name too.
    Object given = text.matches("[0-9]{1,9}") ? (Object) Integer.valueOf(text) : text;
    return (int) Fields.of("", Map.of("count", given)).integer("count", 1, OhlcvCache.MAX_BARS);
  }

  private static int status(Throwable cause) {
    if (cause instanceof InvalidValueException) {
      return Answer.BAD_REQUEST;
    }
    return cause instanceof ServiceException failure
        ? failure.failureCode()
        : Answer.INTERNAL_ERROR;
  }

  /**
   * @param bytes what is held for it until the client has taken it or is gone
   */
  private void answer(RoutingContext context, long bytes, Iterator<String> texts) {
    if (isRefused(context)) { // others have come since it was asked
      return;
    }
    backlog.add(bytes);
    Future.succeededFuture()
        .compose(counted -> send(context.request(), texts)) // which may throw, too
        .onComplete(sent -> backlog.add(-bytes));
  }

  private Future<Void> send(HttpServerRequest request, Iterator<String> texts) {
    String first = "[" + piece(texts);
    if (!texts.hasNext() || request.version() == HttpVersion.HTTP_1_0) {
      return Answer.json(request.response(), 200, first + whole(texts) + "]");
    }
    HttpServerResponse response = Answer.begin(request.response(), 200).setChunked(true);
    return request.method().equals(HttpMethod.HEAD)
        ? response.end()
        : sendPieces(response, first, texts);
  }

  /**
   * Each piece is made when the one before has left, which may be at once, and others have had
   * their turn.
   */
  private Future<Void> sendPieces(
      HttpServerResponse response, String piece, Iterator<String> texts) {
    return texts.hasNext()
        ? response
            .write(piece)
            .compose(sent -> turn())
            .compose(turn -> sendPieces(response, "," + piece(texts), texts))
        : response.end(piece + "]");
  }

  private Future<Void> turn() {
    Promise<Void> turn = Promise.promise();
    feed.inTurn(turn::complete);
    return turn.future();
  }

  private String whole(Iterator<String> texts) {
    StringBuilder rest = new StringBuilder();
    while (texts.hasNext()) {
      rest.append(',').append(piece(texts));
    }
    return rest.toString();
  }

  private String piece(Iterator<String> texts) {
    StringJoiner piece = new StringJoiner(",");
    while (texts.hasNext() && piece.length() < PIECE) {
      piece.add(texts.next());
    }
    return piece.toString();
  }
}
