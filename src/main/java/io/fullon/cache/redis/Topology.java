package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.List;

/** Which server gets a command. */
interface Topology {

  /** Connects to all servers; fails, naming one and the cause, when that does not succeed. */
  Future<Void> open();

  Future<Void> close();

  /** Whether every key is within reach, as far as is known. */
  boolean isUp();

  /** Sends what only reads to the server that has the key. */
  Future<Response> read(String key, Call call);

  /** Sends what changes something to the server that has the key. */
  Future<Response> write(String key, Call call);

  /** Sends what only reads to the server that has the key, and gives the way to that very one. */
  Future<Pinned> pin(String key, Call call);

  /** The servers that have all keys between them. */
  List<ServerLink> servers();

  /** Finds a server for connections besides: any that gets all published messages. */
  Locator locator();
}
