package io.fullon.cache.web;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What can be read from a server, by path. Nothing can be written. */
final class Resources implements Handler<HttpServerRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(Resources.class);

  private static final String METHODS = "GET, HEAD, OPTIONS";
  private static final int NO_CONTENT = 204;

  /** With which the router fails by itself. */
  private static final List<Integer> REFUSALS =
      List.of(Answer.BAD_REQUEST, Answer.NOT_FOUND, Answer.METHOD_NOT_ALLOWED);

  private final Router router;

  Resources(Vertx vertx) {
    router = Router.router(vertx);
    REFUSALS.forEach(status -> router.errorHandler(status, context -> refuse(context, status)));
    router.errorHandler(Answer.INTERNAL_ERROR, Resources::failed);
  }

  /** Calls the handler before those of all paths that begin so. */
  Resources before(String path, Handler<RoutingContext> handler) {
    router.route(path).handler(handler);
    return this;
  }

  Resources add(String path, Handler<RoutingContext> handler) {
    router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(handler);
    router
        .options(path)
        .handler(context -> allow(context.response()).setStatusCode(NO_CONTENT).end());
    return this;
  }

  private static HttpServerResponse allow(HttpServerResponse response) {
    return response.putHeader(HttpHeaders.ALLOW, METHODS);
  }

  private static void refuse(RoutingContext context, int status) {
    if (status == Answer.METHOD_NOT_ALLOWED) {
      allow(context.response());
    }
    Answer.refuse(context.response(), status, HttpResponseStatus.valueOf(status).reasonPhrase());
  }

  /** One line: anybody might cause any number of them. */
  private static void failed(RoutingContext context) {
    LOG.error("{} failed: {}", context.request().path(), String.valueOf(context.failure()));
    if (!context.response().headWritten()) {
      refuse(context, Answer.INTERNAL_ERROR);
    }
  }

  @Override
  public void handle(HttpServerRequest request) {
    router.handle(request);
  }
}
