package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.Map;

/** Which server gets a command. Belongs to the event loop on which it was made. */
interface Topology {

  /**
   * Connects to all servers, of a Cluster to those that are there; may be repeated.
   *
   * @return fails, naming one and the cause, when none can be reached or one refuses
   */
  Future<Void> open();

  Future<Void> close();

  /** Whether every key is within reach, as far as is known. */
  boolean isUp();

  /** Whether the server that has the key is within reach, as far as is known. */
  boolean isUp(String key);

  /** Sends what only reads to the server that has the key. */
  Future<Response> read(String key, Call call);

  /** Sends what changes something to the server that has the key. */
  Future<Response> write(String key, Call call);

  /** Sends what only reads to the server that has the key, and gives the way to that very one. */
  Future<Pinned> pin(String key, Call call);

  /** The servers that have all keys between them, by names that do not change. */
  Map<String, ServerLink> members();

  default List<ServerLink> servers() {
    return List.copyOf(members().values());
  }
}
