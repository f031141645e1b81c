package io.fullon.cache.feed;

/** Why the feed closes a connection; the codes below 3000 are those of RFC 6455. */
enum CloseCode {
  GOING_AWAY(1001),
  /** The client does what RFC 6455 forbids. */
  PROTOCOL_ERROR(1002),
  /** The client sends text that is none, or what cannot be inflated. */
  INVALID_DATA(1007),
  MESSAGE_TOO_BIG(1009),
  /** Something went wrong on our side. */
  INTERNAL_ERROR(1011),
  /** The client takes nothing of what waits for it. */
  STALLED(4008),
  /** The client keeps asking for more than the limits allow. */
  LIMIT_EXCEEDED(4029),
  /** The token is missing, bad, or has run out. */
  UNAUTHORIZED(4401);

  private final int number;

  CloseCode(int number) {
    this.number = (short) number;
  }

  int number() {
    return number;
  }
}
