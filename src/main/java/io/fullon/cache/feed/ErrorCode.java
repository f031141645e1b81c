package io.fullon.cache.feed;

/** Why a request on the feed was refused. */
enum ErrorCode {
  /** The message is not a JSON object in a text frame. */
  MALFORMED_MESSAGE,
  UNKNOWN_OP,
  /** A field is missing or does not fit; the message names it. */
  INVALID_ARGUMENT,
  INVALID_SYMBOL,
  /** Unsubscribing from what is not subscribed. */
  NOT_SUBSCRIBED,
  RATE_LIMITED,
  TOO_MANY_SUBSCRIPTIONS,
  /** There is no token that allows it. */
  UNAUTHORIZED
}
