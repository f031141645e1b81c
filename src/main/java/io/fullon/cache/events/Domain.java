package io.fullon.cache.events;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Subscription;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What the events of one domain have of their own. What is stored has a place, such as an exchange,
 * and a name there; it is told as a text. Called on the node's event loop, where the link answers.
 */
public interface Domain {

  /** Makes it when there is a link. */
  interface Factory {

    Domain on(RedisLink link);
  }

  /**
   * What is told of what was stored; null for nothing.
   *
   * @param text empty when it is gone
   * @throws RuntimeException when it cannot be read
   */
  Object read(String place, String name, String text);

  /** The version of what is told; null when it is gone, or nothing that stays. */
  default Long version(Object told) {
    return null;
  }

  /** Where there may be something that stays. */
  default Future<? extends Collection<String>> places() {
    return Future.succeededFuture(List.of());
  }

  /** What is stored there that stays, by name. */
  default Future<Map<String, Long>> versions(String place) {
    return Future.succeededFuture(Map.of());
  }

  /** What is stored under those names, as it is published; empty texts for what is not there. */
  default Future<Map<String, String>> texts(String place, List<String> names) {
    return Future.succeededFuture(Map.of());
  }

  /**
   * Tells it, at once or later.
   *
   * @param telling does it
   */
  default void tell(String place, Object told, Runnable telling) {
    telling.run();
  }

  /** From now on all is told. */
  default void opened(Subscription subscription) {}

  /** Ends what has ended by time there. */
  default void tidy(String place) {}

  /** Nothing is told any more. */
  default void close() {}
}
