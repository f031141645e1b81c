package io.fullon.cache.redis;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log of each outage of a server twice, when it begins and when it is over, however many
 * connections of the node are concerned.
 */
final class Outages implements Shareable {

  private static final Logger LOG = LoggerFactory.getLogger(Outages.class);

  private final Map<String, Outage> present = new HashMap<>();

  private record Outage(Set<Object> connections, long since) {}

  /** The node's own. */
  static Outages of(Vertx vertx) {
    return vertx
        .sharedData()
        .<String, Outages>getLocalMap("fullon.redis.outages")
        .computeIfAbsent("", key -> new Outages());
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
  }

  /** The connection is there. */
  synchronized void ended(Object connection) {
    remove(connection, "connected after {} ms");
  }

  /** The connection is not wanted any more. */
  synchronized void forget(Object connection) {
    remove(connection, "not needed any more after {} ms");
  }

  private void remove(Object connection, String news) {
    present
        .entrySet()
        .removeIf(
            server -> {
              Outage outage = server.getValue();
              boolean last = outage.connections.remove(connection) && outage.connections.isEmpty();
              if (last) {
                long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - outage.since);
                LOG.info("Redis at {}: " + news, server.getKey(), ms);
              }
              return last;
            });
  }
}
