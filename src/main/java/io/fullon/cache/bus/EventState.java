package io.fullon.cache.bus;

/** What is told at {@code fullon.<domain>.state}, body String, on the local bus. */
public final class EventState {

  /** Messages from Redis are missed: changes are not seen. */
  public static final String STALE = "stale";

  /** All is seen, and what changed meanwhile has been published just before. */
  public static final String LIVE = "live";

  private EventState() {}
}
