package io.fullon.cache.events;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What was told on a node's bus at an address, from now on. */
final class Heard {

  private final Queue<Object> all = new ConcurrentLinkedQueue<>();

  Heard(Vertx vertx, String... addresses) {
    for (String address : addresses) {
      vertx.eventBus().localConsumer(address, message -> all.add(message.body()));
    }
  }

  /** In the order in which it was told. */
  List<Object> all() {
    return List.copyOf(all);
  }

  <T> List<T> all(Class<T> type) {
    return all.stream().filter(type::isInstance).map(type::cast).toList();
  }

  void forget() {
    all.clear();
  }
}
