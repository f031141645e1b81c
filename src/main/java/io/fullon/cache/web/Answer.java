package io.fullon.cache.web;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/** What all answers have in common. */
final class Answer {

  static final int BAD_REQUEST = 400;
  static final int UNAUTHORIZED = 401;
  static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;
  static final int UPGRADE_REQUIRED = 426;
  static final int TOO_MANY_REQUESTS = 429;
  static final int INTERNAL_ERROR = 500;
  static final int UNAVAILABLE = 503;

  private Answer() {}

  /** Ends it with a JSON text. */
  static Future<Void> json(HttpServerResponse response, int status, String body) {
    return end(begin(response, status), Buffer.buffer(body));
  }

  /** Begins one with a JSON text. */
  static HttpServerResponse begin(HttpServerResponse response, int status) {
    return response
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
  }

  /** Ends it with what is wrong. */
  static void refuse(HttpServerResponse response, int status, String message) {
    json(response, status, new JsonObject().put("message", message).encode());
  }

  /**
   * HEAD has the length of what GET would bring (RFC 9110, section 9.3.2); Vert.x sends no body.
   */
  static Future<Void> end(HttpServerResponse response, Buffer body) {
    return response
        .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()))
        .end(body);
  }
}
