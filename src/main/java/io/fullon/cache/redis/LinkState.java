package io.fullon.cache.redis;

/** Whether a server of Redis is within reach, as far as one link knows. */
public enum LinkState {
  /** Not reached yet, for the first time. */
  CONNECTING,
  UP,
  /** Lost; connects again by itself. */
  DOWN,
  /** Given up on purpose. */
  CLOSED
}
