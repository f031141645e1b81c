package io.fullon.cache.feed;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what waits for all clients of one deployment together, those that ask once too, so that no
 * number of slow ones uses up the memory.
 */
public final class Backlog implements Shareable {

  /** What a ticker costs that waits or rests for one client: an entry of a map, or two. */
  static final int TICKER_BYTES = 100;

  /** So much of the heap may wait. */
  private static final int SHARE = 4;

  private static final String MAP = "fullon.web.backlog";

  private final long mostBytes;
  private final AtomicLong bytes = new AtomicLong();

  public Backlog(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  public static Backlog of(Vertx vertx, String deployment) {
    return vertx
        .sharedData()
        .<String, Backlog>getLocalMap(MAP)
        .computeIfAbsent(deployment, key -> new Backlog(Runtime.getRuntime().maxMemory() / SHARE));
  }

  public static void forget(Vertx vertx, String deployment) {
    vertx.sharedData().getLocalMap(MAP).remove(deployment);
  }

  public void add(long more) {
    bytes.addAndGet(more);
  }

  boolean isFull() {
    return bytes.get() > mostBytes;
  }

  /**
   * Whether there is no room for more answers to those that ask once. They have half of it, so that
   * nobody who follows is closed for what they do not read.
   */
  public boolean isHalfFull() {
    return bytes.get() > mostBytes / 2;
  }
}
