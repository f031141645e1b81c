package io.fullon.cache.web;

import io.fullon.cache.feed.Grant;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json.DecimalStyle;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import io.vertx.serviceproxy.ServiceException;
import java.util.List;
import java.util.stream.Collectors;

/** What the feed tells, for programs that ask once. */
final class HttpApi {

  private final TickCache tickers;
  private final Access access;

  HttpApi(TickCache tickers, Access access) {
    this.tickers = tickers;
    this.access = access;
  }

  void addTo(Resources resources) {
    resources.add("/api/tickers/:exchange", this::tickers);
  }

  private void tickers(RoutingContext context) {
    Grant grant;
    try {
      grant = access.grant(context.request().getHeader(HttpHeaders.AUTHORIZATION));
    } catch (InvalidValueException e) {
      Access.refuse(context.response(), e.getMessage());
      return;
    }
    if (grant == null) {
      Access.refuse(context.response(), Access.MISSING);
      return;
    }
    Future.succeededFuture(context.pathParam("exchange"))
        .map(exchange -> Names.exchange("exchange", exchange))
        .compose(tickers::getAllTickers)
        .onSuccess(ticks -> Answer.json(context.response(), 200, array(ticks, grant)))
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

  private static String array(List<Tick> ticks, Grant grant) {
    return ticks.stream()
        .filter(tick -> grant.allows(tick.exchange(), tick.symbol()))
        .map(tick -> tick.encode(DecimalStyle.STRING))
        .collect(Collectors.joining(",", "[", "]"));
  }
}
