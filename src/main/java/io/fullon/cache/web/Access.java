package io.fullon.cache.web;

import io.fullon.cache.feed.Grant;
import io.vertx.core.http.HttpServerResponse;

/**
 * Who may see what.
 *
 * @param tokens decides on tokens; null where none are needed
 * @param firstMessage whether a client of the feed may bring its token as its first message
 */
record Access(Tokens tokens, boolean firstMessage) {

  static final String MISSING = "Authorization: must be Bearer and a token";

  /** Whether everybody may see everything. */
  boolean isOpen() {
    return tokens == null;
  }

  /** What the bearer may see; null when the first message has to bring a token. */
  Grant grant(String authorization) {
    if (isOpen()) {
      return Grant.ALL;
    }
    return authorization == null ? null : tokens.verifyHeader(authorization);
  }

  static void refuse(HttpServerResponse response, String why) {
    response.putHeader("WWW-Authenticate", "Bearer");
    Answer.refuse(response, Answer.UNAUTHORIZED, why);
  }
}
