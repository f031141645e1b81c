package io.fullon.cache.redis;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log of each outage of a server twice, when it begins and when it is over, however many
 * connections of the node are concerned.
 */
final class Outages implements Shareable {

  private static final Logger LOG = LoggerFactory.getLogger(Outages.class);

  /** Until then a node that stops has given up its other connections, too. */
  static final long SETTLED_MS = 1_000;

  private final Vertx vertx;
  private final Map<String, Outage> present = new HashMap<>();

  /** All connections that are there or missing. Weak, for some come up after they were given up. */
  private final Set<Object> wanted = Collections.newSetFromMap(new WeakHashMap<>());

  private Outages(Vertx vertx) {
    this.vertx = vertx;
  }

  private record Outage(Set<Object> connections, long since) {}

  /** The node's own. */
  static Outages of(Vertx vertx) {
    return vertx
        .sharedData()
        .<String, Outages>getLocalMap("fullon.redis.outages")
        .computeIfAbsent("", key -> new Outages(vertx));
  }

  /**
   * A connection to the server is missing.
   *
   * @param connection itself, as long as it is missing
   */
  synchronized void began(String server, Object connection, String reason) {
    Outage outage =
        present.computeIfAbsent(
            server,
            key -> {
              LOG.warn("Redis at {}: {}; trying again", server, reason);
              return new Outage(new HashSet<>(), System.nanoTime());
            });
    outage.connections.add(connection);
    wanted.add(connection);
  }

  /** The connection is there. */
  synchronized void ended(Object connection) {
    wanted.add(connection);
    remove(connection, "connected").forEach(news -> LOG.info("{}", news));
  }

  /** The connection is not wanted any more, which is news unless the node stops. */
  synchronized void forget(Object connection) {
    wanted.remove(connection);
    remove(connection, "not needed any more")
        .forEach(news -> vertx.setTimer(SETTLED_MS, timer -> tellUnlessStopped(news)));
  }

  private synchronized void tellUnlessStopped(String news) {
    if (!wanted.isEmpty()) {
      LOG.info("{}", news);
    }
  }

  /** Returns what there is to say of the outages that are over with it. */
  private List<String> remove(Object connection, String how) {
    List<String> news = new ArrayList<>();
    present
        .entrySet()
        .removeIf(
            server -> {
              Outage outage = server.getValue();
              boolean last = outage.connections.remove(connection) && outage.connections.isEmpty();
              if (last) {
                long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - outage.since);
                news.add("Redis at " + server.getKey() + ": " + how + " after " + ms + " ms");
              }
              return last;
            });
    return news;
  }
}
